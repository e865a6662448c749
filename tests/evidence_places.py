"""Places where evidence is stored in tests: each kind of store, opened as the service opens it, from any process."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from service.errors import EvidenceExists
from service.evidence.bucket import BucketAccess
from service.evidence.opening import open_store
from service.evidence.store import EvidenceStore

KINDS = ("local", "s3")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a store is; another process can open it too."""

    folder: Path
    address: str = ""
    access: BucketAccess = field(default_factory=BucketAccess)

    def open(self) -> EvidenceStore:
        return open_store(self.address, self.folder, access=self.access)


def new_place(kind: str, folder: Path, access: BucketAccess, bucket: str) -> Place:
    """Choose a place with nothing in it yet."""
    name = secrets.token_hex(6)
    return Place(folder / name) if kind == "local" else Place(folder, f"s3://{bucket}/{name}", access)


def content_of(number: int, size_bytes: int = 300_000) -> bytes:
    """Make content that says itself whether it is whole: its number, then letters that follow from it."""
    return number.to_bytes(8, "big") + random.Random(number).randbytes(size_bytes - 8)


def is_whole(content: bytes, size_bytes: int = 300_000) -> bool:
    """Tell whether this is what `content_of` makes."""
    return content == content_of(int.from_bytes(content[:8], "big"), size_bytes)


def read(store: EvidenceStore, key: str) -> bytes:
    """Read an object to its end."""
    with store.open(key) as file:
        return file.read()


def put_until_killed(place: Place, first: int) -> None:
    """Put new objects and one that is replaced, over and over. Prints each number once its put has returned."""
    store = place.open()
    print("ready", flush=True)
    number = first
    while True:
        store.put(f"clips/{number}", content_of(number))
        store.put("latest", content_of(number))
        print(number, flush=True)
        number += 1


def put_one(place: Place, number: int) -> None:
    """Wait for a line, then claim a key that others want too. Prints who won."""
    store = place.open()
    print("ready", flush=True)
    input()
    try:
        store.put_once("wanted/by-all", content_of(number))
    except EvidenceExists:
        print("lost", flush=True)
    else:
        print("won", flush=True)


def program(function: str, place: Place, number: int) -> Sequence[str]:
    """Return the arguments of Python that run one of these in a process of its own."""
    access = f"BucketAccess({place.access.endpoint!r}, {place.access.region!r}, {place.access.access_key!r}, "
    access += f"{place.access.secret_key!r})"
    where = f"Place(Path({str(place.folder)!r}), {place.address!r}, {access})"
    return ("-c", f"from tests.evidence_places import *; {function}({where}, {number})")
