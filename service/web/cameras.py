"""Which cameras work, and how much they missed."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from service.api.auth import SignedIn, WorkNow
from service.api.selection import FALLBACK_ZONE
from service.db.records import CameraRecord
from service.web.pages import render

router = APIRouter()


@dataclass(frozen=True, slots=True)
class CameraLine:
    """One camera and where it is."""

    camera: CameraRecord
    site_name: str
    zone: ZoneInfo


@router.get("/cameras")
def show_cameras(request: Request, work: WorkNow, session: SignedIn) -> Response:
    """Show all cameras."""
    sites = {site.site_id: site for site in work.sites.sites()}
    lines = []
    for camera in work.sites.cameras():
        site = sites.get(camera.site_id)
        zone = ZoneInfo(site.timezone) if site else FALLBACK_ZONE
        lines.append(CameraLine(camera, site.name if site else camera.site_id, zone))
    return render(request, "cameras.html", session, {"lines": lines})
