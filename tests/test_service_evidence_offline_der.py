"""DER is read in one spelling only."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.evidence.offline.der import (
    DerBroken,
    DerValue,
    der_bits,
    der_boolean,
    der_in_order,
    der_integer,
    der_oid,
    der_time,
    read_der,
)
from tests.made_tokens import der, integer, oid


def value(encoded: bytes) -> DerValue:
    return read_der(encoded, "it")


@given(st.integers(0, 1 << 200))
def test_a_number_is_what_was_written(number: int) -> None:
    assert number == der_integer(value(integer(number)), "it")


@given(st.tuples(st.integers(0, 2), st.integers(0, 39)), st.lists(st.integers(0, 1 << 64), max_size=6))
def test_an_object_identifier_is_what_was_written(start: tuple[int, int], rest: list[int]) -> None:
    dotted = ".".join(str(n) for n in (*start, *rest))
    assert dotted == der_oid(value(oid(dotted)), "it")


@given(st.binary(max_size=70_000), st.binary(max_size=300))
def test_values_are_taken_apart_as_they_were_put_together(first: bytes, second: bytes) -> None:
    parts = value(der(0x30, der(4, first), der(4, second))).parts("it")
    assert [first, second] == [part.content for part in parts]


@given(st.binary(max_size=40))
def test_what_is_read_is_written_the_same(content: bytes) -> None:
    try:
        found = value(content)
    except DerBroken:
        return
    assert content == der(found.tag, found.content)


@pytest.mark.parametrize(
    ("encoded", "message"),
    [
        ("", "cut off"),
        ("04", "cut off"),
        ("0402ff", "1 bytes are missing"),
        ("0401ffff", "1 trailing bytes"),
        ("048101ff", "shortest spelling"),
        ("04820001ff", "shortest spelling"),
        ("0480ff0000", "shortest spelling"),
        ("04850000000001ff", "shortest spelling"),
        ("1f8101ff", "a tag of several bytes"),
    ],
)
def test_another_spelling_of_a_length_is_refused(encoded: str, message: str) -> None:
    with pytest.raises(DerBroken, match=message):
        value(bytes.fromhex(encoded))


@pytest.mark.parametrize("encoded", ["0200", "02020001", "0202ffff", "0401ff"])
def test_another_spelling_of_a_number_is_refused(encoded: str) -> None:
    with pytest.raises(DerBroken):
        der_integer(value(bytes.fromhex(encoded)), "it")


@pytest.mark.parametrize("encoded", ["0600", "06022a80", "06032a8001", "0401ff"])
def test_another_spelling_of_an_object_identifier_is_refused(encoded: str) -> None:
    with pytest.raises(DerBroken):
        der_oid(value(bytes.fromhex(encoded)), "it")


def test_truth_values_and_bit_strings_have_one_spelling() -> None:
    assert [False, True] == [der_boolean(value(bytes.fromhex(e)), "it") for e in ("010100", "0101ff")]
    with pytest.raises(DerBroken):
        der_boolean(value(bytes.fromhex("010101")), "it")
    assert b"\xff" == der_bits(value(bytes.fromhex("030200ff")), "it")
    with pytest.raises(DerBroken):
        der_bits(value(bytes.fromhex("030201fe")), "it")


def test_a_time_is_in_utc() -> None:
    assert datetime(2026, 11, 23, 8, 0, 1, 500_000, UTC) == der_time(value(der(0x18, b"20261123080001.5Z")), "it")
    for text in (b"20261123080001", b"20261123080001.50Z", b"20261123080001.Z", b"202611230800Z", b"20261123080060Z"):
        with pytest.raises(DerBroken):
            der_time(value(der(0x18, text)), "it")


def test_the_members_of_a_set_come_in_order_and_once() -> None:
    one, two = value(integer(1)), value(integer(2))
    der_in_order([one, two], "it")
    for members in ([two, one], [one, one]):
        with pytest.raises(DerBroken):
            der_in_order(members, "it")
