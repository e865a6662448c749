"""Words as people type them, made comparable."""

from __future__ import annotations

import re
import unicodedata

from service.attendance.facts import LeaveKind

_ASIDE = re.compile(r"\([^)]*\)?")
_RISKY = ("=", "+", "-", "@", "\t", "\r", "'")
_NOT_A_WORD = re.compile(r"[\W_]+")

KIND_WORDS: dict[LeaveKind, tuple[str, ...]] = {
    LeaveKind.ANNUAL: ("phép", "nghỉ phép", "phép năm", "nghỉ phép năm", "nghỉ hằng năm", "annual leave"),
    LeaveKind.SICK: ("ốm", "nghỉ ốm", "sick leave"),
    LeaveKind.SICK_CHILD: ("con ốm", "nghỉ con ốm", "child sick", "sick child"),
    LeaveKind.MATERNITY: ("thai sản", "nghỉ thai sản", "maternity leave"),
    LeaveKind.UNPAID: (
        "không lương",
        "không hưởng lương",
        "nghỉ không lương",
        "nghỉ không hưởng lương",
        "unpaid leave",
    ),
    LeaveKind.COMPENSATORY: ("nghỉ bù", "bù", "compensatory leave"),
    LeaveKind.OTHER_LEAVE: ("khác", "nghỉ khác", "other"),
    LeaveKind.DUTY_TRIP: ("công tác", "đi công tác", "duty trip"),
    LeaveKind.MEETING: ("họp", "hội nghị", "hội thảo", "giao ban", "hội ý"),
    LeaveKind.TRAINING: ("tập huấn", "đào tạo", "bồi dưỡng", "học", "học tập", "đi học"),
}
"""Beside each kind's own id."""

KIND_SIGNS = {
    LeaveKind.ANNUAL: "P",
    LeaveKind.SICK: "Ô",
    LeaveKind.SICK_CHILD: "Cô",
    LeaveKind.MATERNITY: "Ts",
    LeaveKind.UNPAID: "No",
    LeaveKind.COMPENSATORY: "Nb",
    LeaveKind.OTHER_LEAVE: "K",
    LeaveKind.DUTY_TRIP: "CT",
    LeaveKind.MEETING: "H",
    LeaveKind.TRAINING: "ĐT",
}
"""As the timesheet writes them; it has H for training too, where a file has to say which."""

MORNING_WORDS = ("sáng", "buổi sáng", "s", "morning", "am")
AFTERNOON_WORDS = ("chiều", "buổi chiều", "c", "afternoon", "pm")
WHOLE_DAY_WORDS = ("", "cả ngày", "cả", "nguyên ngày", "all day", "full", "full day", "day", "whole day")


def tidy(text: str) -> str:
    """Return it composed (NFC), with single blanks and none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def guarded(text: str) -> str:
    """Return a cell's text so that no spreadsheet takes it for a formula (OWASP: CSV injection)."""
    return "'" + text if text.startswith(_RISKY) else text


def unguarded(text: str) -> str:
    """Return a cell's text without the apostrophe that `guarded`, and spreadsheets, put before it."""
    return text[1:] if text.startswith("'") and text[1:].startswith(_RISKY) else text


def plain(text: str) -> str:
    """Return it without case, accents, punctuation and parentheses: ``Mã cán bộ (*)`` is ``ma can bo``."""
    spread = unicodedata.normalize("NFD", _ASIDE.sub(" ", text).casefold().replace("đ", "d"))
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return _NOT_A_WORD.sub(" ", bare).strip()


KIND_OF = {plain(word): kind for kind, words in KIND_WORDS.items() for word in (kind, *words, KIND_SIGNS[kind])}


def kind_in(sentence: str) -> LeaveKind | None:
    """Return the kind whose word comes first in a sentence, accents counted; the longer of two that begin together."""
    said = tidy(sentence).casefold()
    found = []
    for kind, words in KIND_WORDS.items():
        for word in (kind.replace("_", " "), *words):
            match = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", said)
            if match is not None:
                found.append((match.start(), -len(word), kind))
    return min(found)[2] if found else None
