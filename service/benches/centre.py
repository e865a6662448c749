"""The sample centre as a place of live cameras: its scenes, and what happens in its clips."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import tomlkit

from service.benches.clips import SAMPLES, Clip
from service.benches.happenings import Story
from service.benches.streams import Streams

LEFT_AFTER_S = 8.0
STORIES = {
    "counter": (Story("left_post", "quay-1", 22.9, LEFT_AFTER_S),),
    "entrance": (Story("left_post", "le-tan", 55.5, LEFT_AFTER_S),),
    # nobody is there from the end of one pass to 10.9 s of the next
    "office": (Story("left_post", "ban-4", 66.0, LEFT_AFTER_S),),
}
"""By clip: flags of a rule that opens after a fixed time. From `samples/truth`."""


def write_site(path: Path, chosen: Mapping[str, Clip], streams: Streams) -> None:
    """Write a site file whose cameras are streams, each with the scene of its clip. It is always open."""
    sample = tomlkit.parse((SAMPLES / "centre.toml").read_text(encoding="utf-8")).unwrap()
    scenes = {camera["id"]: camera for camera in sample["cameras"]}
    site = {
        **sample,
        "hours": {"intervals": [], "days": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]},
        "rules": {"left_post": {"after_s": LEFT_AFTER_S}},
        "cameras": [_camera(name, clip, scenes, streams.address(name)) for name, clip in chosen.items()],
    }
    path.write_text(tomlkit.dumps(site), encoding="utf-8")


def _camera(name: str, clip: Clip, scenes: Mapping[str, Any], address: str) -> dict[str, Any]:
    whole = {
        "desks": [{"id": "picture", "name": "picture", "officers": ["nv-01"], "area": [[0, 0], [1, 0], [1, 1], [0, 1]]}]
    }
    scene = whole if clip.scene is None else scenes[clip.scene]
    kept = {key: part for key, part in scene.items() if key != "recorded_at"}
    return {**kept, "id": name, "name": f"{name} ({clip.name})", "source": address}
