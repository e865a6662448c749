"""How much longer a look at evidence takes because it is noted in the journal: `python -m tests.viewing_speed`."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from service.api.app import create_app
from service.api.context import WebContext
from service.db.pen import Pen
from service.evidence.journal import Facts, RowKind
from tests.evidence_world import EvidenceWorld

LOOKS = 300
ADDED_MS = 5.0


class Silent(Pen):
    """A pen that writes nothing: what a look would take without a journal."""

    def note(self, session: Session, kind: RowKind, facts: Facts, *, subject: str = "") -> Any:
        return None


def client_of(world: EvidenceWorld, pen: Pen) -> TestClient:
    signed_in, _ = world.reader()
    client = TestClient(create_app(WebContext(world.database, world.store, world.clock, pen)))
    client.cookies = signed_in.cookies
    client.base_url = signed_in.base_url
    return client


def look_ms(client: TestClient, address: str) -> float:
    begun = time.perf_counter()
    answer = client.get(address)
    assert 200 == answer.status_code, answer.text
    return (time.perf_counter() - begun) * 1000


def main() -> int:
    """Look with and without the journal in turn; exit code 1 where it adds more than is promised."""
    with tempfile.TemporaryDirectory() as folder:
        world = EvidenceWorld(Path(folder))
        world.add_site()
        world.add_user()
        address = f"/api/v1/evidence/{world.record()}/snapshot"
        silent = Silent(world.pen.signer, world.pen._keys, world.clock)
        noted, bare = client_of(world, world.pen), client_of(world, silent)
        for client in (noted, bare):
            for _ in range(20):
                look_ms(client, address)
        pairs = [(look_ms(noted, address), look_ms(bare, address)) for _ in range(LOOKS)]
        world.database.close()
    with_ms, without_ms = (statistics.median(values) for values in zip(*pairs, strict=True))
    p95 = [statistics.quantiles(values, n=20)[-1] for values in zip(*pairs, strict=True)]
    added = with_ms - without_ms
    print(f"median {with_ms:.2f} ms with, {without_ms:.2f} ms without: {added:.2f} ms added")
    print(f"p95 {p95[0]:.2f} ms with, {p95[1]:.2f} ms without")
    return 0 if added <= ADDED_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
