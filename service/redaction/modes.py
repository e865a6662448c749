"""Who is hidden. Where it is not known who somebody is, or where they stood, they are hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from calibration.scene import Area, Scene, ZoneKind
from service.redaction.following import Track, followed_px
from service.redaction.heads import likely_heads_px
from vision.detection.boxes import overlaps
from vision.types import Box, FloatArray


class Mode(StrEnum):
    """Who stays visible."""

    EVERYONE = "everyone"
    """Nobody: every head is hidden."""
    ALL_BUT_SUBJECT = "all_but_subject"
    """Only whom the event is about, and only for as long as it is sure who that is."""
    STAFF_ONLY = "staff_only"
    """Only staff: whoever was, in every frame in which they were seen, at a desk or in a zone of kind ``staff``, and in
    none with their feet in a public zone. An officer who gets up and crosses the hall is hidden from start to end."""
    CITIZENS_ALWAYS = "citizens_always"
    """All but citizens: hidden is, from start to end, whoever was once seen in a public zone or may have been there
    (feet cut off by the picture's edge, away from the desks), the subject and those beside it like anybody else."""


@dataclass(frozen=True, slots=True)
class SubjectSight:
    """Where the subject was seen for certain.

    Attributes:
        at_s: When, seconds in the clip; for an event the moment of its peak.
        box_px: The event's box: of the whole person, or of a thing at the person.
    """

    at_s: float
    box_px: Box


PEAK_AWAY_S = 0.5
"""The subject's box belongs to a frame at most this far from its moment."""
SAME_BOX = 0.4
"""Intersection over union with the subject's box from which a person is a candidate."""
CLEARLY = 0.2
"""The subject's box fits the candidate by this much better than the next, or nobody is sure."""
HELD_SHARE = 0.8
"""Of a box too small to be a person's, this share lies in the candidate's box, and in nobody else's."""
UNSEEN_S = 0.5
"""A subject not seen for longer may be somebody else when seen again."""
MEETING = 0.4
"""Intersection over union of the subject's box with somebody else's from which the two may be mistaken for another."""
LEAP = 0.5
"""Between two sights the subject's box overlaps itself by at least this much less `LEAP_PER_S` for each second."""
LEAP_PER_S = 1.0
REMEMBERED_S = 1.0
"""Somebody lost from sight is supposed to be near by for so long."""

SAME_HEAD = 0.5
ALWAYS = 0.9
"""Two tracks whose heads are one in this share of the frames that show the shorter one are one person seen twice."""

FEET_CUT_PX = 3.0
"""A box that ends so near to the lower edge of the picture does not show the feet."""


def frames_shown(
    mode: Mode,
    tracks: Sequence[Track],
    times_s: Sequence[float],
    *,
    scene: Scene | None = None,
    size_px: tuple[int, int],
    subject: SubjectSight | None = None,
) -> list[frozenset[int]]:
    """Return for each track the frames in which the person stays visible.

    Args:
        mode: Who stays visible.
        tracks: Everybody in the clip.
        times_s: When each frame is shown.
        scene: Desks and zones; without one nobody is staff.
        size_px: Width and height of the pictures.
        subject: Where the subject was seen; without one there is none.
    """
    if mode is Mode.ALL_BUT_SUBJECT:
        return subject_frames(tracks, times_s, subject)
    if mode is Mode.EVERYONE or scene is None:
        return [frozenset()] * len(tracks)
    may_stay = _is_staff if mode is Mode.STAFF_ONLY else _is_no_citizen
    return [_all_frames(track) if may_stay(track, scene, size_px) else frozenset() for track in tracks]


def _all_frames(track: Track) -> frozenset[int]:
    return frozenset(range(track.frames[0], track.frames[-1] + 1)) if track.is_sure else frozenset()


def _is_staff(track: Track, scene: Scene, size_px: tuple[int, int]) -> bool:
    staff = [zone.area for zone in scene.zones if zone.kind is ZoneKind.STAFF]
    return all(
        (_is_at_desk(box, scene, size_px) or _stands_in(box, staff, size_px))
        and not _stands_in(box, _public(scene), size_px)
        for box in track.persons_px
    )


def _is_no_citizen(track: Track, scene: Scene, size_px: tuple[int, int]) -> bool:
    return all(
        (_is_at_desk(box, scene, size_px) or float(box[3]) < size_px[1] - FEET_CUT_PX)
        and not _stands_in(box, _public(scene), size_px)
        for box in track.persons_px
    )


def _public(scene: Scene) -> list[Area]:
    return [zone.area for zone in scene.zones if zone.kind is ZoneKind.PUBLIC]


def _is_at_desk(box_px: FloatArray, scene: Scene, size_px: tuple[int, int]) -> bool:
    x, y = (float(v) for v in (box_px[:2] + box_px[2:]) / 2)
    return any(desk.area.contains(x / size_px[0], y / size_px[1]) for desk in scene.desks)


def _stands_in(box_px: FloatArray, areas: Sequence[Area], size_px: tuple[int, int]) -> bool:
    x, y = float(box_px[0] + box_px[2]) / 2, float(box_px[3])
    return any(area.contains(min(x / size_px[0], 1.0), min(y / size_px[1], 1.0)) for area in areas)


def subject_frames(
    tracks: Sequence[Track], times_s: Sequence[float], subject: SubjectSight | None
) -> list[frozenset[int]]:
    """Follow the subject from its sight both ways, until it leaves, or may be mistaken for somebody else.

    The same person found twice (a weak second box around head and shoulders) counts as one: where that can not be
    told from a second person behind, both stay hidden.
    """
    hidden: list[frozenset[int]] = [frozenset()] * len(tracks)
    chosen = None if subject is None else _subject_track(tracks, times_s, subject)
    if chosen is None:
        return hidden
    doubles = {t for t in range(len(tracks)) if t != chosen and _is_double(tracks[t], tracks[chosen])}
    rivals = [tracks[t] for t in range(len(tracks)) if t != chosen and t not in doubles]
    sure = _sure_frames(tracks[chosen], rivals, times_s, _nearest(tracks[chosen], times_s, subject))
    return [sure if t == chosen or t in doubles else frozenset() for t in range(len(tracks))]


def _nearest(track: Track, times_s: Sequence[float], subject: SubjectSight | None) -> int:
    """Which of a track's sights is nearest to the subject's moment."""
    at_s = 0.0 if subject is None else subject.at_s
    return min(range(len(track.frames)), key=lambda k: abs(times_s[track.frames[k]] - at_s))


def _subject_track(tracks: Sequence[Track], times_s: Sequence[float], subject: SubjectSight) -> int | None:
    """The one track that the subject's box fits; None where none does, or where two might."""
    box = np.array([subject.box_px], dtype=np.float32)
    found: list[tuple[float, float, int]] = []
    for t, track in enumerate(tracks):
        k = _nearest(track, times_s, subject)
        if abs(times_s[track.frames[k]] - subject.at_s) <= PEAK_AWAY_S:
            person = track.persons_px[k : k + 1]
            found.append((float(overlaps(person, box)[0, 0]), _held(box[0], person[0]), t))
    found.sort(reverse=True)
    fitting = [each for each in found if each[0] >= SAME_BOX]
    if fitting:
        best, t = fitting[0][0], fitting[0][2]
        others = [o for o, _, u in fitting[1:] if not _is_double(tracks[u], tracks[t])]
        return t if best - max(others, default=0.0) >= CLEARLY else None
    holding = [t for _, held, t in found if held >= HELD_SHARE and tracks[t].is_sure]
    alone = [t for t in holding if not any(_is_double(tracks[t], tracks[u]) for u in holding if u < t)]
    return alone[0] if len(alone) == 1 else None


def _held(thing: FloatArray, person: FloatArray) -> float:
    """Which share of a thing's box lies in a person's."""
    sides = np.minimum(thing[2:], person[2:]) - np.maximum(thing[:2], person[:2])
    return float(np.prod(np.maximum(sides, 0.0)) / max(float(np.prod(thing[2:] - thing[:2])), 1e-6))


def _is_double(track: Track, of: Track) -> bool:
    """Whether a track is the same person found a second time: its head is never elsewhere."""
    places = {f: k for k, f in enumerate(of.frames)}
    both = [(k, places[f]) for k, f in enumerate(track.frames) if f in places]
    if len(both) < ALWAYS * len(track.frames):
        return False
    mine = likely_heads_px(track.persons_px[[k for k, _ in both]])
    other = likely_heads_px(of.persons_px[[k for _, k in both]])
    alike = np.diagonal(overlaps(mine, other)) >= SAME_HEAD
    return bool(alike.mean() >= ALWAYS)


def _sure_frames(subject: Track, rivals: Sequence[Track], times_s: Sequence[float], start: int) -> frozenset[int]:
    """The frames around a sight of the subject through which nobody else can have taken its place."""
    near = [followed_px(r.frames, r.persons_px, times_s, extended_s=REMEMBERED_S) for r in rivals if r.is_sure]

    def is_alone(k: int) -> bool:
        others = [boxes[subject.frames[k]] for boxes in near if subject.frames[k] in boxes]
        return not others or float(overlaps(subject.persons_px[k : k + 1], np.stack(others)).max()) < MEETING

    if not is_alone(start):
        return frozenset()
    ends = []
    for way in (-1, 1):
        k = start
        while 0 <= k + way < len(subject.frames) and is_alone(k + way) and _goes_on(subject, times_s, k, k + way):
            k += way
        ends.append(subject.frames[k])
    return frozenset(range(ends[0], ends[1] + 1))


def _goes_on(subject: Track, times_s: Sequence[float], k: int, after: int) -> bool:
    passed_s = abs(times_s[subject.frames[after]] - times_s[subject.frames[k]])
    overlap = float(overlaps(subject.persons_px[k : k + 1], subject.persons_px[after : after + 1])[0, 0])
    return passed_s <= UNSEEN_S and overlap >= LEAP - LEAP_PER_S * passed_s
