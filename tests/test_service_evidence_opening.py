"""Which evidence store the settings name, and what is said where they name none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from service.cli_options import settings_of
from service.errors import ServiceError, StoreUnwritable
from service.evidence.bucket import BucketAccess
from service.evidence.local import LocalStore
from service.evidence.opening import open_store
from service.evidence.s3 import S3Store
from service.parts import open_parts
from service.settings import Settings
from tests.commands import ROOT


def test_without_an_address_it_is_the_folder(tmp_path: Path) -> None:
    store = open_store("", tmp_path / "evidence")
    assert isinstance(store, LocalStore)
    store.put("a", b"x")
    assert b"x" == (tmp_path / "evidence" / "a").read_bytes()


def test_a_bucket_is_opened_while_it_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("URL", "s3://evidence/hue"), ("ENDPOINT", "http://127.0.0.1:1"), ("REGION", "hue")):
        monkeypatch.setenv(f"CONGVU_EVIDENCE_{name}", value)
    monkeypatch.setenv("CONGVU_EVIDENCE_ACCESS_KEY", "the-key")
    monkeypatch.setenv("CONGVU_EVIDENCE_SECRET_KEY", "the-secret")
    settings = Settings(data_dir=tmp_path)
    assert BucketAccess("http://127.0.0.1:1", "hue", "the-key", "the-secret") == settings.bucket_access
    parts = open_parts(settings)
    assert isinstance(parts.store, S3Store)
    parts.database.close()
    assert not (tmp_path / "evidence").exists()
    assert "the-secret" not in f"{settings!r}{settings.bucket_access!r}{parts!r}"


@pytest.mark.parametrize(
    "address", ["evidence", "s3:/evidence", "s3://", "s3://E", "s3://evidence/../x", "http://e/x", "s3://evidence//x"]
)
def test_an_address_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    with pytest.raises(StoreUnwritable, match="wants s3://BUCKET or s3://BUCKET/FOLDER"):
        open_store(address, tmp_path)
    monkeypatch.setenv("CONGVU_EVIDENCE_URL", address)
    with pytest.raises(ServiceError, match=r"CONGVU_EVIDENCE_URL: .*wants s3://BUCKET or s3://BUCKET/FOLDER"):
        settings_of(tmp_path)


@pytest.mark.parametrize(
    ("endpoint", "said"),
    [
        ("minio:9000", "wants https://HOST"),
        ("ftp://minio", "wants https://HOST"),
        ("https://", "wants https://HOST"),
        ("https://minio:port", "wants https://HOST"),
        ("https://minio/?x=1", "wants https://HOST"),
        ("https://key:the-secret@minio", "wants no user and password in it"),
    ],
)
def test_an_endpoint_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: str, said: str) -> None:
    monkeypatch.setenv("CONGVU_EVIDENCE_ENDPOINT", endpoint)
    with pytest.raises(ServiceError) as refused:
        settings_of(tmp_path)
    assert str(refused.value).startswith("CONGVU_EVIDENCE_ENDPOINT: ")
    assert said in str(refused.value)
    assert "the-secret" not in str(refused.value)


@pytest.mark.parametrize("name", ["ACCESS", "SECRET"])
def test_half_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(f"CONGVU_EVIDENCE_{name}_KEY", "the-secret")
    with pytest.raises(ServiceError, match=r"CONGVU_EVIDENCE_ACCESS_KEY: .*or neither") as refused:
        settings_of(tmp_path)
    assert "the-secret" not in str(refused.value)


def test_who_keeps_evidence_in_a_folder_waits_for_no_library_of_buckets() -> None:
    program = "import sys, service.parts, service.evidence.local; print('obstore' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "False" == done.stdout.strip()
