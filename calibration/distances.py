"""From distances between marks, as a tape measures them, to their places on the floor.

Source: classical scaling, W. S. Torgerson, Psychometrika 17, 1952; then least squares on the distances themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from calibration.errors import DistancesContradict, TooFewDistances, TooFewPoints
from calibration.homography import POINTS_FEWEST
from calibration.scene import FloorPoint, PictureShape, PointFrac

Places = NDArray[np.float64]
Pair = tuple[int, int]

SLACK_M, SLACK_SHARE = 0.05, 0.03
"""How far a distance may be off: a tape on a floor with chairs is good to about 2 cm and 1 %."""


def floor_from_distances(
    marks: Sequence[PointFrac], distances_m: Mapping[Pair, float], picture: PictureShape
) -> tuple[FloorPoint, ...]:
    """Place marks on a plan of their own: the first at (0, 0), the second to its right on the x axis.

    Args:
        marks: Where the marks are seen, fractions.
        distances_m: Metres between marks i and j, counted from 0; not all pairs are needed, but 2 n - 3 of them.

    Raises:
        TooFewPoints, TooFewDistances: Marks could still move.
        DistancesContradict: Naming the pair that fits worst; marks are numbered from 1 in what is said.
    """
    n = len(marks)
    wanted = _checked(n, distances_m)
    _check_triangles(wanted)
    seen = np.array(marks, dtype=np.float64) * [picture.width_px, -picture.height_px]
    found = [_settle(start, wanted) for start in _starts(n, seen, wanted)]
    slack = np.array([_slack(d) for d in wanted.values()])
    fitting = [places for places in found if (np.abs(_off(places, wanted)) <= slack).all()]
    if not fitting:
        best = min(found, key=lambda places: float(np.square(_off(places, wanted)).sum()))
        raise _contradiction(best, wanted)
    ordered = [_turned_as_seen(places, seen) for places in fitting]
    # distances alone allow a mark to fold over: of equally good plans the one in the picture's order is meant
    chosen = min(
        ordered, key=lambda places: (_turns_otherwise(places, seen), float(np.square(_off(places, wanted)).sum()))
    )
    laid = _laid_out(chosen)
    return tuple(FloorPoint(at, (float(x), float(y))) for at, (x, y) in zip(marks, laid, strict=True))


def _checked(n: int, distances_m: Mapping[Pair, float]) -> dict[Pair, float]:
    if n < POINTS_FEWEST:
        raise TooFewPoints(
            f"{n} marks: a floor needs at least {POINTS_FEWEST}, spread over the picture", range(1, n + 1)
        )
    wanted: dict[Pair, float] = {}
    for (i, j), metres in distances_m.items():
        if not (0 <= i < n and 0 <= j < n and i != j):
            raise TooFewDistances(
                f"a distance is given between marks {i + 1} and {j + 1}, but there are marks 1 to {n}"
            )
        if not (np.isfinite(metres) and metres > 0):
            raise DistancesContradict(
                f"marks {i + 1} and {j + 1}: wanted a distance above 0 m, got {metres}", [i + 1, j + 1]
            )
        pair = (min(i, j), max(i, j))
        if pair in wanted and abs(wanted[pair] - metres) > _slack(metres):
            raise DistancesContradict(
                f"marks {pair[0] + 1} and {pair[1] + 1} are given two distances: {wanted[pair]:g} m and {metres:g} m",
                [pair[0] + 1, pair[1] + 1],
            )
        wanted[pair] = float(metres)
    loose = [i + 1 for i in range(n) if sum(i in pair for pair in wanted) < 2]
    if len(wanted) < 2 * n - 3 or loose:
        told = f"; marks {', '.join(map(str, loose))} have fewer than two" if loose else ""
        raise TooFewDistances(
            f"{len(wanted)} distances for {n} marks: at least {2 * n - 3} are needed, a diagonal among them{told}",
            loose,
        )
    return wanted


def _check_triangles(wanted: Mapping[Pair, float]) -> None:
    """Raise where one side of a triangle is longer than the other two together."""
    marks = sorted({i for pair in wanted for i in pair})
    for i, j, k in permutations(marks, 3):
        sides = [(min(a, b), max(a, b)) for a, b in ((i, j), (i, k), (k, j))]
        if i > j or any(side not in wanted for side in sides):
            continue
        straight, way = wanted[sides[0]], wanted[sides[1]] + wanted[sides[2]]
        if straight > way + _slack(straight):
            raise DistancesContradict(
                f"marks {i + 1} and {j + 1} are said to be {straight:g} m apart, but by way of mark {k + 1} it is only "
                f"{way:g} m: measure again",
                [i + 1, j + 1],
            )


def _starts(n: int, seen: Places, wanted: Mapping[Pair, float]) -> list[Places]:
    """Return first guesses: scaling with the missing distances taken along the others, and the picture itself."""
    # imported late: every program of ours would carry it in memory, and few calibrate
    from scipy.sparse.csgraph import shortest_path

    known = np.zeros((n, n))
    for (i, j), metres in wanted.items():
        known[i, j] = known[j, i] = metres
    full = shortest_path(known, directed=False)
    if not np.isfinite(full).all():
        raise TooFewDistances("some marks are not tied to the others by any distance")
    centring = np.eye(n) - 1.0 / n
    values, vectors = np.linalg.eigh(-0.5 * centring @ np.square(full) @ centring)
    scaled = vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-6))
    guesses = [scaled]
    for stretch in (1.0, 3.0):
        spread = (seen - seen.mean(axis=0)) * [1.0, stretch]
        guesses.append(spread * full.max() / max(float(np.ptp(spread)), 1.0))
    return guesses


def _settle(start: Places, wanted: Mapping[Pair, float]) -> Places:
    from scipy.optimize import least_squares

    solved = least_squares(lambda x: _off(x.reshape(-1, 2), wanted), start.ravel(), max_nfev=300)
    return np.asarray(solved.x, dtype=np.float64).reshape(-1, 2)


def _off(places: Places, wanted: Mapping[Pair, float]) -> NDArray[np.float64]:
    pairs = np.array(list(wanted))
    apart = np.hypot(*(places[pairs[:, 0]] - places[pairs[:, 1]]).T)
    return np.asarray(apart - np.array(list(wanted.values())), dtype=np.float64)


def _slack(metres: float) -> float:
    return max(SLACK_M, SLACK_SHARE * metres)


def _contradiction(best: Places, wanted: dict[Pair, float]) -> DistancesContradict:
    """Name the pair without which the others agree best."""
    worst, off = max(zip(wanted, _off(best, wanted), strict=True), key=lambda item: abs(item[1]))
    least = np.inf
    for pair in wanted if len(wanted) > 2 * len(best) - 2 else ():
        others = {other: metres for other, metres in wanted.items() if other != pair}
        settled = _settle(best, others)
        stress = float(np.square(_off(settled, others)).sum())
        if stress < least:
            least, worst = stress, pair
            off = float(np.hypot(*(settled[pair[0]] - settled[pair[1]]))) - wanted[pair]
    i, j = worst
    return DistancesContradict(
        f"the distances contradict one another: marks {i + 1} and {j + 1} fit worst, {wanted[worst]:.2f} m measured, "
        f"{wanted[worst] + off:.2f} m by the others. Measure that one again",
        [i + 1, j + 1],
    )


def _turn_signs(places: Places) -> NDArray[np.float64]:
    signs = []
    for i, j, k in combinations(range(len(places)), 3):
        a, b = places[j] - places[i], places[k] - places[i]
        signs.append(np.sign(a[0] * b[1] - a[1] * b[0]))
    return np.array(signs)


def _turns_otherwise(places: Places, seen: Places) -> int:
    return int((_turn_signs(places) != _turn_signs(seen)).sum())


def _turned_as_seen(places: Places, seen: Places) -> Places:
    """Mirror the plan if more of its triangles then turn as in the picture: distances do not tell left from right."""
    mirrored = places * [1.0, -1.0]
    return mirrored if _turns_otherwise(mirrored, seen) < _turns_otherwise(places, seen) else places


def _laid_out(places: Places) -> Places:
    shifted = places - places[0]
    angle = np.arctan2(shifted[1, 1], shifted[1, 0])
    cos, sin = np.cos(angle), np.sin(angle)
    return np.asarray(shifted @ np.array([[cos, -sin], [sin, cos]]), dtype=np.float64)
