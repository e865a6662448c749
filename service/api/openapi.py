"""Write what the API does and how it refuses into the documents: ``python -m service.api.openapi``."""

from __future__ import annotations

import json
from pathlib import Path

from service.api.app import api_routes
from service.api.describing import describe
from service.api.refusals import known_problems

DOCS = Path(__file__).resolve().parents[2] / "docs"
FILE, GUIDE = DOCS / "openapi.json", DOCS / "api.md"
BEGIN, END = "<!-- problems -->\n", "<!-- end of problems -->\n"


def written() -> str:
    """Return the file as it should be: sorted, so that a change shows as a difference of few lines."""
    return json.dumps(describe(api_routes()), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def guided(guide: str) -> str:
    """Return the guide with the list of problems as it should be."""
    before, _, rest = guide.partition(BEGIN)
    rows = [f"| `{uri}` | {problem.status} | {problem.title} |\n" for uri, problem in known_problems().items()]
    table = "".join(["| `type` | Status | Title |\n|---|---|---|\n", *rows])
    return before + BEGIN + "\n" + table + "\n" + END + rest.partition(END)[2]


if __name__ == "__main__":
    FILE.write_text(written(), encoding="utf-8")
    GUIDE.write_text(guided(GUIDE.read_text(encoding="utf-8")), encoding="utf-8")
