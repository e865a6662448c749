"""The description of the API is whole, true to its own schemas, and the one that is kept with the documents."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import validate

from service.api.describing import CSRF, JSON, PROBLEM_JSON, SESSION, TAGS, TOKEN
from service.api.examples import UNKNOWN
from service.api.openapi import FILE, written
from service.api.refusals import known_problems
from service.rights import Right
from tests.commands import ROOT

DESCRIBED: dict[str, Any] = json.loads(written())
OPERATIONS = [
    pytest.param(path, method, operation, id=operation.get("operationId", f"{method} {path}"))
    for path, methods in sorted(DESCRIBED["paths"].items())
    for method, operation in sorted(methods.items())
]
every_operation = pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS)


def validator(schema: dict[str, Any]) -> Draft202012Validator:
    whole = {**schema, "components": DESCRIBED["components"]}
    return Draft202012Validator(whole, format_checker=FormatChecker())


def examples(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each place where an example belongs, the schema that is wanted there, and the example."""
    for parameter in operation.get("parameters", ()):
        if "example" in parameter:
            yield parameter["name"], parameter["schema"], parameter["example"]
    places = {"body": operation.get("requestBody", {}), **operation["responses"]}
    for place, answer in places.items():
        for media_type, media in answer.get("content", {}).items():
            if "examples" in media:
                for name, example in media["examples"].items():
                    yield f"{place} {name}", media["schema"], example["value"]
            elif media_type == JSON and media.get("schema"):
                yield place, media["schema"], media["example"]


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)


def test_the_description_is_openapi() -> None:
    validate(DESCRIBED)


def test_the_file_among_the_documents_is_current() -> None:
    assert written() == FILE.read_text(encoding="utf-8"), "run `python -m service.api.openapi` and look at the change"


def test_the_whole_says_who_made_it_under_which_licence_and_where_it_is() -> None:
    assert {"title", "version", "description", "contact", "license"} == DESCRIBED["info"].keys()
    assert "AGPL-3.0-or-later" == DESCRIBED["info"]["license"]["identifier"]
    assert [{"url": "/", "description": "The service itself."}] == DESCRIBED["servers"]


def test_every_chapter_is_described_and_every_operation_is_in_one() -> None:
    used = {tag for param in OPERATIONS for tag in param.values[2].get("tags", ["(none)"])}
    assert used == {tag["name"] for tag in DESCRIBED["tags"]}
    assert set() == used - TAGS.keys()


def test_names_of_operations_are_unique_and_in_snake_case() -> None:
    names = [str(param.values[2]["operationId"]) for param in OPERATIONS]
    assert len(names) == len(set(names))
    assert [] == [name for name in names if name != name.lower() or not name.isidentifier()]


@every_operation
def test_every_operation_has_a_summary_and_a_description(path: str, method: str, operation: dict[str, Any]) -> None:
    assert 3 <= len(operation["summary"]) <= 120 and not operation["summary"].endswith(".")
    assert operation["description"].startswith(operation["summary"])


@every_operation
def test_every_body_and_answer_has_an_example_that_fits(path: str, method: str, operation: dict[str, Any]) -> None:
    for place, schema, example in examples(operation):
        faults = [fault.message for fault in validator(schema).iter_errors(example)]
        assert (place, []) == (place, faults)
        assert UNKNOWN not in texts(example), f"{place}: add words to service/api/examples.py: {example}"


@every_operation
def test_every_value_in_an_address_has_an_example(path: str, method: str, operation: dict[str, Any]) -> None:
    in_path = [parameter for parameter in operation.get("parameters", ()) if parameter["in"] == "path"]
    assert [] == [parameter["name"] for parameter in in_path if parameter.get("example", UNKNOWN) == UNKNOWN]


@every_operation
def test_no_number_in_an_address_is_larger_than_a_database_takes(
    path: str, method: str, operation: dict[str, Any]
) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and parameter["schema"].get("type") == "integer":
            assert parameter["schema"]["maximum"] < 2**31


@every_operation
def test_every_status_of_an_error_has_its_problems(path: str, method: str, operation: dict[str, Any]) -> None:
    errors = {status: answer for status, answer in operation["responses"].items() if status >= "400"}
    assert {"429", "500", "503"} <= errors.keys()
    known = known_problems()
    for status, answer in errors.items():
        assert {PROBLEM_JSON} == answer["content"].keys()
        shown = [example["value"] for example in answer["content"][PROBLEM_JSON]["examples"].values()]
        assert shown and all(int(status) == known[problem["type"]].status for problem in shown)


@every_operation
def test_every_operation_says_who_may_use_it(path: str, method: str, operation: dict[str, Any]) -> None:
    if path == "/healthz":
        assert "security" not in operation
        return
    browser, *programs = operation["security"]
    assert ({SESSION} if method == "get" else {SESSION, CSRF}) == browser.keys()
    assert programs and all({TOKEN} == program.keys() for program in programs)
    named = {scope for program in programs for scope in program[TOKEN]}
    assert named == {right for group in operation["x-rights"] for right in group}
    assert named <= set(Right)
    assert {"401", "403"} <= operation["responses"].keys()


@every_operation
def test_json_that_is_read_has_an_entity_tag(path: str, method: str, operation: dict[str, Any]) -> None:
    is_tagged = "headers" in operation["responses"].get("200", {})
    assert (method == "get" and JSON in operation["responses"]["200"].get("content", {}) and path != "/healthz") == (
        is_tagged and "304" in operation["responses"]
    )


def test_every_problem_is_listed_for_programs() -> None:
    listed = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    missing = [uri for uri, problem in known_problems().items() if f"| `{uri}` | {problem.status} |" not in listed]
    assert [] == missing
    assert list(known_problems()) == DESCRIBED["components"]["schemas"]["ProblemShape"]["properties"]["type"]["enum"]
