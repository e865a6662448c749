"""Evidence in a bucket of an S3 server.

A hold is a marker: an empty object under ``.holds/`` with the key of what is held. S3's own legal hold keeps a version
from being deleted, not a key from being replaced or hidden behind a delete marker; the library offers neither it nor
the reading of tags; and markers work on every server, with one listing for all of them. Where the law wants more, give
the bucket a retention of its own below this.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, BinaryIO

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store as Objects

from service.errors import (
    EvidenceExists,
    EvidenceHeld,
    EvidenceMissing,
    EvidenceUnreachable,
    StoreFull,
    StoreUnwritable,
)
from service.evidence.bucket import BucketAccess
from service.evidence.keys import folder_of, is_key, parts_of, place_before, places_aside
from service.evidence.ranges import open_ranges
from service.evidence.store import StoredObject

if TYPE_CHECKING:
    from obstore import ObjectMeta

CONNECT_WITHIN = timedelta(seconds=5)
REQUEST_WITHIN = timedelta(seconds=60)
"""One request with all its bytes: 60 MB at 8 Mbit a second."""
RETRIES = 3
RETRY_WITHIN = timedelta(seconds=60)
"""A request that failed for the server's or the network's sake is made again up to three times, the last of them begun
within this time. A put whose time ran out is not."""

HOLDS = ".holds"
"""No key begins with a dot: markers and objects never meet."""
FULL = frozenset({"XMinioStorageFull", "QuotaExceeded", "InsufficientCapacity"})


class S3Store:
    """Objects in a bucket, under one folder of it. Opening asks the server for nothing.

    The server checks what it is sent against its sha256. A hold and a change that come at the same moment may pass each
    other: the database's locks keep them apart.
    """

    def __init__(self, bucket: str, prefix: str = "", *, access: BucketAccess) -> None:
        self._name = f"bucket {bucket} at {access.endpoint or f'Amazon S3, {access.region}'}"
        self._objects = Objects(
            bucket,
            prefix=prefix or None,
            config={
                "region": access.region,
                # a put into a bucket with a retention of its own needs a sum
                "checksum_algorithm": "SHA256",
                # the request for many is missing on some servers
                "disable_bulk_delete": True,
                **({"endpoint": access.endpoint} if access.endpoint else {}),
                **(
                    {"access_key_id": access.access_key, "secret_access_key": access.secret_key}
                    if access.access_key
                    else {}
                ),
            },
            client_options={
                "allow_http": access.endpoint.startswith("http://"),
                "connect_timeout": CONNECT_WITHIN,
                "timeout": REQUEST_WITHIN,
            },
            retry_config={"max_retries": RETRIES, "retry_timeout": RETRY_WITHIN},
        )

    def put(self, key: str, content: bytes) -> str:
        """Store an object whole or not at all; the same key again replaces it. Returns its sha256."""
        parts_of(key)
        with self._changing(key):
            self._refuse_held(key)
            obstore.put(self._objects, key, content, mode="overwrite", use_multipart=False)
        return hashlib.sha256(content).hexdigest()

    def put_once(self, key: str, content: bytes) -> str:
        """Store an object under a key that nothing has yet; the same bytes again are no error. Returns its sha256."""
        parts_of(key)
        sha256 = hashlib.sha256(content).hexdigest()
        with self._changing(key):
            while not self._was_placed(key, content):
                try:
                    there = hashlib.sha256(self._read(key)).hexdigest()
                except EvidenceMissing:
                    continue  # it was deleted meanwhile
                if there != sha256:
                    raise EvidenceExists(
                        f"evidence {key} is in the store with other bytes: sha256 {there}, not {sha256}"
                    )
                break
        return sha256

    def open(self, key: str) -> BinaryIO:
        """Open an object for reading. Raises `EvidenceMissing`, `EvidenceUnreachable`."""
        parts_of(key)
        with self._asking():
            return open_ranges(self._objects, self._require(key), self._asking)

    def delete(self, key: str) -> None:
        """Remove an object; one that is not there is no error. A bucket that keeps versions keeps them."""
        parts_of(key)
        with self._changing(key):
            self._refuse_held(key)
            self._remove(key)

    def hold(self, key: str) -> None:
        """Let an object be neither deleted nor replaced nor moved. Raises `EvidenceMissing`."""
        parts_of(key)
        with self._changing(key):
            self._require(key)
            obstore.put(self._objects, f"{HOLDS}/{key}", b"", mode="overwrite", use_multipart=False)

    def release(self, key: str) -> None:
        """End a hold. Raises `EvidenceMissing`."""
        parts_of(key)
        with self._changing(key):
            # also of what somebody took away past us: else nothing could be put there any more
            self._remove(f"{HOLDS}/{key}")
            self._require(key)

    def stored(self, prefix: str = "") -> Iterator[StoredObject]:
        """Go through what lies under a folder, sorted by key. Raises `EvidenceUnreachable`."""
        folder = folder_of(prefix)
        with self._asking():
            marked = obstore.list(self._objects, prefix=f"{HOLDS}/{folder}".removesuffix("/"))
            held = {seen["path"].removeprefix(f"{HOLDS}/") for page in marked for seen in page}
            for page in obstore.list(self._objects, prefix=folder or None):
                for seen in page:
                    key = seen["path"]
                    if is_key(key):
                        yield StoredObject(key, seen["size"], seen["last_modified"], key in held)

    def room(self) -> None:
        """A bucket has no end that could be measured."""
        return

    def set_aside(self, key: str, reason_folder: str) -> str:
        """Copy an object to ``quarantine/REASON_FOLDER/KEY``, numbered where that is taken, then delete it here."""
        places = places_aside(key, reason_folder)
        with self._changing(key):
            self._refuse_held(key)
            content = self._read(key)
            aside = next(place for place in places if self._was_placed(place, content))
            self._remove(key)
        return aside

    def restore(self, quarantine_key: str) -> str:
        """Copy an object that was set aside to where it was, then delete it there. Returns its key from now on."""
        key = place_before(quarantine_key)
        with self._changing(key):
            self._refuse_held(quarantine_key)
            if not self._was_placed(key, self._read(quarantine_key)):
                raise EvidenceExists(f"evidence {key} is in the store: {quarantine_key} stays in quarantine")
            self._remove(quarantine_key)
        return key

    def _was_placed(self, key: str, content: bytes) -> bool:
        # the bytes are sent: a copy inside the server cannot be told everywhere to replace nothing
        try:
            obstore.put(self._objects, key, content, mode="create", use_multipart=False)
        except AlreadyExistsError:
            return False
        return True

    def _read(self, key: str) -> bytes:
        with self.open(key) as file:
            return file.read()

    def _look(self, key: str) -> ObjectMeta | None:
        try:
            return obstore.head(self._objects, key)
        except FileNotFoundError:
            return None

    def _require(self, key: str) -> ObjectMeta:
        seen = self._look(key)
        if seen is None:
            # where the bucket is not there, a look at an object answers as if only the object were missing
            next(iter(obstore.list(self._objects, prefix=HOLDS, chunk_size=1)), None)
            raise EvidenceMissing(f"evidence {key} is not in the store")
        return seen

    def _refuse_held(self, key: str) -> None:
        if self._look(f"{HOLDS}/{key}") is not None:
            raise EvidenceHeld(f"evidence {key} is held: release it first")

    def _remove(self, key: str) -> None:
        try:
            obstore.delete(self._objects, key)
        except FileNotFoundError as error:
            if _code_and_reason(error)[0] == "NoSuchBucket":
                raise

    @contextlib.contextmanager
    def _changing(self, key: str) -> Iterator[None]:
        try:
            yield
        except EvidenceUnreachable as error:
            raise StoreUnwritable(f"evidence {key}: {error}") from None
        except (BaseError, OSError) as error:
            code, reason = _code_and_reason(error)
            message = f"evidence {key} cannot be written: {self._name} {reason}"
            raise (StoreFull if code in FULL else StoreUnwritable)(message) from None

    @contextlib.contextmanager
    def _asking(self) -> Iterator[None]:
        try:
            yield
        except (BaseError, OSError) as error:
            raise EvidenceUnreachable(f"{self._name} {_code_and_reason(error)[1]}") from None


def _code_and_reason(error: Exception) -> tuple[str, str]:
    """Say why a request failed, in words of ours: the library's hold addresses, and the server's whatever it likes."""
    code = re.search(r"<Code>(\w{1,60})</Code>", str(error))
    if code is not None:
        return code[1], f"answers {code[1]}"
    status = re.search(r"status code: (\d{3})", str(error))
    if status is not None:
        return status[1], f"answers with status {status[1]}"
    return "", "does not answer"
