"""The rows of the evidence journal: their bytes, their chain, their tree, and what a changed row looks like.

Every row is a header and a body. The header is signed and chained; it holds the body's sum, so that a body can be
erased by law and the chain still holds. The tree over the headers is that of RFC 9162 (2.1): one signed root stands
for all rows, and a few sums prove that a row is under it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.evidence.offline.faults import Fault, row_fault

ROW_VERSION = 1
NO_LEAF = b"\0" * 32
"""Stands before the first row."""
ROW_DOMAIN = b"congvu journal row\n"
HEAD_DOMAIN = b"congvu journal head\n"
KEY_DOMAIN = b"congvu journal key\n"
OPENED, ROTATED, LOST = "journal_opened", "key_rotated", "key_lost"
KEY_SUBJECT = "keys"
ERASED = "body_erased"
KEY_KINDS = (OPENED, ROTATED, LOST)
"""Rows that say which key signs from here on. Their bodies are never erased."""


def canonical(value: object) -> bytes:
    """Return the one way in which a JSON value is written: sorted, without spaces, ASCII only."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def sum_of(content: bytes) -> str:
    """Return the sha256 of some bytes, in hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def key_id_of(public_key: bytes) -> str:
    """Return the short name of a raw Ed25519 key: the first half of its sha256."""
    return sum_of(public_key)[:32]


@dataclass(frozen=True, slots=True)
class JournalRow:
    """One row as it was written.

    Attributes:
        seq: Its number, from 0.
        at_us: When, in microseconds since 1970 UTC, by the writer's clock.
        kind: What happened; subject: the event's id or whatever else it is about, else empty.
        subject_prev: Number of the row before it about the same subject; None for the first, and without a subject.
        prev: Leaf sum of the row before it.
        body_sha256: Sum of the body, which outlives it.
        key_id: Which key signed.
        body: Canonical JSON; None where it was erased.
    """

    seq: int
    at_us: int
    kind: str
    subject: str
    subject_prev: int | None
    prev: bytes
    body_sha256: str
    key_id: str
    signature: bytes
    body: bytes | None

    def header(self) -> bytes:
        """Return what is signed and hashed."""
        return canonical(
            {
                "at": self.at_us,
                "body": self.body_sha256,
                "key": self.key_id,
                "kind": self.kind,
                "prev": self.prev.hex(),
                "seq": self.seq,
                "subject": self.subject,
                "subject_prev": self.subject_prev,
                "v": ROW_VERSION,
            }
        )

    def leaf(self) -> bytes:
        """Return the sum that stands for the row in chain and tree."""
        return leaf_of(self.header())

    def to_json(self) -> dict[str, object]:
        """Return the row as bundles and exported journals hold it."""
        return {
            "at": self.at_us,
            "body": None if self.body is None else self.body.decode("ascii", "replace"),
            "body_sha256": self.body_sha256,
            "key": self.key_id,
            "kind": self.kind,
            "prev": self.prev.hex(),
            "seq": self.seq,
            "signature": self.signature.hex(),
            "subject": self.subject,
            "subject_prev": self.subject_prev,
        }


_ROW_TYPES: dict[str, tuple[type, ...]] = {
    "at": (int,),
    "body": (str, type(None)),
    "body_sha256": (str,),
    "key": (str,),
    "kind": (str,),
    "prev": (str,),
    "seq": (int,),
    "signature": (str,),
    "subject": (str,),
    "subject_prev": (int, type(None)),
}


def row_from(value: object) -> JournalRow:
    """Read a row as `JournalRow.to_json` writes it. Raises ValueError naming what is wrong."""
    if not isinstance(value, dict) or set(value) != set(_ROW_TYPES):
        raise ValueError("is not a journal row: its keys are not those of a row")
    for name, types in _ROW_TYPES.items():
        if not isinstance(value[name], types) or isinstance(value[name], bool):
            raise ValueError(f"is not a journal row: {name} is of another type")
    body = value["body"]
    return JournalRow(
        seq=value["seq"],
        at_us=value["at"],
        kind=value["kind"],
        subject=value["subject"],
        subject_prev=value["subject_prev"],
        prev=_unhex(value["prev"], 32, "prev"),
        body_sha256=value["body_sha256"],
        key_id=value["key"],
        signature=_unhex(value["signature"], 64, "signature"),
        body=None if body is None else body.encode("utf-8"),
    )


def _unhex(text: str, length: int, name: str) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != length or found.hex() != text:
        raise ValueError(f"is not a journal row: {name} is not {length} bytes in small hexadecimal digits")
    return found


def leaf_of(header: bytes) -> bytes:
    """Return a leaf of the tree (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\0" + header).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    """Return an inner node of the tree (RFC 9162, 2.1.1)."""
    return hashlib.sha256(b"\1" + left + right).digest()


def grow(peaks: Sequence[bytes], size: int, leaf: bytes) -> tuple[list[bytes], list[bytes]]:
    """Add a leaf to a tree of ``size`` leaves.

    Args:
        peaks: Roots of the whole subtrees from left to right, one for every 1 in the binary number ``size``.

    Returns:
        The peaks after it, and the sums that it completed: the leaf, then every whole subtree that ends with it.
    """
    kept, made = list(peaks), [leaf]
    while size & 1:
        made.append(node_of(kept.pop(), made[-1]))
        size >>= 1
    return [*kept, made[-1]], made


def root_of(peaks: Sequence[bytes]) -> bytes:
    """Return the root of the tree with these peaks; of the empty tree, the sum of nothing."""
    if not peaks:
        return hashlib.sha256(b"").digest()
    root = peaks[-1]
    for peak in reversed(peaks[:-1]):
        root = node_of(peak, root)
    return root


def root_by(leaf: bytes, seq: int, size: int, path: Sequence[bytes]) -> bytes | None:
    """Return the root that a proof leads to (RFC 9162, 2.1.3.2); None where the proof cannot be of that place."""
    if not 0 <= seq < size:
        return None
    place, last, root = seq, size - 1, leaf
    for step in path:
        if last == 0:
            return None
        if place & 1 or place == last:
            root = node_of(step, root)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            root = node_of(root, step)
        place, last = place >> 1, last >> 1
    return root if last == 0 else None


def is_signed(public_key: bytes, signature: bytes, content: bytes) -> bool:
    """Tell whether a raw Ed25519 key signed this."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        return False
    return True


def body_faults(row: JournalRow) -> list[Fault]:
    """Say how a row's body differs from what was signed."""
    if row.body is None:
        return []  # whether that is lawful, other rows say
    return [] if sum_of(row.body) == row.body_sha256 else [row_fault(row.seq, "row_body_changed")]


class KeyRing:
    """The keys that rows may be signed with, learned from the rows themselves, in order.

    Attributes:
        active: Short name of the key that signs now; empty before the first row.
        public: Every key by its short name.
        breaks: Rows at which a key was replaced without the word of the one before it: number and new key.
    """

    def __init__(self) -> None:
        self.active = ""
        self.public: dict[str, bytes] = {}
        self.breaks: list[tuple[int, str]] = []
        self._since: list[tuple[int, str]] = []

    def key_at(self, size: int) -> str:
        """Return the key in force after so many rows; empty before the first."""
        return next((key_id for seq, key_id in reversed(self._since) if seq < size), "")

    def take(self, row: JournalRow) -> list[Fault]:
        """Check the signature of the next row and learn the key that it brings. Returns what is wrong."""
        brings = row.kind in KEY_KINDS
        fresh = _fresh_key(row) if brings else None
        if brings and (fresh is None or row.subject != KEY_SUBJECT):
            return [row_fault(row.seq, "row_names_no_key")]
        if row.kind == OPENED and self.active:
            return [row_fault(row.seq, "row_opens_again")]
        if row.kind in (OPENED, LOST) and fresh is not None:
            self._learn(row, fresh)
        if row.key_id != self.active:
            return [row_fault(row.seq, "row_wrong_key", key=row.key_id, wanted=self.active or "?")]
        if not is_signed(self.public[row.key_id], row.signature, ROW_DOMAIN + row.header()):
            return [row_fault(row.seq, "row_unsigned")]
        if row.kind == ROTATED and fresh is not None:
            return self._rotate(row, fresh)
        return []

    def _learn(self, row: JournalRow, fresh: bytes) -> None:
        self._put_in_force(row, fresh)
        if row.kind == LOST:
            self.breaks.append((row.seq, self.active))

    def _put_in_force(self, row: JournalRow, fresh: bytes) -> None:
        self.active = key_id_of(fresh)
        self.public[self.active] = fresh
        self._since.append((row.seq, self.active))

    def _rotate(self, row: JournalRow, fresh: bytes) -> list[Fault]:
        self._put_in_force(row, fresh)
        if not is_signed(fresh, _hex_in(row, "accepted"), KEY_DOMAIN + row.key_id.encode()):
            return [row_fault(row.seq, "row_not_accepted")]
        return []


def _fresh_key(row: JournalRow) -> bytes | None:
    fresh = _hex_in(row, "public_key")
    return fresh if len(fresh) == 32 else None


def _hex_in(row: JournalRow, name: str) -> bytes:
    try:
        return bytes.fromhex(json.loads(row.body or b"{}")[name])
    except (ValueError, KeyError, TypeError, RecursionError):
        return b""


def subject_faults(row: JournalRow, latest: dict[str, int]) -> list[Fault]:
    """Check that a row continues those about its subject, and remember it."""
    before = latest.get(row.subject) if row.subject else None
    if row.subject:
        latest[row.subject] = row.seq
    if row.subject_prev == before:
        return []
    return [row_fault(row.seq, "row_subject_unchained", subject=row.subject or "-")]
