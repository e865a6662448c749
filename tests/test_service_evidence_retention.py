"""What may be deleted, on which basis, and what goes first: against an oracle that spells out every case."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.db.records import KeptRule, Queue, Verdict
from service.evidence.levels import Level, Marks
from service.evidence.retention import (
    DISK_FULL,
    Deletable,
    EvidenceFacts,
    Hold,
    RetentionTable,
    due,
    early,
    free_up,
    hold_of,
    kept_until,
)
from service.evidence.store import Room

NOW = datetime(2026, 11, 2, 8, tzinfo=UTC)
RULES = ("presence", "two_at_desk", "smoking", "left_post")


@st.composite
def facts(draw: st.DrawFn) -> EvidenceFacts:
    first_at = NOW - timedelta(days=draw(st.integers(0, 60)), minutes=draw(st.integers(0, 3)))
    ended_at = draw(st.none() | st.integers(0, 120).map(lambda minutes: first_at + timedelta(minutes=minutes)))
    verdict = draw(st.none() | st.sampled_from(Verdict))
    judged_at = None if verdict is None else first_at + timedelta(days=draw(st.integers(0, 60)))
    return EvidenceFacts(
        event_id=f"e{draw(st.integers(0, 10**6))}",
        site_id="s",
        rule_id=draw(st.sampled_from(RULES)),
        first_at=first_at,
        ended_at=ended_at,
        queue=draw(st.sampled_from(Queue)),
        size_bytes=draw(st.integers(0, 50)),
        checked_rule=draw(st.none() | st.sampled_from(("smoking", "badge_missing"))),
        verdict=verdict,
        judged_at=judged_at,
        is_locked=draw(st.booleans()),
        is_appealed=draw(st.booleans()),
    )


def kept_rules() -> st.SearchStrategy[dict[str, KeptRule]]:
    return st.dictionaries(
        st.sampled_from(("*", "presence", "smoking", "badge_missing")), st.tuples(st.integers(1, 40), st.booleans())
    ).map(
        lambda lines: {rule: KeptRule(rule, days, f"law {rule}", is_early) for rule, (days, is_early) in lines.items()}
    )


def oracle_may_ever_go(one: EvidenceFacts) -> bool:
    """Nothing that is under review, confirmed, appealed, locked or going on."""
    if one.is_locked or one.is_appealed or one.ended_at is None:
        return False
    if one.verdict == "breach":
        return False
    is_flag = one.queue == "flag" and one.rule_id != "presence"
    return not (one.verdict is None and (is_flag or one.checked_rule is not None))


def oracle_days(one: EvidenceFacts, rules: dict[str, KeptRule]) -> tuple[int, bool]:
    asked = one.checked_rule or one.rule_id
    for name in (asked, "*"):
        if name in rules:
            return rules[name].days, rules[name].may_go_early
    if one.checked_rule is not None:
        return 30, True
    if one.rule_id == "presence":
        return 7, True
    if one.queue == "noted":
        return 45, True
    return 30, True


@given(st.lists(facts(), max_size=12), kept_rules())
def test_what_is_due_is_what_the_oracle_says_oldest_first(
    known: list[EvidenceFacts], rules: dict[str, KeptRule]
) -> None:
    wanted = []
    for one in known:
        if oracle_may_ever_go(one):
            since = max([one.ended_at or NOW] + ([one.judged_at] if one.judged_at else []))
            if since + timedelta(days=oracle_days(one, rules)[0]) <= NOW:
                wanted.append((one.first_at, one.event_id, one.size_bytes))
    found = due(known, RetentionTable(rules.values()), NOW)
    assert sorted(wanted) == sorted((each.first_at, each.event_id, each.size_bytes) for each in found)
    assert sorted(each.first_at for each in found) == [each.first_at for each in found]
    assert all(each.basis for each in found)


@given(st.lists(facts(), max_size=12), kept_rules())
def test_a_full_disk_takes_only_what_nothing_holds(known: list[EvidenceFacts], rules: dict[str, KeptRule]) -> None:
    wanted = [one.event_id for one in known if oracle_may_ever_go(one) and oracle_days(one, rules)[1]]
    found = early(known, RetentionTable(rules.values()))
    assert sorted(wanted) == sorted(each.event_id for each in found)
    assert {DISK_FULL} >= {each.basis for each in found}


@given(facts(), st.sampled_from(("is_locked", "is_appealed")))
def test_a_lock_never_makes_anything_deletable(one: EvidenceFacts, lock: str) -> None:
    locked = replace(one, **{lock: True})
    assert kept_until(locked, RetentionTable()) is None
    assert [] == early([locked], RetentionTable())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 20)), max_size=15), st.integers(0, 120))
def test_no_more_goes_than_is_wanted_and_the_oldest_first(made: list[tuple[int, int]], wanted_bytes: int) -> None:
    candidates = [
        Deletable(f"e{i:02}", NOW + timedelta(hours=hour), size, DISK_FULL) for i, (hour, size) in enumerate(made)
    ]
    chosen = free_up(candidates, wanted_bytes)
    in_order = sorted(candidates, key=lambda each: (each.first_at, each.event_id))
    assert in_order[: len(chosen)] == chosen
    freed = sum(each.size_bytes for each in chosen)
    if freed < wanted_bytes:
        assert len(candidates) == len(chosen)
    elif chosen:
        assert freed - chosen[-1].size_bytes < wanted_bytes


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"is_locked": True, "verdict": Verdict.NO_BREACH}, Hold.LOCKED),
        ({"is_appealed": True}, Hold.APPEALED),
        ({"verdict": Verdict.BREACH}, Hold.CONFIRMED),
        ({"ended_at": None}, Hold.OPEN),
        ({}, Hold.UNDER_REVIEW),
        ({"rule_id": "presence"}, None),
        ({"rule_id": "presence", "checked_rule": "smoking"}, Hold.UNDER_REVIEW),
        ({"queue": Queue.HELD}, None),
        ({"queue": Queue.SUSPENDED, "verdict": Verdict.BREACH}, Hold.CONFIRMED),
        ({"verdict": Verdict.CANNOT_TELL}, None),
    ],
)
def test_why_evidence_stays(changes: dict[str, object], wanted: Hold | None) -> None:
    plain: dict[str, object] = {
        "event_id": "e",
        "site_id": "s",
        "rule_id": "smoking",
        "first_at": NOW,
        "ended_at": NOW,
        "queue": Queue.FLAG,
        "size_bytes": 1,
    }
    assert wanted == hold_of(EvidenceFacts(**{**plain, **changes}))  # type: ignore[arg-type]


def test_the_time_is_counted_from_the_verdict() -> None:
    one = EvidenceFacts(
        event_id="e",
        site_id="s",
        rule_id="smoking",
        first_at=NOW - timedelta(days=100),
        ended_at=NOW - timedelta(days=100),
        queue=Queue.FLAG,
        size_bytes=1,
        verdict=Verdict.NO_BREACH,
        judged_at=NOW,
    )
    table = RetentionTable([KeptRule("smoking", 90, "Quyết định 12/QĐ-UBND")])
    assert NOW + timedelta(days=90) == kept_until(one, table)
    assert [] == due([one], table, NOW + timedelta(days=89))
    assert ["Quyết định 12/QĐ-UBND"] == [each.basis for each in due([one], table, NOW + timedelta(days=90))]


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=30))
def test_a_level_ends_only_well_past_its_mark(frees: list[int]) -> None:
    marks, level = Marks(), Level.ENOUGH
    for free in frees:
        before, level = level, marks.level_of(Room(1000, free), level)
        plain = Marks(back=0).level_of(Room(1000, free))
        assert level >= plain  # never said to be better than it is
        if level < before:
            mark = {Level.FULL: 20, Level.VERY_TIGHT: 50, Level.TIGHT: 100}[before]
            assert free >= mark + 20


def test_a_disk_on_the_mark_does_not_flicker() -> None:
    marks, level, seen = Marks(), Level.ENOUGH, []
    for free in (101, 99, 101, 99, 115, 121, 99):
        level = marks.level_of(Room(1000, free), level)
        seen.append(level)
    enough, tight = Level.ENOUGH, Level.TIGHT
    assert [enough, tight, tight, tight, tight, enough, tight] == seen


def test_marks_that_do_not_fall_are_refused() -> None:
    with pytest.raises(ValueError, match="wanted 0 <= full < very_tight < tight < 1"):
        Marks(tight=0.01)
