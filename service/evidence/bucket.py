"""Where an S3 bucket is, and with what it is opened."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from service.evidence.keys import is_key

SCHEME = "s3://"
BUCKET_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = "us-east-1"
"""What servers other than Amazon's call themselves where nobody gave them a region."""


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """How to reach a bucket.

    Attributes:
        endpoint: Web address of the S3 server; empty for Amazon's.
        region: Its region.
        access_key: Name of the key; empty to take what the computer itself was given.
        secret_key: The key.
    """

    endpoint: str = ""
    region: str = REGION
    access_key: str = ""
    secret_key: str = field(default="", repr=False)


def bucket_and_prefix(address: str) -> tuple[str, str]:
    """Take apart an address that has no fault: the bucket, and the folder in it that is ours."""
    bucket, _, prefix = address.removeprefix(SCHEME).partition("/")
    return bucket, prefix.removesuffix("/")


def fault_of_evidence_address(address: str) -> str | None:
    """Say what is wrong with the address of an evidence store; None where nothing is."""
    bucket, prefix = bucket_and_prefix(address)
    if not address.startswith(SCHEME) or not BUCKET_NAME.fullmatch(bucket) or (prefix and not is_key(prefix)):
        return f"wants s3://BUCKET or s3://BUCKET/FOLDER, or nothing for the data folder; got {address!r}"
    return None


def fault_of_endpoint(endpoint: str) -> str | None:
    """Say what is wrong with the address of an S3 server; None where nothing is. The text holds no password."""
    try:
        parts = urlsplit(endpoint)
        _ = parts.port
    except ValueError:
        return "wants https://HOST or https://HOST:PORT"
    if parts.username is not None or parts.password is not None:
        return "wants no user and password in it: they are CONGVU_EVIDENCE_ACCESS_KEY and CONGVU_EVIDENCE_SECRET_KEY"
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        return f"wants https://HOST or https://HOST:PORT, got {endpoint!r}"
    return None
