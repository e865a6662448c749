"""Is the service able to answer? Open to monitors, tells nothing else."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.auth import WorkNow

router = APIRouter(tags=["health"])


@router.get("/healthz")
def read_health(work: WorkNow) -> dict[str, str]:
    """Answer once the database does; say how full the disk of the evidence is."""
    work.accounts.user_count()
    return {"status": "ok", "disk": work.context.disk.state.level.word}
