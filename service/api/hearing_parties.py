"""Who somebody is to a hearing: the person it is about, one of the inspection, or one whom it concerns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from service.api.auth import Work, has_right
from service.api.hearing_problems import DeskConcerned
from service.api.verdicts import is_own
from service.db.records import EventRecord, Role, SessionRecord
from service.hearing.cases import CaseRecord
from service.hearing.stages import Actor
from service.rights import Right


def refuse_concerned(session: SessionRecord, event: EventRecord, *, officer_id: str | None, name: str = "") -> None:
    """Raise `DeskConcerned` where a hearing is, or would be, about an account's owner or their desk."""
    if is_concerned(session, event, officer_id) or is_among(name, (session.user.display_name,)):
        raise DeskConcerned


def is_concerned(session: SessionRecord, event: EventRecord, officer_id: str | None) -> bool:
    """Tell whether a hearing of an officer about a flag concerns an account's owner: themselves or their desk.

    Whoever is heard by name may well be of the desk: an officer of it is never on both sides.
    """
    return is_own(session, event) or (officer_id is not None and officer_id == session.user.officer_id)


def is_among(name: str, names: Iterable[str]) -> bool:
    """Tell whether a name is one of others, however it is typed."""
    return bool(name.strip()) and _folded(name) in {_folded(other) for other in names}


def _folded(name: str) -> str:
    shown = "".join(letter for letter in name if unicodedata.category(letter) != "Cf")
    return " ".join(unicodedata.normalize("NFKC", shown).casefold().split())


def actor_of(work: Work, session: SessionRecord, case: CaseRecord) -> Actor:
    """Return who somebody is to a hearing: the person it is about, one of the inspection, or neither.

    Only an officer's account acts as the person; an officer who is of the inspection as well has no part in it at all.
    """
    is_subject = is_person(session, case)
    concerns = not is_subject and is_concerned(session, work.cases.flag_of(case), case.officer_id)
    return Actor(session.user.user_id, is_subject, has_right(session, Right.HEAR), concerns)


def is_person(session: SessionRecord, case: CaseRecord) -> bool:
    """Tell whether this is the officer's account of whom a hearing is about."""
    user = session.user
    return user.role is Role.OFFICER and user.officer_id is not None and user.officer_id == case.officer_id
