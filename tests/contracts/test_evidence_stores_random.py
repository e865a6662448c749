"""Whatever is asked of it, in whatever order: every evidence store does what a dict would."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.errors import ServiceError
from service.evidence.bucket import BucketAccess
from tests.contracts.evidence_model import EvidenceModel
from tests.contracts.s3_server import access_to, new_bucket, s3_server
from tests.evidence_places import KINDS, new_place, read

KEYS = st.sampled_from(["a/b", "a/c", "d", "quarantine/orphan/a/b", "quarantine/orphan.2/a/b", "quarantine/lost/d"])
ASIDE = st.sampled_from(
    ["quarantine/orphan/a/b", "quarantine/orphan.2/a/b", "quarantine/lost/d", "quarantine/orphan/d"]
)
CONTENT = st.sampled_from([b"", b"1", b"22"])
STEP = st.one_of(
    st.tuples(st.sampled_from(["put", "put_once"]), KEYS, CONTENT),
    st.tuples(st.sampled_from(["hold", "release", "delete"]), KEYS),
    st.tuples(st.just("set_aside"), KEYS, st.sampled_from(["orphan", "lost"])),
    st.tuples(st.just("restore"), ASIDE),
)


@pytest.fixture(scope="module")
def access() -> Iterator[BucketAccess]:
    with s3_server() as endpoint:
        yield access_to(endpoint)


@pytest.fixture(scope="module")
def bucket(access: BucketAccess) -> str:
    return new_bucket(access.endpoint)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("evidence")


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=100)
@given(steps=st.lists(STEP, max_size=25))
def test_a_store_does_what_a_dict_would(
    kind: str, folder: Path, access: BucketAccess, bucket: str, steps: list[tuple[str, ...]]
) -> None:
    store, model = new_place(kind, folder, access, bucket).open(), EvidenceModel()
    for name, *arguments in steps:
        wanted, got = (answer(of, name, arguments) for of in (model, store))
        if name in ("put", "put_once") and wanted is None:
            wanted = hashlib.sha256(arguments[1]).hexdigest()
        assert wanted == got, (name, arguments)
        there = [(seen.key, seen.size_bytes, seen.is_held) for seen in store.stored()]
        assert sorted((key, len(held), key in model.held) for key, held in model.objects.items()) == there
    for key, content in model.objects.items():
        assert content == read(store, key)


def answer(of: object, name: str, arguments: list[object]) -> object:
    """Return what it says to a request: a value, or the kind of its refusal."""
    try:
        return getattr(of, name)(*arguments)
    except ServiceError as error:
        return type(error)
