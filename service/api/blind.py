"""What a reader may know of the verdicts on a flag: the second look must not be told of the first."""

from __future__ import annotations

from dataclasses import replace

from service.api.auth import Work
from service.db.records import EventRecord, ReviewRecord, SessionRecord, Standing
from service.rights import Right, rights_of

LOOKED_AT = (Standing.OPEN, Standing.SECOND)


def is_asked(session: SessionRecord) -> bool:
    """Tell whether a person might be asked for a look: by their role, whatever a token of theirs may do."""
    return Right.JUDGE in rights_of(session.user.role)


def as_shown(event: EventRecord, session: SessionRecord) -> EventRecord:
    """Return the event as its reader may see it: for those who judge, one that waits for a second look is open."""
    if event.standing is Standing.SECOND and is_asked(session):
        return replace(event, standing=Standing.OPEN)
    return event


def shown_reviews(work: Work, session: SessionRecord, event: EventRecord) -> list[ReviewRecord]:
    """Return the verdicts that a reader may see: only their own while somebody is asked for a look."""
    reviews = work.reviews.of(event.event_id)
    if event.standing in LOOKED_AT and is_asked(session):
        return [review for review in reviews if review.reviewer_id == session.user.user_id]
    return reviews
