"""Filters of the queue that somebody kept under a name of their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field

from service.api.asked import cleaned
from service.api.auth import WorkNow, needs, require_csrf_header
from service.api.problems import NotAsThingsStand
from service.api.refusals import refuses
from service.api.schemas import RowId, Shape
from service.db.records import SessionRecord
from service.db.reviews import SavedFilter
from service.rights import Right

router = APIRouter(tags=["queue"], dependencies=[Depends(needs(Right.SEE_FLAGS))])
Seer = Annotated[SessionRecord, Depends(needs(Right.SEE_FLAGS))]
Changer = Annotated[SessionRecord, Depends(require_csrf_header)]


class FilterRequest(Shape):
    """Filters to keep."""

    name: str = Field(min_length=1, max_length=60, pattern=r"\S", description="One of the same name is replaced.")
    query: str = Field(max_length=1000, description="As an address has them; what is no filter is left out.")


class FilterShape(Shape):
    """Kept filters."""

    filter_id: int
    name: str
    query: str

    @classmethod
    def of(cls, kept: SavedFilter) -> FilterShape:
        """Make it from what was kept."""
        return cls.model_validate(kept)


@router.get("/filters")
def list_filters(work: WorkNow, session: Seer) -> list[FilterShape]:
    """List one's own kept filters by name."""
    return [FilterShape.of(kept) for kept in work.reviews.filters_of(session.user.user_id)]


@router.post("/filters", status_code=201, responses=refuses(NotAsThingsStand))
def keep_filter(wanted: FilterRequest, work: WorkNow, session: Changer) -> FilterShape:
    """Keep filters under a name; one of that name is replaced."""
    name = wanted.name.strip()
    return FilterShape.of(work.reviews.keep_filter(session.user.user_id, name, cleaned(wanted.query), work.now()))


@router.delete("/filters/{filter_id}", status_code=204)
def drop_filter(filter_id: RowId, work: WorkNow, session: Changer) -> None:
    """Forget kept filters."""
    work.reviews.drop_filter(session.user.user_id, filter_id)
