"""What a reader may know of the verdicts on a flag: the second look must not be told of the first."""

from __future__ import annotations

from dataclasses import replace

from service.api.auth import Work, may_review
from service.db.records import EventRecord, ReviewRecord, SessionRecord, Standing

LOOKED_AT = (Standing.OPEN, Standing.SECOND)


def as_shown(event: EventRecord, session: SessionRecord) -> EventRecord:
    """Return the event as its reader may see it: for those who judge, one that waits for a second look is open."""
    if event.standing is Standing.SECOND and may_review(session):
        return replace(event, standing=Standing.OPEN)
    return event


def shown_reviews(work: Work, session: SessionRecord, event: EventRecord) -> list[ReviewRecord]:
    """Return the verdicts that a reader may see: only their own while somebody is asked for a look."""
    reviews = work.reviews.of(event.event_id)
    if event.standing in LOOKED_AT and may_review(session):
        return [review for review in reviews if review.reviewer_id == session.user.user_id]
    return reviews
