"""Open the evidence store that the settings name."""

from __future__ import annotations

from pathlib import Path

from service.errors import StoreUnwritable
from service.evidence.bucket import BucketAccess, bucket_and_prefix, fault_of_evidence_address
from service.evidence.local import LocalStore
from service.evidence.store import EvidenceStore


def open_store(address: str, folder: Path, *, access: BucketAccess | None = None) -> EvidenceStore:
    """Open the store at an address; an empty one is the folder.

    A bucket is not asked for anything yet: what needs no evidence works while the network is away.

    Args:
        address: ``s3://BUCKET/FOLDER``, or nothing.
        folder: Where evidence lies on this computer.
        access: How to reach the bucket.

    Raises:
        StoreUnwritable: The folder cannot be written, or the address is none.
    """
    if not address:
        return LocalStore(folder)
    fault = fault_of_evidence_address(address)
    if fault:
        raise StoreUnwritable(f"address of the evidence store: {fault}")
    from service.evidence.s3 import S3Store  # only who keeps evidence in a bucket waits for its library

    bucket, prefix = bucket_and_prefix(address)
    return S3Store(bucket, prefix, access=access or BucketAccess())
