"""Measuring redaction: the judges' figures, by the command."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.redaction.measuring import main
from tests.samples import first_seconds


def test_a_rendered_clip_is_measured(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    video, kept = first_seconds("counter", 0.6, tmp_path / "counter.mp4"), tmp_path / "redacted.mp4"
    assert 0 == main([str(video), "--json", "--out", str(kept)])
    told = json.loads(capsys.readouterr().out)
    assert (5, 1.0, "everyone") == (told["frames"], told["clean_share"], told["mode"])
    assert told["judges"]["persons_1280"]["heads"] >= 5
    assert told["labelled"] is None
    assert 0.0 < told["painted_share"] < 0.9
    assert told["seconds_per_clip_second"] > 0.0
    assert kept.stat().st_size > 1000


@pytest.mark.parametrize("content", [None, b"no clip"])
def test_what_cannot_be_measured_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None
) -> None:
    video = tmp_path / "broken.mp4"
    if content is not None:
        video.write_bytes(content)
    assert 1 == main([str(video)])
    assert "wanted" in capsys.readouterr().err
