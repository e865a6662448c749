"""The messages between camera and engine, and the memory they share."""

from __future__ import annotations

import mmap
import os
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.workers.engine_wire import (
    MESSAGE_BYTES,
    ROOM_BYTES,
    Ask,
    Kind,
    Told,
    WireBroken,
    make_room,
    map_room,
    output_in,
    picture_in,
)

SIDES = st.integers(0, 2**16 - 1)
NUMBERS = st.integers(0, 2**32 - 1)
TIMES = st.integers(0, 10**15).map(lambda microseconds: timedelta(microseconds=microseconds))
NAMES = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=16)


@given(st.sampled_from(Kind), NAMES, st.tuples(SIDES, SIDES), st.integers(0, 2**64 - 1))
def test_a_question_arrives_as_it_was_asked(kind: Kind, net: str, input_px: tuple[int, int], sent_ns: int) -> None:
    ask = Ask(kind, net, input_px, sent_ns)
    assert ask == Ask.unpack(ask.pack())


@given(st.text(st.characters(codec="utf-8"), max_size=900), st.tuples(NUMBERS, NUMBERS), NUMBERS, TIMES, TIMES)
def test_an_answer_arrives_as_it_was_given(
    refusal: str, shape: tuple[int, int], requests: int, busy: timedelta, waited: timedelta
) -> None:
    told = Told(refusal, shape, requests, busy, waited)
    assert told == Told.unpack(told.pack())


@given(st.binary(max_size=200))
def test_any_bytes_are_a_question_or_nothing(message: bytes) -> None:
    try:
        ask = Ask.unpack(message)
    except WireBroken:
        return
    assert ask == Ask.unpack(ask.pack())


@given(st.binary(max_size=200))
def test_any_bytes_are_an_answer_or_nothing(message: bytes) -> None:
    try:
        Told.unpack(message)
    except WireBroken:
        return
    assert len(message) >= 32


def test_a_long_refusal_is_cut() -> None:
    assert MESSAGE_BYTES == len(Told("é" * 10_000).pack())


@pytest.fixture
def room() -> mmap.mmap:
    descriptor, made = make_room()
    os.close(descriptor)
    return made


@given(height_px=SIDES, width_px=SIDES, channels=NUMBERS, count=NUMBERS)
def test_what_is_shared_lies_apart_and_inside(height_px: int, width_px: int, channels: int, count: int) -> None:
    descriptor, room = make_room()
    os.close(descriptor)
    fits = -(-height_px * width_px * 3 // 4096) * 4096 + 4 * channels * count <= ROOM_BYTES
    try:
        output = output_in(room, (height_px, width_px), (channels, count))
    except WireBroken:
        assert not fits
        return
    assert fits
    picture = picture_in(room, (height_px, width_px))
    picture[:] = 7
    output[:] = 0.0
    assert (picture == 7).all()


def test_both_sides_see_the_same_bytes() -> None:
    descriptor, mine = make_room()
    theirs = map_room(descriptor)
    os.close(descriptor)
    picture_in(mine, (32, 32))[:] = 9
    assert (picture_in(theirs, (32, 32)) == 9).all()


def test_shared_memory_cannot_be_cut_short() -> None:
    descriptor, room = make_room()
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 4096)
    os.close(descriptor)
    assert ROOM_BYTES == len(room)


def test_a_picture_that_does_not_fit_is_refused(room: mmap.mmap) -> None:
    with pytest.raises(WireBroken, match="does not fit into the 33554432 bytes"):
        picture_in(room, (4000, 4000))
