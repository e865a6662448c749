"""Draw measured figures as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import altair as alt
import vl_convert

from service.errors import ServiceError


def draw_stages(told: Mapping[str, Any], path: Path) -> None:
    """Draw what each stage of the pipeline takes as one bar. Raises `ServiceError` where it cannot be written."""
    rows = [
        {"stage": name, "ms": stage["cpu_ms_per_frame"], "order": i}
        for i, (name, stage) in enumerate(told["stages"].items())
    ]
    chart = (
        alt.Chart(alt.InlineData(values=rows), title=f"{told['video']}: {told['cpu_ms_per_frame']} ms per frame")
        .mark_bar()
        .encode(
            x=alt.X("ms:Q", title="computing time per frame of the recording, ms"),
            color=alt.Color("stage:N", sort=[row["stage"] for row in rows]),
            order="order:O",
        )
        .properties(width=520, height=60)
    )
    _write(chart, path)


def draw_sweep(told: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw computing time and memory over the number of cameras. Raises `ServiceError` where it cannot be written."""
    rows = [
        {"cameras": each["cameras"], "cpu": each["cpu_percent"]["all"], "memory": each["memory_mb"]["all"]}
        for each in told
    ]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=alt.X("cameras:Q", title="cameras"))
    cpu = base.mark_line(point=True).encode(y=alt.Y("cpu:Q", title="computing, % of one core"))
    memory = base.mark_line(point=True, color="#888").encode(y=alt.Y("memory:Q", title="memory (PSS), MB"))
    _write(alt.hconcat(cpu.properties(width=300, height=220), memory.properties(width=300, height=220)), path)


def draw_over_time(told: Mapping[str, Any], path: Path) -> None:
    """Draw what the processes held over the window. Raises `ServiceError` where it cannot be written."""
    rows = told["over_time"]["samples"]
    base = alt.Chart(alt.InlineData(values=rows)).encode(x=alt.X("at_s:Q", title="seconds")).properties(width=520)
    memory = base.mark_line().encode(y=alt.Y("memory_mb:Q", title="memory (PSS), MB")).properties(height=200)
    files = base.mark_line().encode(y=alt.Y("open_files:Q", title="open files")).properties(height=100)
    threads = base.mark_line().encode(y=alt.Y("threads:Q", title="threads")).properties(height=100)
    _write(alt.vconcat(memory, files, threads, title=f"{told['cameras']} cameras"), path)


def _write(chart: alt.Chart | alt.HConcatChart | alt.VConcatChart, path: Path) -> None:
    try:
        path.write_text(vl_convert.vegalite_to_svg(chart.to_json()), encoding="utf-8")
    except OSError as error:
        raise ServiceError(f"{path}: cannot be written: {error.strerror}") from None
