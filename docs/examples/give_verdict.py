"""Give a verdict on a flag: ``python give_verdict.py EVENT_ID breach|no_breach|cannot_tell [--reason CODE]``."""

from __future__ import annotations

import argparse
import os
import sys

from client import Client, Refused


def main() -> int:
    """Give it; exit 1 where the service refuses, with its reason."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("event_id")
    asked.add_argument("verdict", choices=["breach", "no_breach", "cannot_tell"])
    asked.add_argument("--reason", default="unstated")
    asked.add_argument("--note", default="")
    wanted = asked.parse_args()
    with Client(os.environ["CONGVU_URL"], os.environ["CONGVU_TOKEN"]) as client:
        try:
            stored = client.judge(wanted.event_id, wanted.verdict, reason=wanted.reason, note=wanted.note)
        except Refused as refused:
            print(f"{refused.type}: {refused}", file=sys.stderr)
            return 1
    print(f"stored at {stored.at:%Y-%m-%d %H:%M:%S}: {stored.verdict}, {stored.reason}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
