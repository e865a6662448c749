"""Inspectors side by side, for those who lead them; for an inspector their own line against all others."""

from __future__ import annotations

from collections.abc import Mapping

from service.api.problems import N_
from service.attendance.words import Words
from service.statistics.fairness import Comparison, Rated
from service.statistics.inspectors import Fairness
from service.statistics.shares import SHARE_AT_LEAST, Share
from service.web.statistics_tables import Table, Value

APART = N_("differs more than chance would explain; look at examples together")
ALIKE = N_("within what chance gives")
FEW = N_("too few looks to compare")
READING = N_(
    "Only first looks are compared, and only with those of others at flags of the same rule at the same unit. "
    "A difference says nothing of who is right: the stricter or the milder may be, or the flags were not as alike "
    "as they seem. Nothing follows from it but a talk over examples."
)
SCATTERED = N_(
    "All of them scatter more than chance would explain. Then it is the rule that is understood differently, and no "
    "single person stands out: agree on examples first."
)


def inspectors_table(fairness: Fairness, names: Mapping[str, str], words: Words) -> Table:
    """Return every inspector's line, by name."""
    return _table("inspectors", N_("Inspectors"), N_("Inspector"), fairness.inspectors, names, words)


def units_table(fairness: Fairness, words: Words) -> Table:
    """Return every unit's line: what inspectors saw there, against what the same inspectors saw elsewhere."""
    labels = {key: area.label or words.speak(N_("not known")) for key, area in fairness.areas.items()}
    return _table("units", N_("Units"), N_("Unit"), fairness.units, labels, words)


def own_table(rated: Rated, fairness: Fairness, words: Words) -> Table:
    """Return one inspector's own line, and all others together."""
    speak = words.speak
    rows = [_row(speak(N_("You")), rated, fairness.inspectors, words)]
    if fairness.may_show_rest:
        rest = [other for other in fairness.inspectors.rated if other.group != rated.group]
        looks, breaches = sum(other.looks for other in rest), sum(other.breaches for other in rest)
        rows.append((speak(N_("All others")), looks, breaches, Share(breaches, looks), None, ""))
    note = "" if fairness.may_show_rest else speak(N_("There are too few others to show them without naming them."))
    return Table("own", speak(N_("Your first looks")), _columns(N_("Inspector"), words), tuple(rows), note)


def _table(key: str, title: str, first: str, comparison: Comparison, names: Mapping[str, str], words: Words) -> Table:
    rated = sorted(comparison.rated, key=lambda one: names.get(one.group, one.group))
    rows = tuple(_row(names.get(one.group, one.group), one, comparison, words) for one in rated)
    note = words.speak(SCATTERED) if comparison.is_scattered else ""
    return Table(key, words.speak(title), _columns(first, words), rows, note)


def _columns(first: str, words: Words) -> tuple[str, ...]:
    headings = (
        first,
        N_("First looks compared"),
        N_("Seen as a breach"),
        N_("Share"),
        N_("If judged as others did"),
        N_("Remark"),
    )
    return tuple(words.speak(heading) for heading in headings)


def _row(name: str, rated: Rated, comparison: Comparison, words: Words) -> tuple[Value, ...]:
    expected = round(rated.expected, 1) if rated.looks >= SHARE_AT_LEAST else None
    return name, rated.looks, rated.breaches, Share(rated.breaches, rated.looks), expected, says(rated, words)


def says(rated: Rated, words: Words) -> str:
    """Say what a comparison came to, accusing nobody."""
    return words.speak(FEW if rated.p is None else APART if rated.is_apart else ALIKE)
