"""What is drawn on a camera's picture: read it, check a draft, save a new version, look at old ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends
from fastapi import Path as InPath
from pydantic import AfterValidator, Field, ValidationError

from service.api.auth import Work, WorkNow, has_right, needs, require_csrf_header
from service.api.camera_states import Watcher
from service.api.problems import Invalid, Missing, SceneOutdated
from service.api.refusals import refuses
from service.api.scene_bounds import within_bounds
from service.api.scene_problems import SceneFaulty, SceneLocked, SceneUnwritable
from service.api.schemas import Shape
from service.db.records import CameraRecord, SceneVersion, SessionRecord
from service.errors import SiteInvalid, StoreUnwritable
from service.evidence.told import told_of_scene, told_of_site
from service.registering import register
from service.rights import Right
from service.scenes import SceneFaultKind, check_scene, read_scene, record_scene, save_scene, scene_json, scene_sha256
from service.site import load_site
from service.site_tables import SceneTables, Site

router = APIRouter(prefix="/cameras/{camera_id}/scene", tags=["scenes"])
log = structlog.get_logger(__name__)
VERSION_MOST = 2**31 - 1

Number = Annotated[int, InPath(ge=1, le=VERSION_MOST)]


class Locked(StrEnum):
    """Why a scene can only be looked at."""

    ROLE = "role"
    """Only an administrator may draw."""
    NO_SITE_FILE = "no_site_file"
    """The service was started without a site file."""
    NOT_IN_SITE_FILE = "not_in_site_file"
    """The site file has no such camera."""
    SITE_INVALID = "site_invalid"
    """The site file has faults that somebody must mend by hand first."""


class VersionShape(Shape):
    """One saved version of a camera's scene."""

    number: int
    saved_at: datetime
    saved_by: str | None = Field(description="Who drew it; absent where it came with the site file.")
    note: str

    @classmethod
    def of(cls, record: SceneVersion) -> VersionShape:
        """Make it from a record."""
        return cls(number=record.number, saved_at=record.saved_at, saved_by=record.saved_by, note=record.note)


class VersionDetailShape(VersionShape):
    """One saved version with all that is drawn."""

    scene: SceneTables


class OfficerShape(Shape):
    """Somebody who may be assigned to a desk."""

    id: str
    name: str
    unit: str


class SceneShape(Shape):
    """What is drawn on a camera's picture now."""

    camera_id: str
    camera_name: str
    scene: SceneTables
    officers: list[OfficerShape]
    version: VersionShape | None = Field(description="The version it is; absent where it has no number yet.")
    site_sha256: str | None = Field(description="Sum of the site file; to be sent back when saving.")
    locked: Locked | None = Field(description="Why it can only be looked at; absent where it may be changed.")


class SceneDraft(Shape):
    """A scene to check."""

    scene: Annotated[SceneTables, AfterValidator(within_bounds)]


class SceneSave(SceneDraft):
    """A scene to save."""

    expected_sha256: str = Field(pattern="^[0-9a-f]{64}$", description="`site_sha256` of what it was drawn from.")
    note: str = Field(default="", max_length=500)


class SceneFaultShape(Shape):
    """One fault of a draft."""

    kind: SceneFaultKind
    place_ids: list[str] = Field(description="The things concerned, the one to change first.")
    message: str = Field(description="In English, for those who have no words for the kind.")
    share: float | None = Field(description="For overlaps: how much they have in common, 0..1.")


class SceneCheckShape(Shape):
    """What is wrong with a draft; nothing where the list is empty."""

    faults: list[SceneFaultShape]


class SceneSavedShape(Shape):
    """What was saved."""

    version: VersionShape
    site_sha256: str
    scene: SceneTables


@dataclass(frozen=True, slots=True)
class SceneNow:
    """A camera's scene, whoever asks for it.

    Attributes:
        site_sha256: None where it does not come from a site file.
        locked: Why nobody can change it; None where an administrator can.
    """

    scene: SceneTables
    officers: tuple[OfficerShape, ...]
    site_sha256: str | None
    locked: Locked | None


def find_camera(work: Work, camera_id: str) -> CameraRecord:
    """Return one camera; raises `Missing`."""
    for camera in work.sites.cameras():
        if camera.camera_id == camera_id:
            return camera
    raise Missing


def may_draw(session: SessionRecord) -> bool:
    """Tell whether somebody may change scenes: what is drawn decides who is judged."""
    return has_right(session, Right.SET_RULES)


def scene_now(work: Work, camera: CameraRecord) -> SceneNow:
    """Return the scene of the site file, else the latest one stored."""
    site_path = work.context.site_path
    if site_path is None:
        return _stored_scene(work, camera, Locked.NO_SITE_FILE)
    try:
        site = load_site(site_path)
    except SiteInvalid:
        return _stored_scene(work, camera, Locked.SITE_INVALID)
    if camera.camera_id not in {known.id for known in site.cameras}:
        return _stored_scene(work, camera, Locked.NOT_IN_SITE_FILE)
    found = read_scene(site_path, camera.camera_id)
    officers = tuple(OfficerShape(id=o.id, name=o.name, unit=o.unit) for o in found.officers)
    return SceneNow(_only_scene(found.scene), officers, found.site_sha256, None)


def differs_from(now: SceneNow, latest: SceneVersion | None) -> bool:
    """Tell whether the site file draws something else than the latest version stored: it was edited by hand."""
    return now.site_sha256 is not None and latest is not None and latest.sha256 != scene_sha256(now.scene)


def _stored_scene(work: Work, camera: CameraRecord, locked: Locked) -> SceneNow:
    versions = work.calibration.scenes(camera.camera_id)
    officers = tuple(
        OfficerShape(id=o.officer_id, name=o.name, unit=o.unit) for o in work.sites.officers(camera.site_id)
    )
    return SceneNow(_tables_of(versions[0]) if versions else SceneTables(), officers, None, locked)


def _tables_of(version: SceneVersion) -> SceneTables:
    return SceneTables.model_validate_json(version.scene)


def _only_scene(scene: SceneTables) -> SceneTables:
    """A camera's table also holds the address of its stream, which nobody is shown."""
    return SceneTables.model_validate_json(scene_json(scene))


@router.get("")
def read_camera_scene(camera_id: str, work: WorkNow, session: Watcher) -> SceneShape:
    """Read what is drawn on a camera's picture."""
    camera = find_camera(work, camera_id)
    now = scene_now(work, camera)
    latest = next(iter(work.calibration.scenes(camera_id)), None)
    is_latest = latest is not None and latest.sha256 == scene_sha256(now.scene)
    return SceneShape(
        camera_id=camera_id,
        camera_name=camera.name,
        scene=now.scene,
        officers=list(now.officers),
        version=VersionShape.of(latest) if latest is not None and is_latest else None,
        site_sha256=now.site_sha256,
        locked=now.locked or (None if may_draw(session) else Locked.ROLE),
    )


@router.post("/check", dependencies=[Depends(needs(Right.SET_RULES))], responses=refuses(SceneLocked, SceneFaulty))
def check_camera_scene(
    camera_id: str,
    draft: SceneDraft,
    work: WorkNow,
    _session: Annotated[SessionRecord, Depends(require_csrf_header)],
) -> SceneCheckShape:
    """Check a draft without saving it."""
    find_camera(work, camera_id)
    site_path = _site_path(work)
    try:
        found = check_scene(load_site(site_path), camera_id, draft.scene)
    except SiteInvalid as error:
        raise SceneFaulty(_named(error, site_path)) from None
    return SceneCheckShape(
        faults=[
            SceneFaultShape(kind=f.kind, place_ids=list(f.place_ids), message=f.message, share=f.share) for f in found
        ]
    )


@router.put(
    "",
    dependencies=[Depends(needs(Right.SET_RULES))],
    responses=refuses(SceneLocked, SceneFaulty, SceneOutdated, SceneUnwritable),
)
def save_camera_scene(
    camera_id: str,
    wanted: SceneSave,
    work: WorkNow,
    session: Annotated[SessionRecord, Depends(require_csrf_header)],
) -> SceneSavedShape:
    """Save a draft as a new version. The same scene again keeps its number; 409 where the file changed meanwhile."""
    find_camera(work, camera_id)
    site = _save(_site_path(work), camera_id, wanted)
    register(work.sites, site)
    camera = site.camera(camera_id)
    number = record_scene(
        work.calibration, camera, at=work.now(), saved_by=session.user.user_id, note=wanted.note.strip()
    )
    work.note_change(*told_of_site(site.site.id, site.model_dump_json()))
    work.note_change(*told_of_scene(camera_id, number, scene_sha256(camera)))
    log.info("scene saved", login=session.user.login, camera_id=camera_id, version=number)
    return SceneSavedShape(
        version=VersionShape.of(work.calibration.scene(camera_id, number)),
        site_sha256=read_scene(_site_path(work), camera_id).site_sha256,
        scene=_only_scene(camera),
    )


@router.get("/versions")
def list_versions(camera_id: str, work: WorkNow, _session: Watcher) -> list[VersionShape]:
    """List every version, the latest first."""
    find_camera(work, camera_id)
    return [VersionShape.of(version) for version in work.calibration.scenes(camera_id)]


@router.get("/versions/{number}")
def read_version(camera_id: str, number: Number, work: WorkNow, _session: Watcher) -> VersionDetailShape:
    """Read one version with all that is drawn."""
    find_camera(work, camera_id)
    version = work.calibration.scene(camera_id, number)
    try:
        scene = _tables_of(version)
    except ValidationError as error:
        raise Invalid(tuple(str(found["msg"]) for found in error.errors())) from None
    return VersionDetailShape(**VersionShape.of(version).model_dump(), scene=scene)


def _site_path(work: Work) -> Path:
    if work.context.site_path is None:
        raise SceneLocked
    return work.context.site_path


def _save(site_path: Path, camera_id: str, wanted: SceneSave) -> Site:
    try:
        return save_scene(site_path, camera_id, wanted.scene, expected_sha256=wanted.expected_sha256)
    except SiteInvalid as error:
        raise SceneFaulty(_named(error, site_path)) from None
    except StoreUnwritable:
        log.warning("site file cannot be written", path=str(site_path))
        raise SceneUnwritable from None


def _named(error: SiteInvalid, site_path: Path) -> tuple[str, ...]:
    """Where the file lies on the server is nobody's business in a browser; its name is enough to find the line."""
    return tuple(fault.replace(str(site_path), site_path.name) for fault in error.faults)
