"""Rules over subjects: stories in seconds; no pictures, no database, no sleep."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.stories import CAMERA, DESK, NO, RUN, SUBJECT, UNKNOWN, YES, at, observation, s, seconds_of
from vision.errors import InvalidFact
from vision.rules.gesture import GestureParams
from vision.rules.rulebook import (
    BADGE_MISSING,
    COUNTER_UNATTENDED,
    LEFT_POST,
    PRESENCE,
    SMOKING,
    Counter,
    Rule,
    Rulebook,
)
from vision.rules.sequential import SequentialParams
from vision.rules.sustained import SustainedParams
from vision.types import Answer, EndReason, Event, Gap, GapReason, Observation, PlaceId, Question, Subject

RULES = (
    Rule(PRESENCE, Question.PRESENCE, YES, SustainedParams(s(1), s(2), s(5))),
    Rule(LEFT_POST, Question.PRESENCE, NO, SustainedParams(s(10), s(1), s(5)), after_visit=True),
    Rule(COUNTER_UNATTENDED, Question.PRESENCE, NO, SustainedParams(s(10), s(1), s(5)), after_visit=True),
    Rule(BADGE_MISSING, Question.BADGE, NO, SequentialParams(0.8, 0.2, 100, s(3), s(8))),
)
Told = tuple[str, float | None, float | None, str | None]


def tell(events: list[Event]) -> list[Told]:
    return [(e.rule_id, seconds_of(e.started_at), seconds_of(e.ended_at), e.end_reason) for e in events]


def play(items: list[Observation | Gap], *, finish: bool = True, book: Rulebook | None = None) -> list[Told]:
    """Return the latest state of every event, in order of opening."""
    book = book or Rulebook(RULES)
    latest: dict[object, Event] = {}
    for item in items:
        events = book.interrupt(item) if isinstance(item, Gap) else book.advance([item], item.at)
        latest |= {event.event_id: event for event in events}
    if finish:
        latest |= {event.event_id: event for event in book.finish()}
    return tell(list(latest.values()))


def presence(*spans: tuple[float, float, Answer], subject: Subject = SUBJECT) -> list[Observation | Gap]:
    items: list[Observation | Gap] = []
    for start, end, answer in spans:
        items += [observation(start + i * 0.5, answer, subject=subject) for i in range(int((end - start) * 2))]
    return items


def gap(start: float, end: float) -> Gap:
    return Gap(CAMERA, RUN, at(start), at(end), GapReason.STREAM_LOST)


def test_arrival_absence_return_and_leaving() -> None:
    story = presence((0, 20, YES), (20, 40, NO), (40, 60, YES), (60, 65, NO))
    assert [
        ("presence", 0, 19.5, "ceased"),
        ("left_post", 20, 39.5, "ceased"),
        ("presence", 40, 59.5, "ceased"),
    ] == play(story)


def test_nobody_can_leave_who_never_came() -> None:
    assert [] == play(presence((0, 600, NO)))


def test_a_hidden_desk_is_not_an_empty_desk() -> None:
    story = presence((0, 10, YES), (10, 14, UNKNOWN), (14, 20, YES))
    assert [("presence", 0, 19.5, "recording_ended")] == play(story)


def test_a_dead_camera_is_not_an_absence() -> None:
    story = [*presence((0, 10, YES)), gap(10, 600), *presence((600, 610, YES))]
    assert [
        ("presence", 0, 9.5, "interrupted"),
        ("presence", 600, 609.5, "recording_ended"),
    ] == play(story)


def test_an_absence_counts_from_what_was_seen_after_the_gap() -> None:
    story = [*presence((0, 10, YES)), gap(10, 600), *presence((600, 620, NO))]
    assert [
        ("presence", 0, 9.5, "interrupted"),
        ("left_post", 600, 619.5, "recording_ended"),
    ] == play(story)


def test_a_short_gap_is_bridged() -> None:
    story = [*presence((0, 10, YES)), gap(9.5, 12), *presence((12, 20, YES))]
    assert [("presence", 0, 19.5, "recording_ended")] == play(story)


def test_a_turned_back_is_not_a_missing_badge() -> None:
    looks: list[Observation | Gap] = [observation(i * 0.5, UNKNOWN, Question.BADGE) for i in range(200)]
    assert [] == play(looks)


def test_a_badge_taken_off_is_flagged_from_the_first_look_without_it() -> None:
    looks: list[Observation | Gap] = [observation(i, YES, Question.BADGE) for i in range(30)]
    looks += [observation(i, NO, Question.BADGE) for i in range(30, 60)]
    assert [("badge_missing", 30, 59, "recording_ended")] == play(looks)


def test_the_same_story_gives_the_same_ids() -> None:
    story = presence((0, 20, YES), (20, 30, NO))
    ids = []
    for _ in range(2):
        book = Rulebook(RULES)
        ids.append([e.event_id for item in story for e in book.advance([item], item.at)])  # type: ignore
    assert ids[0] == ids[1]
    assert 2 == len(ids[0])
    assert 1 == len(set(ids[0]))


def test_a_counter_is_unattended_only_when_every_desk_is_empty() -> None:
    other = replace(SUBJECT, place_id=PlaceId("other"))
    counter = Counter(PlaceId("counter"), (DESK, PlaceId("other")))

    def both(start: float, end: float, first: Answer, second: Answer) -> list[list[Observation]]:
        return [
            [observation(start + i * 0.5, first), observation(start + i * 0.5, second, subject=other)]
            for i in range(int((end - start) * 2))
        ]

    book = Rulebook(RULES, [counter])
    steps = both(0, 10, YES, YES) + both(10, 30, NO, YES) + both(30, 45, NO, NO) + both(45, 60, YES, NO)
    latest: dict[object, Event] = {}
    for answers in steps:
        latest |= {e.event_id: e for e in book.advance(answers, answers[0].at)}
    told = [t for t in tell(list(latest.values())) if t[0] == COUNTER_UNATTENDED]
    assert [("counter_unattended", 30, 44.5, "ceased")] == told


def test_a_counter_with_a_hidden_desk_is_unknown() -> None:
    other = replace(SUBJECT, place_id=PlaceId("other"))
    book = Rulebook(RULES, [Counter(PlaceId("counter"), (DESK, PlaceId("other")))])
    rules = []
    for i in range(120):
        second = YES if i < 10 else NO if i % 2 else UNKNOWN
        first = YES if i < 10 else UNKNOWN
        answers = [observation(i * 0.5, first), observation(i * 0.5, second, subject=other)]
        rules += [e.rule_id for e in book.advance(answers, answers[0].at)]
    assert COUNTER_UNATTENDED not in rules


def test_the_trace_shows_what_the_flag_rests_on() -> None:
    looks = [observation(i, NO, Question.BADGE, score=0.5 + i / 100) for i in range(20)]
    book = Rulebook(RULES)
    events = [e for look in looks for e in book.advance([look], look.at)] + book.finish()
    closed = events[-1]
    assert closed.ended_at is not None
    assert 20 == len(closed.trace)
    assert abs(closed.peak_score - 0.69) < 1e-9
    assert at(19) == closed.peak_at
    assert EndReason.RECORDING_ENDED is closed.end_reason


def test_a_missed_detection_every_second_is_no_absence() -> None:
    answers = [observation(i * 0.2, NO if i % 5 == 4 else YES) for i in range(5 * 120)]
    assert [("presence", 0, 119.6, "recording_ended")] == play(list(answers))


@given(st.lists(st.sampled_from([YES, NO, UNKNOWN]), max_size=150))
def test_nobody_is_there_and_away_at_once(answers: list[Answer]) -> None:
    told = play([observation(i * 0.5, answer) for i, answer in enumerate(answers)])
    visits = [(a, b) for rule, a, b, _ in told if rule == PRESENCE]
    for rule, start, end, _ in told:
        if rule == LEFT_POST:
            assert start is not None
            assert end is not None
            # a visit that is still pending may begin in the last moments of an absence, less than its opening time
            assert all(b < start or a > end - 1.0 for a, b in visits if a is not None and b is not None)


def test_after_hours_nobody_leaves_their_post() -> None:
    book = Rulebook(RULES, on_duty=lambda moment: moment < at(30))
    assert [("presence", 0, 19.5, "ceased")] == play(presence((0, 20, YES), (31, 600, NO)), book=book)


def test_yesterday_s_visit_makes_nobody_absent_today() -> None:
    book = Rulebook(RULES, on_duty=lambda moment: not at(30) <= moment < at(500))
    assert [("presence", 0, 24.5, "ceased")] == play(presence((0, 25, YES), (25, 800, NO)), book=book)


def test_a_visit_that_ends_takes_its_looks_with_it() -> None:
    """Two officers share no flag: three looks at one and two at the next are not five."""
    items: list[Observation | Gap] = []
    for i in range(200):
        t = i * 0.5
        there = t < 10 or t >= 20
        items.append(observation(t, YES if there else NO))
        if 8 <= t < 9.5 or 20 <= t < 21:
            items.append(observation(t, NO, Question.BADGE))
    assert BADGE_MISSING not in [rule for rule, *_ in play(items)]


SMOKE = SequentialParams(0.5, 0.1, 1000, s(3), s(15))
SMOKING_RULES = (
    Rule(PRESENCE, Question.PRESENCE, YES, SustainedParams(s(1), s(2), s(5))),
    Rule(SMOKING, Question.SMOKING, YES, SMOKE, gesture=GestureParams()),
)


def hand(*spans: tuple[float, float]) -> list[Observation]:
    """Looks every 0.4 s until 3 s after the last span: a hand at the mouth within the spans, and not outside."""
    times = [round(i * 0.4, 1) for i in range(int((max(end for _, end in spans) + 3) / 0.4))]
    answers = [YES if any(a <= t < b for a, b in spans) else NO for t in times]
    return [observation(t, told, Question.HAND_AT_MOUTH, score=0.8) for t, told in zip(times, answers, strict=True)]


def cigarettes(start: float, count: int) -> list[Observation]:
    return [observation(start + i * 0.4, YES, Question.SMOKING) for i in range(count)]


def smoking_events(looks: list[Observation], book: Rulebook | None = None) -> list[Event]:
    book = book or Rulebook(SMOKING_RULES)
    latest: dict[object, Event] = {}
    for look in sorted(looks, key=lambda o: o.at):
        latest |= {e.event_id: e for e in book.advance([look], look.at)}
    latest |= {e.event_id: e for e in book.finish()}
    return list(latest.values())


THREE_PUFFS = hand((2, 5), (15, 18), (28, 31))


def test_puffs_alone_never_make_an_event() -> None:
    drinking = hand(*((10.0 * i + 2, 10.0 * i + 5) for i in range(30)))
    assert [] == smoking_events(drinking)
    not_seen = [observation(look_s, NO, Question.SMOKING) for look_s in range(300)]
    assert [] == smoking_events([*drinking, *not_seen])


def test_with_puffs_fewer_cigarettes_are_enough() -> None:
    few = [observation(36 + i * 1.5, YES, Question.SMOKING) for i in range(4)]
    assert [] == smoking_events(few)
    (event,) = smoking_events([*THREE_PUFFS, *few])
    assert (SMOKING, 36) == (event.rule_id, seconds_of(event.started_at))


def test_one_look_at_a_cigarette_and_any_number_of_puffs_are_no_event() -> None:
    assert [] == smoking_events([*THREE_PUFFS, *cigarettes(36, 1)])


def test_a_phone_at_the_mouth_does_not_help() -> None:
    few = [observation(36 + i * 1.5, YES, Question.SMOKING) for i in range(4)]
    assert [] == smoking_events([*hand((2, 14), (16, 31)), *few])


def test_the_trace_shows_the_puffs() -> None:
    (event,) = smoking_events([*THREE_PUFFS, *cigarettes(36, 12)])
    hands = [(seconds_of(o.at), o.answer) for o in event.trace if o.question is Question.HAND_AT_MOUTH]
    assert [(2.0, YES), (5.2, NO), (15.2, YES), (18.0, NO), (28.0, YES), (31.2, NO)] == hands
    assert sorted(o.at for o in event.trace) == [o.at for o in event.trace]


def test_a_puff_during_the_event_is_in_its_trace() -> None:
    (event,) = smoking_events([*cigarettes(0, 30), *hand((5, 8))])
    assert [YES, NO] == [o.answer for o in event.trace if o.question is Question.HAND_AT_MOUTH]


def test_the_puffs_of_one_visitor_are_not_the_next_one_s() -> None:
    first = [observation(t * 0.5, YES if t < 70 else NO) for t in range(76)]
    few = [observation(40 + i * 1.5, YES, Question.SMOKING) for i in range(4)]
    told = smoking_events([*first, *THREE_PUFFS, *few])
    assert [PRESENCE] == [event.rule_id for event in told]


def test_hands_say_nothing_where_no_rule_asks() -> None:
    rules = (replace(SMOKING_RULES[1], gesture=None),)
    few = [observation(36 + i * 1.5, YES, Question.SMOKING) for i in range(4)]
    assert [] == smoking_events([*THREE_PUFFS, *few], Rulebook(rules))


def test_gestures_that_would_be_enough_alone_are_refused() -> None:
    with pytest.raises(InvalidFact, match="gestures alone would be enough"):
        replace(SMOKING_RULES[1], gesture=GestureParams(ratio=10, counted=3))
    with pytest.raises(InvalidFact, match="adds up evidence"):
        replace(SMOKING_RULES[0], gesture=GestureParams())


def test_calibrated_scores_reach_the_sum() -> None:
    """A doubtful no-badge look weighs little: as many of them as open a flag at full weight are not enough."""
    params = replace(SequentialParams(0.8, 0.2, 100, s(3), s(8)), base_rate=0.3, discount=1.0)
    rules = (Rule(BADGE_MISSING, Question.BADGE, NO, params),)

    def opened(score: float) -> int:
        looks: list[Observation | Gap] = [observation(i, NO, Question.BADGE, score=score) for i in range(6)]
        return len(play(looks, book=Rulebook(rules)))

    assert {0.95: 1, 0.4: 0} == {score: opened(score) for score in (0.95, 0.4)}
