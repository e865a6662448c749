"""A process that stores events and evidence and deletes what has had its time, until it is killed."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from service.db.records import EvidenceKind, Queue, Verdict
from service.db.session import Database
from service.evidence.locks import Locksmith
from service.workers.retention import RetentionKeeper
from tests.kept_world import NOW, KeptWorld

KINDS = (EvidenceKind.CLIP, EvidenceKind.SNAPSHOT, EvidenceKind.SNAPSHOT_ANNOTATED)


def write_until_killed(folder: Path, seed: int) -> None:
    """Write and delete, without end."""
    chance = random.Random(seed)
    world = KeptWorld(Database(f"sqlite:///{folder / 'congvu.db'}"), folder, is_registered=True)
    keeper = RetentionKeeper(world.database, world.store, world.pen)
    locksmith = Locksmith(world.database, world.store, world.pen)
    while True:
        days_ago = chance.uniform(0, 400)
        kind = chance.random()
        if kind < 0.6:
            event_id = world.add("presence", days_ago, kinds=())
        elif kind < 0.8:
            event_id = world.add("smoking", days_ago, kinds=(), queue=Queue.HELD)
        else:
            event_id = world.add("smoking", days_ago, kinds=())
        for each in KINDS:
            content = chance.randbytes(chance.randrange(1, 20_000))
            world.add_evidence(event_id, each, NOW - timedelta(days=days_ago), content)
        if chance.random() < 0.1:
            locksmith.place(event_id, reason="r", user_id=None, at=NOW)
        if 0.8 < kind < 0.9:
            world.judge(event_id, chance.choice(list(Verdict)), NOW)
        if chance.random() < 0.3:
            keeper.run_pass(NOW)


@contextmanager
def running_writer(folder: Path, seed: int) -> Iterator[int]:
    """Start such a process by a fork, which costs no start-up. It is killed at the end of the block at the latest."""
    process = os.fork()
    if process == 0:
        try:
            write_until_killed(folder, seed)
        finally:
            os._exit(1)
    try:
        yield process
    finally:
        os.kill(process, 9)
        os.waitpid(process, 0)
