"""Cameras and when each was last seen working."""

from __future__ import annotations

from fastapi import APIRouter

from service.api.auth import SignedIn, WorkNow
from service.api.schemas import CameraShape, camera_shape

router = APIRouter(tags=["cameras"])


@router.get("/cameras")
def list_cameras(work: WorkNow, _session: SignedIn) -> list[CameraShape]:
    """List all cameras with their latest frame and the number of gaps."""
    return [camera_shape(camera) for camera in work.sites.cameras()]
