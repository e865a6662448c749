"""What an evidence store is. The database holds key and sum; the store holds the bytes."""

from __future__ import annotations

from typing import BinaryIO, Protocol


class EvidenceStore(Protocol):
    """Keeps objects by key. All implementations pass `tests/contracts/test_evidence_stores.py`."""

    def put(self, key: str, content: bytes) -> str:
        """Store an object whole or not at all; the same key again replaces it. Returns its sha256.

        Raises:
            StoreUnwritable: It could not be stored; what was there before is still there.
        """
        ...

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading, seekable. Raises `EvidenceMissing`."""
        ...

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error."""
        ...
