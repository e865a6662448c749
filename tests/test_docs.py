"""The documents keep up with the code: every rule, setting and command is described, and every link leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer.main

from calibration.homography import fit_floor
from calibration.scene import PictureShape
from service.calibrating.marks import read_marks
from service.cli import app
from service.settings import Settings
from service.site_rule_tables import RulesTable
from service.site_tables import Site
from tests.commands import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("rule", RulesTable.model_fields)
def test_every_rule_has_a_heading(rule: str) -> None:
    assert f"\n### rules.{rule}\n" in text_of("docs/site-file.md")
    assert f"`{rule}`" in text_of("README.md")


@pytest.mark.parametrize("rule", RulesTable.model_fields)
def test_every_key_of_a_rule_is_described(rule: str) -> None:
    described = text_of("docs/site-file.md")
    for key in type(getattr(RulesTable(), rule)).model_fields:
        assert f"`{key}`" in described, key


@pytest.mark.parametrize("table", [name for name in Site.model_fields if name not in ("schema_", "rules")])
def test_every_table_of_the_site_file_has_a_heading(table: str) -> None:
    assert f"\n## {table}\n" in text_of("docs/site-file.md")


@pytest.mark.parametrize("setting", Settings.model_fields)
def test_every_setting_is_described(setting: str) -> None:
    assert f"`CONGVU_{setting.upper()}`" in text_of("docs/operations.md")


def test_every_command_is_described() -> None:
    described = text_of("docs/operations.md")
    root = typer.main.get_command(app)
    for name, command in root.commands.items():  # type: ignore[attr-defined]
        for part in getattr(command, "commands", {"": None}):
            wanted = f"{name} {part}".strip()
            assert f"`congvu {wanted}" in described or f"`{wanted}" in described, wanted


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), target


def test_the_marks_shown_make_a_floor(tmp_path: Path) -> None:
    shown = re.search(r"```\n(name,x_px.*?)```", text_of("docs/geometry.md"), re.DOTALL)
    assert shown is not None
    path, picture = tmp_path / "marks.csv", PictureShape(1280, 720)
    path.write_text(shown.group(1), encoding="utf-8")
    assert fit_floor(read_marks(path, picture), picture).pose is not None
