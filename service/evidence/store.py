"""What an evidence store is. The database holds key and sum; the store holds the bytes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol


@dataclass(frozen=True, slots=True)
class StoredObject:
    """What a store knows of an object without reading it.

    Attributes:
        key: Its key.
        size_bytes: How long it is.
        modified_at: When the store took it, aware UTC, by the store's own clock.
        is_held: It can be neither deleted nor replaced nor moved.
    """

    key: str
    size_bytes: int
    modified_at: datetime
    is_held: bool


@dataclass(frozen=True, slots=True)
class Room:
    """How much fits into a store.

    Attributes:
        total_bytes: All that its disk holds, whoever wrote it.
        free_bytes: What is left for us.
    """

    total_bytes: int
    free_bytes: int


class EvidenceStore(Protocol):
    """Keeps objects by key. All implementations pass `tests/contracts/test_evidence_stores.py`.

    A key is a relative path of printable letters with ``/`` between its parts; no part begins with a dot or ends in
    ``.part``. What is no such key raises `EvidenceMissing`. No key is at once the folder of another one.

    A hold is a second net below the database's locks: two requests at the same moment are kept apart by the database.
    """

    def put(self, key: str, content: bytes) -> str:
        """Store an object whole or not at all; the same key again replaces it. Returns its sha256.

        Raises:
            EvidenceHeld: What is there is held; it is still there.
            StoreFull: No room is left; what was there before is still there, and nothing half written.
            StoreUnwritable: It could not be stored; what was there before is still there. Only where the very last
                step failed, making it outlast a power cut, the new object may be there, whole.
        """
        ...

    def put_once(self, key: str, content: bytes) -> str:
        """Store an object under a key that nothing has yet; the same bytes again are no error. Returns its sha256.

        Raises:
            EvidenceExists: Other bytes have the key; they are still there.
            StoreFull, StoreUnwritable: As `put`.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading, seekable.

        Raises:
            EvidenceMissing: It is not there. Later, while reading from S3: it was replaced since it was opened.
            EvidenceUnreachable: The store does not answer; nothing is known of the object.
        """
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error.

        Raises:
            EvidenceHeld: It is held; it is still there.
            StoreUnwritable: It could not be removed, or it is not known whether it was.
        """
        ...

    def hold(self, key: str) -> None:
        """Let an object be neither deleted nor replaced nor moved; one that is held already stays so.

        Raises:
            EvidenceMissing: It is not there; nothing is held.
            StoreUnwritable: It is not known to be held.
        """
        ...

    def release(self, key: str) -> None:
        """End a hold; an object that is not held stays so.

        Raises:
            EvidenceMissing: It is not there; no hold is left of it.
            StoreUnwritable: It may still be held.
        """
        ...

    def stored(self, prefix: str = "") -> Iterator[StoredObject]:
        """Go through what lies under a folder, all with ``""``, sorted by key; never what is half written.

        What is put or removed meanwhile may be among it or not.

        Raises:
            EvidenceUnreachable: The store does not answer; what was seen so far is not all.
        """
        ...

    def room(self) -> Room | None:
        """Return how much fits; None where the store has no end that could be measured.

        Raises:
            EvidenceUnreachable: The store does not answer.
        """
        ...

    def set_aside(self, key: str, reason_folder: str) -> str:
        """Move an object to ``quarantine/REASON_FOLDER/KEY``, to ``REASON_FOLDER.2`` where that is taken, and so on.

        Args:
            key: What to move.
            reason_folder: Why, in small letters, digits and ``-``.

        Returns:
            Its key from now on.

        Raises:
            EvidenceMissing: It is not there. Nothing was moved.
            EvidenceHeld: It is held; it is where it was.
            StoreUnwritable: It is under its old key, under its new one, or under both; it is never lost.
        """
        ...

    def restore(self, quarantine_key: str) -> str:
        """Move an object that was set aside to where it was. Returns its key from now on.

        Raises:
            EvidenceMissing: It is not in quarantine. Nothing was moved.
            EvidenceHeld: It is held; it is where it was.
            EvidenceExists: Its place was taken meanwhile; both stay.
            StoreUnwritable: As `set_aside`.
        """
        ...
