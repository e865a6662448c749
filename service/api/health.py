"""Is the service able to answer? Open to monitors, tells nothing else."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import Field

from service.api.auth import WorkNow
from service.api.schemas import Shape


class HealthShape(Shape):
    """How the service is."""

    status: str = Field(description="`ok`; where it is not, there is no such answer.")
    disk: str = Field(description="How full the disk of the evidence is, in a word.")


router = APIRouter(tags=["health"])


@router.get("/healthz")
def read_health(work: WorkNow) -> HealthShape:
    """Answer once the database does; say how full the disk of the evidence is."""
    work.accounts.user_count()
    return HealthShape(status="ok", disk=work.context.disk.state.level.word)
