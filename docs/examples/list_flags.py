"""List the flags that wait: ``python list_flags.py [--rule RULE] [--day YYYY-MM-DD]``."""

from __future__ import annotations

import argparse
import os

from client import Client


def main() -> None:
    """Print a line for each."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rule")
    asked.add_argument("--day")
    asked.add_argument("--state", default="open")
    wanted = asked.parse_args()
    with Client(os.environ["CONGVU_URL"], os.environ["CONGVU_TOKEN"]) as client:
        for flag in client.flags(state=wanted.state, rule=wanted.rule, day=wanted.day):
            length = "goes on" if flag.duration_s is None else f"{flag.duration_s / 60:.0f} min"
            print(f"{flag.started_at:%Y-%m-%d %H:%M} {flag.rule_id} {flag.place_name} {length} {flag.event_id}")


if __name__ == "__main__":
    main()
