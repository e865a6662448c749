"""Evidence in a bucket: what only a server over a network can do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store as Objects

from service.errors import EvidenceHeld, EvidenceMissing, EvidenceUnreachable, ServiceError, StoreFull, StoreUnwritable
from service.evidence import s3
from service.evidence.bucket import BucketAccess
from service.evidence.opening import open_store
from service.evidence.s3 import S3Store
from tests.contracts.s3_server import SECRET_KEY, access_to, answering, new_bucket, s3_server
from tests.evidence_places import read


@pytest.fixture(scope="module")
def access() -> Iterator[BucketAccess]:
    with s3_server() as endpoint:
        yield access_to(endpoint)


@pytest.fixture
def bucket(access: BucketAccess) -> str:
    return new_bucket(access.endpoint)


@pytest.fixture
def objects(access: BucketAccess, bucket: str) -> Objects:
    """The bucket as somebody else sees it, past our store."""
    return Objects(
        bucket,
        config={
            "endpoint": access.endpoint,
            "region": access.region,
            "access_key_id": access.access_key,
            "secret_access_key": access.secret_key,
        },
        client_options={"allow_http": True},
    )


@pytest.fixture
def store(access: BucketAccess, bucket: str) -> S3Store:
    return S3Store(bucket, access=access)


def names(objects: Objects) -> list[str]:
    return [seen["path"] for page in obstore.list(objects) for seen in page]


def refusals(store: S3Store) -> list[str]:
    """Ask everything of a store that cannot answer; return what it says."""
    said = []
    for ask in (
        lambda: store.put("a/b", b"x"),
        lambda: store.put_once("a/b", b"x"),
        lambda: store.delete("a/b"),
        lambda: store.hold("a/b"),
        lambda: store.release("a/b"),
        lambda: store.set_aside("a/b", "orphan"),
        lambda: store.restore("quarantine/orphan/a/b"),
    ):
        with pytest.raises(StoreUnwritable) as refused:
            ask()
        said.append(str(refused.value))
    for read_it in (lambda: store.open("a/b"), lambda: list(store.stored())):
        with pytest.raises(EvidenceUnreachable) as refused:
            read_it()
        said.append(str(refused.value))
    return said


def test_two_stores_share_a_bucket(access: BucketAccess, bucket: str, objects: Objects) -> None:
    first, second = (S3Store(bucket, prefix, access=access) for prefix in ("hue", "da-nang/centre"))
    first.put("a/b", b"1")
    second.put("a/b", b"2")
    first.hold("a/b")
    second.delete("a/b")
    assert ["hue/.holds/a/b", "hue/a/b"] == names(objects)
    assert ["a/b"] == [seen.key for seen in first.stored()]


def test_more_is_stored_than_one_page_of_a_listing_holds(store: S3Store, objects: Objects) -> None:
    wanted = sorted(f"folder-{n % 7}/{n}" for n in range(1005))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: obstore.put(objects, key, b"x"), wanted))
        list(pool.map(lambda key: obstore.put(objects, f".holds/{key}", b""), wanted[::500]))
    seen = list(store.stored())
    assert wanted == [each.key for each in seen]
    assert wanted[::500] == [each.key for each in seen if each.is_held]


def test_only_what_is_asked_for_comes_over_the_network(store: S3Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("a/b", bytes(5_000_000))
    asked: list[tuple[int, int]] = []
    real = obstore.get

    def note(objects: Objects, path: str, *, options: obstore.GetOptions) -> obstore.GetResult:
        asked.append(options["range"])  # type: ignore[arg-type]
        return real(objects, path, options=options)

    monkeypatch.setattr(obstore, "get", note)
    with store.open("a/b") as file:
        assert 5_000_000 == file.seek(0, 2)
        assert [] == asked
        file.seek(4_000_000)
        assert 100 == len(file.read(100))
        assert 900 == len(file.read(900))
    assert [(4_000_000, 5_000_000)] == asked


def test_what_is_replaced_while_it_is_read_is_said(store: S3Store) -> None:
    store.put("a/b", bytes(3_000_000))
    with store.open("a/b") as file:
        file.read(10)
        store.put("a/b", b"1" * 3_000_000)
        file.seek(2_000_000)
        with pytest.raises(EvidenceMissing, match="replaced or deleted while it was read"):
            file.read(10)
        store.delete("a/b")
        with pytest.raises(EvidenceMissing, match="replaced or deleted while it was read"):
            file.read(10)


def test_a_hold_outlives_what_somebody_takes_away_past_us(store: S3Store, objects: Objects) -> None:
    store.put("a/b", b"x")
    store.hold("a/b")
    obstore.delete(objects, "a/b")
    assert [] == list(store.stored())
    with pytest.raises(EvidenceHeld):
        store.put("a/b", b"y")
    with pytest.raises(EvidenceMissing):
        store.release("a/b")
    store.put("a/b", b"y")
    assert [False] == [seen.is_held for seen in store.stored()]


def test_no_bucket_is_not_an_empty_store(access: BucketAccess) -> None:
    said = refusals(S3Store("no-such-bucket", access=access))
    assert all(f"bucket no-such-bucket at {access.endpoint} answers NoSuchBucket" in text for text in said), said


def test_nobody_there(access: BucketAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "RETRIES", 0)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        away = f"http://127.0.0.1:{free.getsockname()[1]}"
    said = refusals(S3Store("evidence", access=replace(access, endpoint=away)))
    assert all(f"bucket evidence at {away} does not answer" in text for text in said), said
    assert not any(SECRET_KEY in text for text in said)


def test_somebody_there_who_says_nothing(access: BucketAccess, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s3, "RETRIES", 0)
    monkeypatch.setattr(s3, "REQUEST_WITHIN", timedelta(seconds=0.5))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        endpoint = f"http://127.0.0.1:{silent.getsockname()[1]}"
        store = S3Store("evidence", access=replace(access, endpoint=endpoint))
        began = time.monotonic()
        with pytest.raises(StoreUnwritable, match=f"bucket evidence at {endpoint} does not answer"):
            store.put("a/b", b"x")
        assert time.monotonic() - began < 5


def test_a_server_that_fails_is_asked_again(access: BucketAccess) -> None:
    with answering("503 Service Unavailable", "<Error><Code>SlowDown</Code></Error>") as (endpoint, asked):
        store = S3Store("evidence", access=replace(access, endpoint=endpoint))
        with pytest.raises(EvidenceUnreachable, match="answers SlowDown"):
            list(store.stored())
    assert 1 + s3.RETRIES == len(asked)


@pytest.mark.parametrize("code", ["AccessDenied", "SignatureDoesNotMatch", "InvalidAccessKeyId"])
def test_keys_that_are_refused(access: BucketAccess, code: str) -> None:
    body = f"<Error><Code>{code}</Code><AWSAccessKeyId>k</AWSAccessKeyId></Error>"
    with answering("403 Forbidden", body) as (endpoint, asked):
        said = refusals(S3Store("evidence", access=replace(access, endpoint=endpoint)))
    assert all(f"bucket evidence at {endpoint} answers " in text for text in said), said
    assert code in said[-1]  # a look at one object has no words, only a status
    assert not any(SECRET_KEY in text for text in said)
    assert asked


def test_a_server_that_is_full(access: BucketAccess) -> None:
    body = "<Error><Code>XMinioStorageFull</Code></Error>"
    with answering("507 Insufficient Storage", body, looks="404 Not Found") as (endpoint, _):
        store = S3Store("evidence", access=replace(access, endpoint=endpoint))
        with pytest.raises(StoreFull, match="XMinioStorageFull"):
            store.put("a/b", b"x")


def test_no_message_and_no_name_shows_the_secret(access: BucketAccess, store: S3Store, bucket: str) -> None:
    assert SECRET_KEY not in repr(access)
    store.put("a/b", b"x")
    store.hold("a/b")
    with pytest.raises(ServiceError) as refused:
        store.delete("a/b")
    assert SECRET_KEY not in f"{refused.value!r}{refused.value}{store!r}"


def test_it_is_opened_by_its_address(access: BucketAccess, bucket: str, objects: Objects, tmp_path: Path) -> None:
    open_store(f"s3://{bucket}/hue/", tmp_path / "unused", access=access).put("a/b", b"x")
    open_store(f"s3://{bucket}", tmp_path / "unused", access=access).put("a/b", b"x")
    assert ["a/b", "hue/a/b"] == names(objects)
    assert not (tmp_path / "unused").exists()


def test_threads_share_a_store(store: S3Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: store.put(f"a/{number}", b"%d" % number), range(50)))
        assert [b"%d" % n for n in range(50)] == list(pool.map(lambda number: read(store, f"a/{number}"), range(50)))
