"""Ask the API what its description allows, and much that it forbids: ``python -m tests.api_fuzz --requests 20000``.

Schemathesis makes the requests from the description of the running application and checks each answer against it: no
server error, only described statuses, media types, headers and bodies, and what the description forbids is refused.
Each operation is asked by an administrator, an inspector and a program with a token, of a centre with something in it;
half of the requests name things that exist.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import schemathesis
from hypothesis import HealthCheck, Phase
from rich.console import Console
from rich.progress import track
from schemathesis import Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.python.asgi import get_client
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import ignored_auth, positive_data_acceptance
from schemathesis.specs.openapi.schemas import OpenApiSchema

from service.api.auth import SESSION_COOKIE
from service.api.context import WebContext
from service.db.accounts import AccountRepository
from service.db.records import EvidenceKind, Role
from service.db.repository import EventFilter, EventRepository
from service.rights import Right
from tests.web_world import CAMERA, MONDAY, World

READERS = ("quantri", "thanhtra", "token")
STREAMS = "text/event-stream"
"""Answers that do not end are looked at elsewhere."""

_UNFIT = [
    # what the description allows may still be refused: an end before its start, a verdict on a visit
    positive_data_acceptance,
    # takes a made-up cookie beside a good token for a fault; who is let in is looked at by the tests of rights
    ignored_auth,
]


@dataclass
class Findings:
    """What came of it.

    Attributes:
        statuses: How often each status was answered.
        faults: What was wrong, by operation and kind of fault, each with the first request that showed it.
    """

    statuses: Counter[int] = field(default_factory=Counter)
    faults: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())


def make_world(folder: Path) -> World:
    """Make a centre with an open and a decided flag, a visit, evidence, and one account of each reader."""
    folder.mkdir()
    world = World(folder)
    world.add_site()
    world.add_run(MONDAY - timedelta(hours=1), MONDAY + timedelta(hours=9))
    world.add_user("quantri", Role.ADMIN, "Lê Thu Hà")
    world.add_user("thanhtra", Role.INSPECTOR, "Trần Văn Minh")
    world.add_event("presence", MONDAY - timedelta(minutes=30))
    for hours, rule in enumerate(("left_post", "smoking", "badge_missing")):
        world.add_event(rule, MONDAY + timedelta(hours=hours), evidence={EvidenceKind.CLIP: b"a clip"})
    return world


def copy_of(world: World, folder: Path) -> World:
    """Copy a world, so that what one reader changes by one operation spoils nothing for others."""
    shutil.copytree(world.folder, folder)
    return World(folder)


def headers_of(world: World, reader: str) -> dict[str, str]:
    """Let a reader in; return what their requests carry."""
    login = "quantri" if reader == "token" else reader
    with world.database.transaction() as session:
        accounts = AccountRepository(session)
        user = accounts.find_user(login)
        assert user is not None
        if reader == "token":
            _, secret = accounts.make_token(
                user.user_id,
                "fuzz",
                scopes=[str(right) for right in Right],
                at=world.clock.now(),
                expires_at=world.clock.now() + timedelta(days=30),
            )
            return {"Authorization": f"Bearer {secret}"}
        token = accounts.open_session(user.user_id, at=world.clock.now(), lasts=timedelta(hours=12))
        found = accounts.find_session(token, world.clock.now())
        assert found is not None
        return {"Cookie": f"{SESSION_COOKIE}={token}", "X-CSRF-Token": found.csrf_token}


def known_parts(world: World, operation: APIOperation) -> dict[str, Any]:
    """Return parts of addresses that lead somewhere."""
    with world.database.transaction() as session:
        events = EventRepository(session).find(EventFilter(), limit=10, offset=0)
    event_id = next(event.event_id for event in events if event.rule_id == "left_post")
    known = {"event_id": event_id, "camera_id": CAMERA, "kind": "clip", "number": 1, "user_id": 2}
    wanted = [parameter.name for parameter in operation.path_parameters]
    return {name: known.get(name, 1) for name in wanted} if wanted else {}


def operations_of(schema: OpenApiSchema) -> Iterator[APIOperation]:
    """Yield every operation whose answers end."""
    for found in schema.get_all_operations():
        operation = found.ok()
        answers = operation.definition.raw["responses"].values()
        if not any(STREAMS in answer.get("content", {}) for answer in answers):
            yield operation


def ask(operation: APIOperation, headers: dict[str, str], parts: dict[str, Any], *, count: int, seed: int) -> Findings:
    """Send so many requests and look at every answer."""
    found = Findings()
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    plans = [(mode, given) for mode in modes for given in ({}, parts)[: 2 if parts else 1]]
    for mode, given in plans:
        try:
            strategy = operation.as_strategy(generation_mode=mode, **({"path_parameters": given} if given else {}))
            with get_client(operation.app) as client:
                _play(strategy, found, client, headers=headers, count=max(1, count // len(plans)), seed=seed)
        except (hypothesis.errors.Unsatisfiable, schemathesis.errors.InvalidSchema):
            continue  # there is nothing to send that would be wrong
    return found


def _play(strategy: Any, found: Findings, client: Any, *, headers: dict[str, str], count: int, seed: int) -> None:
    @hypothesis.seed(seed)
    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(strategy)
    def play(case: Case) -> None:
        try:
            answer = case.call(session=client, headers=headers)
        except Exception as error:  # what the application throws comes through to an in-process client
            found.faults.setdefault((case.operation.label, "server failed"), f"{error!r}\n{case.as_curl_command()}")
            return
        found.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, excluded_checks=_UNFIT, headers=headers)
        except FailureGroup as faults:
            for fault in faults.exceptions:
                key = (case.operation.label, str(getattr(fault, "title", type(fault).__name__)))
                shown = f"{fault}\n{case.as_curl_command()}\n{answer.status_code} {answer.text[:600]}"
                found.faults.setdefault(key, shown)

    play()


def fuzz(folder: Path, *, requests: int, seed: int, console: Console | None = None) -> Findings:
    """Ask every operation, as every reader."""
    total = Findings()
    template = make_world(folder / "template")
    app = template.app
    schema = schemathesis.openapi.from_dict(app.openapi())
    schema.config.generation.update(with_security_parameters=False)  # the readers are who they are
    operations = list(operations_of(schema))
    each = max(1, requests // (len(operations) * len(READERS)))
    for operation in track(operations, console=console, disable=console is None):
        operation.app = app
        for reader in READERS:
            world = copy_of(template, folder / "copy")  # one reader may lock another's account
            app.state.context = WebContext(world.database, world.store, world.clock, world.pen)
            part = ask(operation, headers_of(world, reader), known_parts(world, operation), count=each, seed=seed)
            total.statuses.update(part.statuses)
            for key, fault in part.faults.items():
                total.faults.setdefault(key, f"as {reader}: {fault}")
            world.database.close()
            shutil.rmtree(world.folder)
    template.database.close()
    return total


def main() -> int:
    """Run from the command line; exit 1 where something is wrong."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--requests", type=int, default=2000)
    asked.add_argument("--seed", type=int, default=1)
    wanted = asked.parse_args()
    warnings.simplefilter("ignore")
    console = Console(stderr=True)
    with TemporaryDirectory() as folder:
        found = fuzz(Path(folder), requests=wanted.requests, seed=wanted.seed, console=console)
    print(f"{found.requests} requests; by status: {dict(sorted(found.statuses.items()))}; {len(found.faults)} faults")
    for (label, title), fault in sorted(found.faults.items()):
        print(f"\n== {label}: {title}\n{fault}")
    return 1 if found.faults else 0


if __name__ == "__main__":
    sys.exit(main())
