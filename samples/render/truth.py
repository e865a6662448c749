"""What really happened, from the story and the exact masks; no detector is asked."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from samples.render.cameras import HEIGHT_PX, WIDTH_PX
from samples.render.company import BODY, CARD, CIGARETTE, LANYARD, PARTS_PER_PERSON
from samples.render.footage import RATE_FPS, Shot
from samples.render.story import Area, Role, Story

Box = tuple[float, float, float, float]
Span = tuple[float, float]
PART_NAMES = {CARD: "card", LANYARD: "lanyard", CIGARETTE: "cigarette"}
SEEN_PX = {"person": 150, "card": 25, "cigarette": 10}
BADGE_GONE_AFTER_S = 1.2  # from gripping the ribbon to its leaving the head
LEFT_POST_S = 8.0


@dataclass(slots=True)
class Log:
    """Boxes of all frames so far: per frame, person -> part -> box; and how much of each person shows."""

    frames: list[dict[str, dict[str, list[float]]]] = field(default_factory=list)

    def add(self, story: Story, shot: Shot) -> None:
        """Keep the boxes of one frame."""
        row: dict[str, dict[str, list[float]]] = {}
        for i, role in enumerate(story.roles):
            first = 1 + i * PARTS_PER_PERSON
            own = [shot.boxes[first + p] for p in (BODY, CARD, LANYARD) if first + p in shot.boxes]
            if first not in shot.boxes or shot.boxes[first][4] < SEEN_PX["person"]:
                continue
            whole = [min(b[0] for b in own), min(b[1] for b in own), max(b[2] for b in own), max(b[3] for b in own)]
            parts = {"person": [round(v, 1) for v in whole] + [round(shot.share.get(role.name, 1.0), 2)]}
            for part, name in PART_NAMES.items():
                if first + part in shot.boxes:
                    box = shot.boxes[first + part]
                    parts[name] = [round(v, 1) for v in box[:4]] + [box[4]]
            row[role.name] = parts
        self.frames.append(row)

    def spans(self, wanted: list[bool], *, bridge_s: float = 0.6) -> list[list[float]]:
        """Seconds during which something holds; gaps up to ``bridge_s`` are bridged."""
        spans: list[list[float]] = []
        for frame in np.flatnonzero(wanted):
            start, end = frame / RATE_FPS, (frame + 1) / RATE_FPS
            if spans and start - spans[-1][1] <= bridge_s:
                spans[-1][1] = end
            else:
                spans.append([start, end])
        return [[round(a, 1), round(b, 1)] for a, b in spans]

    def in_area(self, person: str, area: Area) -> list[bool]:
        """Whether the centre of the person's box lies in an area, per frame."""
        polygon = np.array([(x * WIDTH_PX, y * HEIGHT_PX) for x, y in area.polygon], np.float32)
        answers = []
        for row in self.frames:
            box = row.get(person, {}).get("person")
            inside = (
                box is not None
                and cv2.pointPolygonTest(polygon, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2), False) >= 0
            )
            answers.append(bool(inside))
        return answers

    def has(self, person: str, part: str) -> list[bool]:
        """Whether a part of a person shows, per frame."""
        least = SEEN_PX.get(part, 1)
        return [
            part in row.get(person, {}) and (part == "person" or row[person][part][4] >= least) for row in self.frames
        ]


def events_of(story: Story, role: Role, log: Log) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Events and unanswerable questions of one officer."""
    desk = role.desk
    assert desk is not None
    visits = [v for v in log.spans(log.in_area(role.name, story.areas[desk])) if v[1] - v[0] > 1.0]
    found: list[dict[str, object]] = []
    unknown: list[dict[str, object]] = []

    def event(rule: str, start: float, end: float) -> None:
        found.append({"rule": rule, "subject": desk, "start_s": round(start, 1), "end_s": round(end, 1)})

    for visit in visits:
        event("presence", *visit)
        if role.turned_away:
            unknown.append(
                {"question": "badge", "subject": desk, "reason": "back_turned", "start_s": visit[0], "end_s": visit[1]}
            )
        elif role.badge is None:
            event("badge_missing", *visit)
        elif role.badge_off_s is not None and visit[1] > role.badge_off_s:
            event("badge_missing", max(visit[0], role.badge_off_s + BADGE_GONE_AFTER_S), visit[1])
    for before, after in pairwise(visits):
        if after[0] - before[1] > LEFT_POST_S:
            event("left_post", before[1], after[0])
    smoked = log.spans(log.has(role.name, "cigarette"), bridge_s=8.0)
    for start, end in smoked:
        event("smoking", start, end)
    return found, unknown


def write(story: Story, log: Log, folder: Path) -> None:
    """Write ``<camera>.json`` and ``<camera>.boxes.json.gz``."""
    events: list[dict[str, object]] = []
    unknown: list[dict[str, object]] = []
    for role in story.roles:
        if role.is_staff:
            found, open_questions = events_of(story, role, log)
            events += found
            unknown += open_questions
    persons = [
        {
            "name": role.name,
            "role": "staff" if role.is_staff else "citizen",
            "subject": role.desk,
            "visible": log.spans(log.has(role.name, "person")),
            "badge": log.spans(log.has(role.name, "card")),
        }
        for role in story.roles
    ]
    truth = {
        "schema": 1,
        "camera": story.camera,
        "duration_s": len(log.frames) / RATE_FPS,
        "fps": RATE_FPS,
        "areas": {name: {"kind": a.kind, "polygon": [list(p) for p in a.polygon]} for name, a in story.areas.items()},
        "events": sorted(events, key=lambda e: (str(e["subject"]), float(str(e["start_s"])))),
        "unknown": unknown,
        "persons": persons,
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{story.camera}.json").write_text(json.dumps(truth, indent=1, ensure_ascii=False) + "\n")
    rows = {
        "schema": 1,
        "camera": story.camera,
        "fps": RATE_FPS,
        "columns": {"person": "x0 y0 x1 y1 px, visible share", "others": "x0 y0 x1 y1 px, visible pixels"},
        "frames": log.frames,
    }
    packed = gzip.compress(json.dumps(rows, separators=(",", ":")).encode(), mtime=0)
    (folder / f"{story.camera}.boxes.json.gz").write_bytes(packed)
