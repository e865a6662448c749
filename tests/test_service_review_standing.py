"""What verdicts come to: two people for a breach, and nobody settles a dispute of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from service.db.records import Part, Standing, Verdict, WaitsFor
from service.review.standing import Look, decided, may_look, may_settle, may_withdraw, standing_of, waits_for

BEGIN = datetime(2026, 10, 5, 2, tzinfo=UTC)
PEOPLE = (1, 2, 3, 4)
BREACH, NO_BREACH, CANNOT_TELL = Verdict.BREACH, Verdict.NO_BREACH, Verdict.CANNOT_TELL


@st.composite
def histories(draw: st.DrawFn) -> list[Look]:
    """Whatever could lie in the table, whoever was allowed to put it there."""
    parts = st.sampled_from([*[Part.LOOK] * 5, Part.RULING])
    one = st.tuples(st.sampled_from(PEOPLE), st.sampled_from(list(Verdict)), parts, st.booleans())
    drawn = draw(st.lists(one, max_size=7))
    return [
        Look(person, verdict, part, BEGIN + timedelta(minutes=n), is_withdrawn)
        for n, (person, verdict, part, is_withdrawn) in enumerate(drawn)
    ]


@st.composite
def allowed_histories(draw: st.DrawFn) -> list[Look]:
    """What comes about where each step is asked about first: looks, rulings, and verdicts taken back."""
    looks: list[Look] = []
    for n in range(draw(st.integers(0, 8))):
        person = draw(st.sampled_from(PEOPLE))
        verdict = draw(st.sampled_from(list(Verdict)))
        at = BEGIN + timedelta(minutes=n)
        if draw(st.booleans()) and may_withdraw(looks, person):
            mine = max(n for n, look in enumerate(looks) if look.reviewer_id == person and not look.is_withdrawn)
            looks[mine] = withdrawn(looks[mine])
        elif may_settle(looks, person):
            looks.append(Look(person, verdict, Part.RULING, at))
        elif may_look(looks, person):
            looks.append(Look(person, verdict, Part.LOOK, at))
    return looks


def withdrawn(look: Look) -> Look:
    return Look(look.reviewer_id, look.verdict, look.part, look.at, True)


def oracle(looks: Sequence[Look]) -> Standing:
    """What the rules on paper say, by counting heads."""
    ruling = None
    says: dict[int, Verdict] = {}
    for look in looks:
        if look.is_withdrawn:
            continue
        if look.part is Part.RULING:
            ruling = look.verdict
        says[look.reviewer_id] = look.verdict
    if ruling is not None:
        return {BREACH: Standing.BREACH, NO_BREACH: Standing.NO_BREACH, CANNOT_TELL: Standing.CANNOT_TELL}[ruling]
    for_it = sum(verdict is BREACH for verdict in says.values())
    against = sum(verdict is NO_BREACH for verdict in says.values())
    unsure = sum(verdict is CANNOT_TELL for verdict in says.values())
    if for_it and (against or unsure):
        return Standing.DISPUTED
    if for_it:
        return Standing.SECOND if for_it == 1 else Standing.BREACH
    if against:
        return Standing.NO_BREACH
    return Standing.CANNOT_TELL if unsure else Standing.OPEN


@given(histories())
def test_verdicts_come_to_what_counting_heads_says(looks: list[Look]) -> None:
    assert oracle(looks) == standing_of(looks)


@given(histories())
def test_a_flag_waits_for_the_leader_only_when_disputed_and_for_nobody_only_when_decided(looks: list[Look]) -> None:
    standing = standing_of(looks)
    assert (standing is Standing.DISPUTED) == (waits_for(standing) is WaitsFor.RULING)
    assert (decided(standing) is not None) == (waits_for(standing) is WaitsFor.NOBODY)


@given(allowed_histories())
def test_no_breach_rests_on_one_person(looks: list[Look]) -> None:
    if standing_of(looks) is Standing.BREACH:
        counted = [look for look in looks if not look.is_withdrawn]
        assert len({look.reviewer_id for look in counted}) > 1


@given(allowed_histories())
def test_a_leader_never_settles_a_dispute_of_their_own(looks: list[Look]) -> None:
    counted = [look for look in looks if not look.is_withdrawn]
    for n, ruling in enumerate(counted):
        if ruling.part is Part.RULING:
            parties = {look.reviewer_id for look in counted[:n] if look.part is Part.LOOK}
            assert ruling.reviewer_id not in parties
            assert Standing.DISPUTED is standing_of([look for look in counted[:n] if look.part is Part.LOOK])


@given(allowed_histories(), st.sampled_from(PEOPLE))
def test_only_a_dispute_is_settled_and_only_the_leader_closes_one(looks: list[Look], person: int) -> None:
    is_disputed = standing_of(looks) is Standing.DISPUTED
    assert is_disputed or not may_settle(looks, person)
    parties = {look.reviewer_id for look in looks if look.part is Part.LOOK}  # taken back or not
    if is_disputed:
        assert all(may_settle(looks, one) != (one in parties) for one in PEOPLE)


@given(allowed_histories(), st.sampled_from(PEOPLE), st.sampled_from(list(Verdict)))
def test_a_third_inspector_changes_nothing_that_two_have_said(looks: list[Look], person: int, verdict: Verdict) -> None:
    counted = [look for look in looks if not look.is_withdrawn]
    if standing_of(looks) in (Standing.BREACH, Standing.DISPUTED):
        assert not may_look(looks, person)
    if any(look.part is Part.RULING for look in counted):
        assert not may_look(looks, person)


@given(st.lists(st.tuples(st.sampled_from(PEOPLE), st.sampled_from(["look", "back"]), st.sampled_from(list(Verdict)))))
def test_who_was_shown_what_another_said_and_took_it_back_looks_no_more(
    acts: list[tuple[int, str, Verdict]],
) -> None:
    looks: list[Look] = []
    shown: set[int] = set()  # gave a look beside another's: from then on the page shows both
    out: set[int] = set()
    for n, (person, act, verdict) in enumerate(acts):
        if act == "back" and may_withdraw(looks, person):
            mine = max(k for k, look in enumerate(looks) if look.reviewer_id == person and not look.is_withdrawn)
            looks[mine] = withdrawn(looks[mine])
            out |= {person} & shown
        elif act == "look" and may_look(looks, person):
            assert person not in out
            if any(look.reviewer_id != person and not look.is_withdrawn for look in looks):
                shown.add(person)
            looks.append(Look(person, verdict, Part.LOOK, BEGIN + timedelta(minutes=n)))


@given(allowed_histories(), st.sampled_from(PEOPLE))
def test_what_is_taken_back_is_as_if_it_had_not_been(looks: list[Look], person: int) -> None:
    if may_withdraw(looks, person):
        counted = [look for look in looks if not look.is_withdrawn]
        assert person == counted[-1].reviewer_id
        assert standing_of(counted[:-1]) == standing_of([*counted[:-1], withdrawn(counted[-1])])
    else:
        counted = [look for look in looks if not look.is_withdrawn]
        assert not counted or counted[-1].reviewer_id != person


@given(st.permutations([(1, BREACH), (2, NO_BREACH), (3, CANNOT_TELL), (4, BREACH)]), st.integers(0, 4))
def test_who_looked_first_makes_no_difference(said: list[tuple[int, Verdict]], count: int) -> None:
    looks = [Look(person, verdict, Part.LOOK, BEGIN) for person, verdict in said[:count]]
    assert standing_of(looks) == standing_of(looks[::-1])


def test_the_latest_word_of_the_same_person_counts() -> None:
    changed = [Look(1, BREACH, Part.LOOK, BEGIN), Look(1, NO_BREACH, Part.LOOK, BEGIN + timedelta(minutes=1))]
    assert Standing.NO_BREACH == standing_of(changed)
    assert Standing.SECOND == standing_of([changed[0], withdrawn(changed[1])])
