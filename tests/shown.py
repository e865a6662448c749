"""What pages show, read from their HTML."""

from __future__ import annotations

import re


def alarms_shown(html: str) -> int:
    """How many alarms the menu of a page tells of; 0 where it tells of none."""
    badge = r'<span class="badge" data-live="alarms"([^>]*)><span aria-hidden="true" data-number>(\d+)<'
    ((attributes, number),) = re.findall(badge, html)
    return 0 if "hidden" in attributes.split() else int(number)
