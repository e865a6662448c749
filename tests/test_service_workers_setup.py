"""A scene that is changed while its camera is watched is taken in; a faulty file is not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from calibration.scene import Area
from service.accounts import sign_in_token
from service.db.accounts import AccountRepository
from service.db.calibration import CalibrationRepository
from service.db.records import Role
from service.scenes import save_scene
from service.settings import Settings
from service.site import load_site
from service.site_tables import SceneTables, ZoneTable
from service.stills import confirm_reference, keep_reference, reference_picture
from service.wiring import Parts, open_parts, register_site
from service.workers.setup import SetupWatch
from tests.stories import at
from tests.test_service_site import GOOD

ZONE = ZoneTable(id="sanh", name="Sảnh", kind="public", area=((0.5, 0.0), (1.0, 0.0), (1.0, 1.0)))


@pytest.fixture
def site_file(tmp_path: Path) -> Path:
    path = tmp_path / "site.toml"
    path.write_text(GOOD, encoding="utf-8")
    return path


@pytest.fixture
def parts(tmp_path: Path, site_file: Path) -> Iterator[Parts]:
    parts = open_parts(Settings(data_dir=tmp_path / "data"))
    register_site(parts, load_site(site_file))
    yield parts
    parts.database.close()


def watch_of(parts: Parts, site_file: Path, camera_id: str = "counter") -> SetupWatch:
    site = load_site(site_file)
    return SetupWatch(parts.database, site, site.camera(camera_id), site_file)


def test_nothing_changed(parts: Parts, site_file: Path) -> None:
    assert watch_of(parts, site_file).is_current()


def test_a_newly_drawn_scene_is_noticed_and_taken_in(parts: Parts, site_file: Path) -> None:
    setup = watch_of(parts, site_file)
    save_scene(site_file, "counter", SceneTables(zones=(ZONE,)))
    assert not setup.is_current()
    setup.refresh()
    assert (ZONE,) == setup.camera.zones
    assert setup.is_current()


def test_another_cameras_scene_is_no_reason_to_begin_anew(parts: Parts, site_file: Path) -> None:
    setup = watch_of(parts, site_file)
    save_scene(site_file, "door", SceneTables(zones=(ZONE,)))
    assert setup.is_current()


def test_changed_rules_are_noticed(parts: Parts, site_file: Path) -> None:
    setup = watch_of(parts, site_file)
    site_file.write_text(GOOD + "[rules.left_post]\nafter_s = 60\n", encoding="utf-8")
    assert not setup.is_current()


@pytest.mark.expects_errors
@pytest.mark.parametrize("text", ["schema = 1\n[site", GOOD.replace('id = "counter"', 'id = "moved"'), ""])
def test_a_file_that_is_faulty_or_lost_the_camera_changes_nothing(parts: Parts, site_file: Path, text: str) -> None:
    setup = watch_of(parts, site_file)
    site_file.write_text(text, encoding="utf-8")
    assert setup.is_current()
    setup.refresh()
    assert "counter" == setup.camera.id


@pytest.mark.expects_errors
def test_a_file_that_is_gone_changes_nothing(parts: Parts, site_file: Path) -> None:
    setup = watch_of(parts, site_file)
    site_file.unlink()
    assert setup.is_current()
    setup.refresh()
    assert "counter" == setup.camera.id


@pytest.mark.expects_errors
def test_an_address_whose_secret_is_not_set_changes_nothing(
    parts: Parts, site_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOOR_USER", "viewer")
    monkeypatch.setenv("DOOR_PASSWORD", "secret")
    setup = watch_of(parts, site_file, "door")
    site_file.write_text(GOOD.replace("${DOOR_PASSWORD}", "${NOT_SET_ANYWHERE}"), encoding="utf-8")
    assert setup.is_current()
    setup.refresh()
    assert "rtsp://${DOOR_USER}:${DOOR_PASSWORD}@10.0.0.5/main" == setup.camera.source


def test_a_confirmed_view_is_noticed(parts: Parts, site_file: Path) -> None:
    setup = watch_of(parts, site_file)
    sign_in_token(parts, "quan-tri", name="Quản trị", role=Role.ADMIN)
    parts.store.put("stills/counter.jpg", b"picture")
    with parts.database.transaction() as session:
        user = AccountRepository(session).find_user("quan-tri")
        assert user is not None
        number = confirm_reference(
            parts.store, CalibrationRepository(session), "counter", at=at(0), user_id=user.user_id
        )
    assert 1 == number
    assert not setup.is_current()
    setup.refresh()
    assert setup.is_current()


def test_a_reference_that_the_run_took_by_itself_is_no_reason_to_begin_anew(parts: Parts, site_file: Path) -> None:
    setup = watch_of(parts, site_file)
    with parts.database.transaction() as session:
        CalibrationRepository(session).add_reference("counter", key="k", sha256="s", taken_at=at(0))
    assert setup.is_current()


def test_a_mask_drawn_later_is_black_in_the_reference_too(parts: Parts) -> None:
    picture = np.full((36, 64, 3), 200, dtype=np.uint8)
    left = Area(((0.0, 0.0), (0.5, 0.0), (0.5, 1.0), (0.0, 1.0)))
    with parts.database.transaction() as session:
        calibration = CalibrationRepository(session)
        keep_reference(parts.store, calibration, "counter", image=picture, taken_at=at(0))
        found = reference_picture(parts.store, calibration, "counter", [left])
    assert found is not None
    assert 0 == found[:, :30].max()
    assert found[:, 36:].min() > 150
