"""What one row of the journal says, in its reader's words: codes as the other pages word them, times of their place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from service.api.problems import N_
from service.api.reasons import NO_REASON_WORDS, OTHER, OTHER_REASON_WORDS, REASONS, UNSTATED
from service.evidence.journal import Fact
from service.web import camera_labels, labels, notice_words
from service.web.account_labels import RIGHT_WORDS
from service.web.case_labels import OUTCOME_WORDS, STEP_WORDS, last_day
from service.web.formats import clock, day, size
from service.web.journal_words import FACT_WORDS, KIND_WORDS, fact_text
from service.web.words import translations

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_BYTES = re.compile(r"\d+-\d+", re.ASCII)
_ENDS = ("due_at", "until")
"""Moments up to which something lasts: at midnight that is the end of the day before."""

CHANGE_WORDS = {
    "made": N_("account made"),
    "changed": N_("account changed"),
    "locked_out": N_("locked out"),
    "let_in": N_("let in again"),
    "factor_reset": N_("second factor reset"),
    "factor_on": N_("second factor switched on"),
    "factor_off": N_("second factor switched off"),
    "link": N_("one-time link made"),
    "password": N_("password changed"),
    "reset_asked": N_("new password asked for"),
    "password_reset": N_("password set anew"),
    "session_ended": N_("signed out in one place"),
    "sessions_ended": N_("signed out everywhere else"),
    "recovery_codes": N_("new recovery codes"),
    "recovery_code_used": N_("recovery code used"),
    "provider_bound": N_("bound to the agency's account"),
    "token_made": N_("access token made"),
    "token_revoked": N_("access token revoked"),
    "subscribed": N_("notifications switched on"),
    "unsubscribed": N_("notifications switched off"),
}
"""What is done with accounts."""
_COLUMNS = {
    "display_name": N_("Name"),
    "role": N_("Role"),
    "agency": N_("Agency"),
    "unit": N_("Unit"),
    "officer_id": N_("Officer"),
    "email": N_("E-mail address"),
}
_FAULTS = {
    "missing": N_("file not in the store"),
    "altered": N_("file altered"),
    "unowned": N_("nobody says that it is evidence"),
    "cannot be made": N_("could not be made"),
}
_HIDDEN = {
    "everyone": N_("every head is hidden"),
    "all_but_subject": N_("all but the person it is about are hidden"),
    "staff_only": N_("all but staff are hidden"),
    "citizens_always": N_("citizens are hidden"),
}
_LEVELS = {
    "enough": N_("enough room"),
    "tight": N_("little room"),
    "very_tight": N_("very little room"),
    "full": N_("full"),
}


def _by_code(*worded: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {str(code): message for words in worded for code, message in words}


CODES: dict[str, Mapping[str, str]] = {
    "cause": camera_labels.CAUSE_WORDS,
    "change": CHANGE_WORDS,
    "columns": _COLUMNS,
    "end_reason": labels.END_WORDS,
    "kind": _by_code(labels.KIND_WORDS.items(), KIND_WORDS.items()),
    "kinds": _by_code(notice_words.KIND_WORDS.items()),
    "level": _LEVELS,
    "mode": _HIDDEN,
    "outcome": _by_code(OUTCOME_WORDS.items()),
    "part": {"look": N_("a look"), "ruling": N_("ruling of the team leader"), "whole": N_("the whole file")},
    "reason": {
        **{reason.code: reason.words for reason in REASONS},
        **{code: camera_labels.trouble_words(code) for code in (*camera_labels.GAP_WORDS, *camera_labels.FAULTS)},
        UNSTATED: NO_REASON_WORDS,
        OTHER: OTHER_REASON_WORDS,
        **_FAULTS,
    },
    "role": _by_code(labels.ROLE_WORDS.items()),
    "rule": {code: words.name for code, words in {**labels.RULES, **labels.NOTED}.items()},
    "scopes": _by_code(RIGHT_WORDS.items()),
    "standing": labels.STANDING_WORDS,
    "state": labels.STATE_WORDS,
    "step": _by_code(STEP_WORDS.items()),
    "user": {"person": N_("the person who is heard"), "inspection": N_("the inspection")},
    "verdict": _by_code(labels.VERDICT_WORDS.items()),
    "what": {"scene": N_("scene of a camera"), "site": N_("settings of a site")},
}
"""Messages for what the journal holds as a code, by the name of the fact."""


@dataclass(frozen=True, slots=True)
class Told:
    """One fact as a page shows it.

    Attributes:
        name: As the journal names it.
        label: The message that names it; empty: nobody has worded it yet.
        words: What it says, in words of the language; empty where it says no more than `raw`.
        raw: What it says, as the journal holds it.
    """

    name: str
    label: str
    words: str
    raw: str


def facts_told(facts: Mapping[str, Fact] | None, zone: ZoneInfo, language: str) -> list[Told]:
    """Return what a row says, by name; what is told of an event stands alone in its row and is told one by one."""
    said, reader = facts or {}, _Reader(zone, language)
    whole = said.get("facts")
    if len(said) == 1 and isinstance(whole, dict):
        said = whole
    return [
        Told(name, FACT_WORDS.get(name, ""), reader.words(name, fact), fact_text(fact))
        for name, fact in sorted(said.items())
    ]


class _Reader:
    """Puts facts into words. A row may have been tampered with: what fits nothing has none."""

    def __init__(self, zone: ZoneInfo, language: str) -> None:
        self._zone = zone
        self._language = language
        self._speak = translations(language).gettext

    def words(self, name: str, fact: Fact) -> str:
        if isinstance(fact, bool):
            return self._speak(N_("Yes") if fact else N_("No"))
        if isinstance(fact, int):
            return size(fact, self._language) if name.endswith("_bytes") and fact >= 0 else ""
        if isinstance(fact, str):
            return self._code(name, fact) or self._moment(name, fact)
        if isinstance(fact, list):
            said = [(self.words(name, one), one) for one in fact]
            return ", ".join(words or fact_text(one) for words, one in said) if any(words for words, _ in said) else ""
        if isinstance(fact, dict):
            return self._inner(fact)
        return ""

    def _inner(self, facts: Mapping[str, Fact]) -> str:
        said = {name: self.words(name, fact) for name, fact in facts.items()}
        if not any(said.values()):
            return ""
        return "; ".join(
            f"{self._speak(FACT_WORDS[name]) if name in FACT_WORDS else name}: {words or fact_text(facts[name])}"
            for name, words in said.items()
        )

    def _code(self, name: str, fact: str) -> str:
        if name == "part" and _BYTES.fullmatch(fact):
            return self._speak(N_("bytes %(span)s")) % {"span": fact.replace("-", "–")}
        known = CODES.get(name, {})
        if fact in known:
            return self._speak(known[fact])
        of_copy, _, mode = fact.partition(".")  # a redacted copy: clip.all_but_subject
        if name == "kind" and of_copy in known and mode in _HIDDEN:
            return f"{self._speak(known[of_copy])} ({self._speak(_HIDDEN[mode])})"
        return ""

    def _moment(self, name: str, fact: str) -> str:
        try:
            if _DAY.fullmatch(fact):
                return date.fromisoformat(fact).strftime("%d/%m/%Y")
            if not _MOMENT.fullmatch(fact):
                return ""
            at = datetime.fromisoformat(fact)
            if name in _ENDS and at.astimezone(self._zone).time() == time():
                return self._speak(N_("the end of %(day)s")) % {"day": last_day(at, self._zone)}
            return f"{clock(at, self._zone)} {day(at, self._zone)}"
        except (ValueError, OverflowError):
            return ""
