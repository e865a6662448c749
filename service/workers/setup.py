"""Tell whether a camera is still judged by what is drawn now: its tables of the site file, its reference picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from service.db.calibration import CalibrationRepository
from service.db.session import Database
from service.errors import SiteInvalid
from service.site import load_site, resolve_main_source, resolve_source
from service.site_tables import CameraTable, Site

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Judged:
    """What one run is judged by."""

    site: Site
    camera: CameraTable
    reference: int


class SetupWatch:
    """Follows one camera's part of a site file that may be changed while the camera is watched."""

    def __init__(self, database: Database, site: Site, camera: CameraTable, site_path: Path | None) -> None:
        self._database = database
        self._path = site_path
        self._judged = _Judged(site, camera, self._reference_of(camera.id))
        self._stamp = self._stamp_of()

    @property
    def site(self) -> Site:
        """The site as it was read last."""
        return self._judged.site

    @property
    def camera(self) -> CameraTable:
        """The camera's table as it was read last."""
        return self._judged.camera

    def is_current(self) -> bool:
        """Tell whether nothing changed for this camera; where something did, `refresh` takes it in.

        A file that has faults, or lost the camera, changes nothing: that is logged, and the old one is kept.
        """
        judged = self._judged
        if self._reference_of(judged.camera.id) != judged.reference:
            return False
        site = self._read_changed()
        if site is None:
            return True
        camera = self._own(site)
        if camera is None:
            log.error("camera left the site file, watching goes on", camera=judged.camera.id)
            return True
        before = judged.site
        return (camera, site.rules, site.hours, _badges_of(site)) == (
            judged.camera, before.rules, before.hours, _badges_of(before),
        )  # fmt: skip

    def refresh(self) -> None:
        """Take in what is there now, where it is good."""
        site = self._read()
        camera = None if site is None else self._own(site)
        if site is None or camera is None:
            site, camera = self._judged.site, self._judged.camera
        self._judged = _Judged(site, camera, self._reference_of(camera.id))

    def _own(self, site: Site) -> CameraTable | None:
        return next((camera for camera in site.cameras if camera.id == self._judged.camera.id), None)

    def _read_changed(self) -> Site | None:
        stamp = self._stamp_of()
        if stamp == self._stamp:
            return None
        self._stamp = stamp
        return self._read()

    def _read(self) -> Site | None:
        if self._path is None:
            return None
        try:
            site = load_site(self._path)
            camera = self._own(site)
            if camera is not None:
                # an address whose secret is not set leaves a camera unwatched
                resolve_source(camera, self._path)
                resolve_main_source(camera)
            return site
        except SiteInvalid as error:
            log.error("changed site file has faults, the old one is kept", fault=error.faults[0])
            return None

    def _stamp_of(self) -> tuple[int, int] | None:
        if self._path is None:
            return None
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _reference_of(self, camera_id: str) -> int:
        """Only what a person confirmed counts: the first one is taken by the run itself."""
        with self._database.transaction() as session:
            record = CalibrationRepository(session).reference(camera_id)
        return 0 if record is None or record.confirmed_by is None else record.number


def _badges_of(site: Site) -> tuple[tuple[str, int | None], ...]:
    """What decides whose badge a code is; nothing where none is read."""
    return tuple((officer.id, officer.badge_code) for officer in site.officers) if site.rules.badge_code.enabled else ()
