"""Nothing that lacks something, or builds upon it, is a whole picture."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from vision.capture.whole import WholePictures


@dataclass(frozen=True)
class Sent:
    """One packet of a stream, in the order of decoding."""

    is_key: bool
    is_lost: bool = False


KEY, NEXT, LOST, LOST_KEY = Sent(True), Sent(False), Sent(False, True), Sent(True, True)


def admitted(stream: list[Sent], *, delay: int = 0) -> list[int]:
    """Play a stream whose pictures come ``delay`` packets after their own; return which are admitted."""
    whole = WholePictures()
    found = []
    for i in range(len(stream) + delay):
        if i < len(stream):
            whole.note_packet(i)
            if stream[i].is_lost:
                whole.note_loss()
        shown = i - delay
        if shown >= 0 and whole.admits(shown, is_key=stream[shown].is_key, is_corrupt=False):
            found.append(shown)
    return found


def test_after_a_loss_nothing_is_admitted_until_a_later_key_frame() -> None:
    assert [0, 1, 5, 6] == admitted([KEY, NEXT, LOST, NEXT, NEXT, KEY, NEXT])


def test_a_stream_begins_with_its_first_key_frame() -> None:
    assert [2, 3] == admitted([NEXT, NEXT, KEY, NEXT])


def test_a_key_frame_that_lost_something_itself_makes_nothing_whole() -> None:
    assert [0, 5] == admitted([KEY, LOST_KEY, NEXT, NEXT, NEXT, KEY])


def test_a_key_frame_sent_before_the_loss_and_shown_after_it_makes_nothing_whole() -> None:
    assert [] == [i for i in admitted([KEY, KEY, KEY, LOST, NEXT, NEXT, NEXT], delay=3) if i > 0]


def test_what_the_decoder_calls_corrupt_is_not_admitted_nor_what_follows() -> None:
    whole = WholePictures()
    found = []
    for i, (is_key, is_corrupt) in enumerate(
        [(True, False), (False, True), (False, False), (True, True), (True, False)]
    ):
        whole.note_packet(i)
        found.append(whole.admits(i, is_key=is_key, is_corrupt=is_corrupt))
    assert [True, False, False, False, True] == found


def test_pictures_without_times_are_followed_by_their_order() -> None:
    whole = WholePictures()
    found = []
    for is_key, is_lost in [(True, False), (False, True), (True, False), (True, False)]:
        whole.note_packet(None)
        if is_lost:
            whole.note_loss()
        found.append(whole.admits(None, is_key=is_key, is_corrupt=False))
    assert [True, False, False, True] == found


@given(st.lists(st.sampled_from([KEY, NEXT, NEXT, LOST, LOST_KEY]), max_size=60), st.integers(0, 4))
def test_no_picture_is_admitted_that_builds_upon_something_lost(stream: list[Sent], delay: int) -> None:
    """Oracle: go back from each picture to the key frame that it is built from."""
    found = admitted(stream, delay=delay)
    for i in found:
        key = max((k for k in range(i + 1) if stream[k].is_key), default=None)
        assert key is not None
        assert not any(sent.is_lost for sent in stream[key : i + 1])
        assert key == 0 or not stream[key - 1].is_lost, "what is told with a packet may have hit the next one"
    if not any(sent.is_lost for sent in stream):
        keys = [i for i, sent in enumerate(stream) if sent.is_key]
        assert list(range(keys[0], len(stream)) if keys else []) == found
