"""What a local store said was stored is there after a power cut at any moment."""

from __future__ import annotations

import os
import random
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from service.evidence import durable
from service.evidence.local import LocalStore
from tests.evidence_places import read
from tests.power_cut import after_power_cut, recorded

LUCKS = 4


@dataclass(frozen=True, slots=True)
class State:
    """What must be there, and nothing else: contents by key, and what is held."""

    objects: dict[str, bytes] = field(default_factory=dict)
    held: frozenset[str] = frozenset()


def story(store: LocalStore) -> list[tuple[Callable[[], object], State]]:
    """What is done to a store, and what must be there once each step has returned. No two contents are the same."""
    clip, snapshot, still, aside = (
        "cam/day/event/clip",
        "cam/day/event/snapshot",
        "stills/cam",
        "quarantine/orphan/stills/cam",
    )
    contents = [name * 1000 for name in (b"first", b"still", b"replaced", b"snapshot", b"again")]
    first, picture, replaced, shot, again = contents
    held, all_four = frozenset({snapshot}), {clip: replaced, still: picture, snapshot: shot}
    return [
        (lambda: store.put(clip, first), State({clip: first})),
        (lambda: store.put(still, picture), State({clip: first, still: picture})),
        (lambda: store.put(clip, replaced), State({clip: replaced, still: picture})),
        (lambda: store.put_once(snapshot, shot), State(all_four)),
        (lambda: store.hold(snapshot), State(all_four, held)),
        (lambda: store.set_aside(still, "orphan"), State({clip: replaced, snapshot: shot, aside: picture}, held)),
        (lambda: store.restore(aside), State(all_four, held)),
        (lambda: store.delete(clip), State({still: picture, snapshot: shot}, held)),
        (lambda: store.put_once(clip, again), State({clip: again, still: picture, snapshot: shot}, held)),
    ]


def faults_after_power_cuts(folder: Path) -> list[str]:
    """Cut the power before and after everything that is done; say what was lost that was said to be stored."""
    top = folder / "disk"
    top.mkdir()
    ends: list[tuple[int, State]] = [(0, State())]
    with recorded() as recorder:
        store = LocalStore(top / "data" / "evidence")
        for step, state in story(store):
            step()
            ends.append((len(recorder.changes), state))
    faults = []
    for cut in range(len(recorder.changes) + 1):
        returned = max((end for end in ends if end[0] <= cut), key=lambda end: end[0])[1]
        coming = next((state for end, state in ends if end > cut), returned)
        for luck in range(-1, LUCKS):
            into = folder / f"cut-{cut}-{luck}"
            chance = None if luck < 0 else random.Random(cut * 100 + luck)
            after_power_cut(recorder.changes[:cut], top, into, chance)
            faults += lost(into, returned, coming)
            shutil.rmtree(into)
    return faults


def lost(into: Path, returned: State, coming: State) -> list[str]:
    """Compare what is there with what had returned, and with what was being done."""
    store = LocalStore(into / "data" / "evidence")
    there = {seen.key: read(store, seen.key) for seen in store.stored()}
    held = {seen.key for seen in store.stored() if seen.is_held}
    faults = []
    for key in returned.objects.keys() | coming.objects.keys() | there.keys():
        if there.get(key) not in (returned.objects.get(key), coming.objects.get(key)):
            faults.append(f"{into.name}: {key} is {there.get(key, b'')[:9]!r}")
    for content in set(returned.objects.values()) & set(coming.objects.values()) - set(there.values()):
        faults.append(f"{into.name}: {content[:9]!r} is nowhere")
    if not returned.held & coming.held <= held:
        faults.append(f"{into.name}: held is only {held}")
    return faults


def test_what_was_said_to_be_stored_outlasts_a_power_cut(tmp_path: Path) -> None:
    assert [] == faults_after_power_cuts(tmp_path)


@pytest.mark.parametrize("left_out", ["sync_folder", "sync_up"])
def test_a_store_that_flushes_too_little_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    monkeypatch.setattr(durable, left_out, lambda *_: None)
    assert [] != faults_after_power_cuts(tmp_path)


def test_a_store_that_flushes_no_bytes_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(durable, "part_of", careless_part)
    assert [] != faults_after_power_cuts(tmp_path)


@contextmanager
def careless_part(content: bytes, folder: Path) -> Iterator[Path]:
    """Write like `durable.part_of`, but flush nothing."""
    part = folder / f"{secrets.token_hex(12)}.part"
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT)
    os.write(descriptor, content)
    os.close(descriptor)
    yield part
    part.unlink(missing_ok=True)
