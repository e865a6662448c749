"""Which problems a route may answer with, beside those that any may."""

from __future__ import annotations

from typing import Any

from service.api.problems import Problem

PROBLEMS_KEY = "x-problems"
"""Where the description of the API takes them from; see `service.api.describing`."""


def refuses(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the ``responses`` of a route that may answer with these."""
    found: dict[int | str, dict[str, Any]] = {}
    for problem in problems:
        found.setdefault(problem.status, {PROBLEMS_KEY: []})[PROBLEMS_KEY].append(problem.type_uri())
    return found


def known_problems() -> dict[str, type[Problem]]:
    """Return every problem there is, by its type."""
    found: dict[str, type[Problem]] = {}
    waiting = [Problem]
    while waiting:
        problem = waiting.pop()
        found[problem.type_uri()] = problem
        waiting += problem.__subclasses__()
    return dict(sorted(found.items()))
