"""Passwords of cameras: from the environment or a file of one's own, and shown in no message."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from service.camera_secrets import FILE_VARIABLE, camera_secret, read_secrets
from service.errors import SiteInvalid
from service.settings import Settings
from service.site import load_site, resolve_source
from tests.test_service_site import GOOD


def secrets_in(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "secrets"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_an_address_takes_its_secrets_from_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = secrets_in(tmp_path, "# of the door\n\nCAM1_USER=viewer\nCAM1_PASSWORD = a=b#c%40 \n")
    monkeypatch.setenv(FILE_VARIABLE, str(path))
    site_path = tmp_path / "site.toml"
    site_path.write_text(GOOD, encoding="utf-8")
    camera = (
        load_site(site_path)
        .cameras[0]
        .model_copy(update={"source": "rtsp://${CAM1_USER}:${CAM1_PASSWORD}@10.0.0.5/main"})
    )
    assert "rtsp://viewer:a=b#c%40@10.0.0.5/main" == resolve_source(camera, site_path)
    monkeypatch.setenv("CAM1_PASSWORD", "newer")
    assert "rtsp://viewer:newer@10.0.0.5/main" == resolve_source(camera, site_path)


def test_a_name_that_is_nowhere_is_not_made_up(tmp_path: Path) -> None:
    path = secrets_in(tmp_path, "A=1\n")
    assert camera_secret("B", {FILE_VARIABLE: str(path)}) is None
    assert camera_secret("B", {}) is None


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666, 0o660])
def test_a_file_that_others_may_read_is_refused_with_what_to_do(tmp_path: Path, mode: int) -> None:
    path = secrets_in(tmp_path, "A=geheim\n", mode)
    with pytest.raises(SiteInvalid, match=f"chmod 600 {path}"):
        read_secrets(path)


@pytest.mark.parametrize("text", ["A=geheim\ngeheim-too\n", "A=geheim\nnot a name=geheim-too\n"])
def test_a_bad_line_is_named_by_its_number_and_not_shown(tmp_path: Path, text: str) -> None:
    path = secrets_in(tmp_path, text)
    with pytest.raises(SiteInvalid) as caught:
        read_secrets(path)
    assert [f"{path}:2: wanted NAME=VALUE"] == list(caught.value.faults)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_file_that_is_not_there_or_no_text_is_told(tmp_path: Path) -> None:
    with pytest.raises(SiteInvalid, match="No such file"):
        read_secrets(tmp_path / "none")
    path = secrets_in(tmp_path, "")
    path.write_bytes(b"A=\xff\xfe")
    with pytest.raises(SiteInvalid, match="is not UTF-8"):
        read_secrets(path)


def test_every_command_refuses_a_file_that_others_may_read(tmp_path: Path) -> None:
    path = secrets_in(tmp_path, "A=geheim\n", 0o644)
    with pytest.raises(ValidationError, match="chmod 600") as caught:
        Settings(secrets_file=path)
    assert "geheim" not in str(caught.value)
