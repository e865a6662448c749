"""The catalogue of nets: which file, which sum, which classes, which thresholds and floors."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MODELS_DIR = Path(__file__).resolve().parent
CATALOG = MODELS_DIR / "catalog.toml"


class CatalogInvalid(ValueError):
    """The catalogue or a file it names is missing or is not what it says. Nothing was loaded."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """From a net's own score s to a probability: sigmoid(slope * ln(s) - upper * ln(1 - s) + intercept).

    Where both slopes are the same this is Platt's scaling of the logit, with intercept 0 temperature scaling. Two
    slopes bend it: a net may be right about its high scores and boast of its low ones.

    Source: J. Platt, Probabilistic outputs for support vector machines (1999); M. Kull, T. Silva Filho, P. Flach, Beta
    calibration, AISTATS 2017.

    Attributes:
        upper: The second slope; None for the same as the first.
    """

    slope: float
    intercept: float
    upper: float | None = None

    def __post_init__(self) -> None:
        lower, _, upper = self.values
        for slope in (lower, upper):
            if not slope > 0.0:
                raise CatalogInvalid(f"calibration: wanted slopes above 0, so that order is kept, got {slope}")

    @property
    def values(self) -> tuple[float, float, float]:
        """Slope, intercept and second slope, as the catalogue writes them."""
        return self.slope, self.intercept, self.slope if self.upper is None else self.upper

    def probability(self, score: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
        """Return (N,) probabilities for (N,) scores of 0..1; the order of the scores is kept."""
        kept = np.clip(score.astype(np.float64), 1e-6, 1.0 - 1e-6)
        slope, intercept, upper = self.values
        z = slope * np.log(kept) - upper * np.log1p(-kept) + intercept
        return (1.0 / (1.0 + np.exp(-z))).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Int8Graph:
    """The same net computed in INT8: quicker on CPUs that multiply bytes, and a little less exact."""

    graph: Path
    graph_sha256: str
    weights: Path
    weights_sha256: str


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One net as the catalogue states it.

    Attributes:
        task: ``detect`` (boxes) or ``pose`` (one box with 17 keypoints).
        graph, weights: OpenVINO IR; ``checkpoint`` is the same net for ultralytics.
        input_px: Default height and width of the input.
        yes_score: Per class, the calibrated score from which something counts as seen.
        no_score: Per question, the calibrated score below which nothing counts as absent.
        calibration: Per class, what turns the net's own score into a probability; a class without keeps its score.
        base_rate: Per question, the share of yes among the looks that the calibration was fitted on.
        floor_px: Per thing, the size in pixels of the original picture below which it is missed.
        int8: A second graph, where there is one; who takes it is `models.here`'s choice.
    """

    name: str
    task: str
    graph: Path
    graph_sha256: str
    weights: Path
    weights_sha256: str
    checkpoint: Path
    checkpoint_sha256: str
    input_px: tuple[int, int]
    classes: tuple[str, ...]
    licence: str
    card: Path
    yes_score: Mapping[str, float] = field(default_factory=dict)
    no_score: Mapping[str, float] = field(default_factory=dict)
    floor_px: Mapping[str, float] = field(default_factory=dict)
    calibration: Mapping[str, Calibration] = field(default_factory=dict)
    base_rate: Mapping[str, float] = field(default_factory=dict)
    int8: Int8Graph | None = None

    def class_id(self, name: str) -> int:
        """Return the index of a class; raises `CatalogInvalid` where the net has none of that name."""
        if name not in self.classes:
            raise CatalogInvalid(f"net {self.name!r} has no class {name!r}; it has: {', '.join(self.classes)}")
        return self.classes.index(name)

    def with_graph(self, graph: Path) -> ModelEntry:
        """The same kind of net in another graph, of which the catalogue states no scores, floors or calibration."""
        weights = graph.with_suffix(".bin")
        sums = {"graph_sha256": sha256_of(graph), "weights_sha256": sha256_of(weights)}
        unsaid: dict[str, Any] = {name: {} for name in (*_NUMBERS, "calibration")} | {"int8": None}
        return replace(self, name=graph.stem, graph=graph, weights=weights, **sums, **unsaid)  # type: ignore[arg-type]

    def in_int8(self) -> ModelEntry:
        """The same net in its INT8 graph, with the sums of that; itself where it has none."""
        if self.int8 is None:
            return self
        return replace(
            self,
            graph=self.int8.graph,
            graph_sha256=self.int8.graph_sha256,
            weights=self.int8.weights,
            weights_sha256=self.int8.weights_sha256,
            int8=None,
        )

    def in_checkpoint(self) -> ModelEntry:
        """The same net as torch runs it: its weights, and their sum, are the checkpoint's."""
        return replace(self, weights=self.checkpoint, weights_sha256=self.checkpoint_sha256, int8=None)

    def calibrated(
        self, score: NDArray[np.floating[Any]], class_id: NDArray[np.int64], by: Mapping[str, Calibration] | None = None
    ) -> NDArray[np.float32]:
        """Turn the net's own scores (N,) into probabilities, class by class.

        Args:
            score: The net's own scores, 0..1.
            class_id: (N,), index into ``classes``.
            by: Calibration per class; the entry's own where not given.
        """
        turned = score.astype(np.float32)
        for name, calibration in (self.calibration if by is None else by).items():
            mine = class_id == self.class_id(name)
            turned[mine] = calibration.probability(score[mine])
        return turned

    def verify(self, *, with_checkpoint: bool = False) -> None:
        """Raise `CatalogInvalid` unless the files have the sums that the catalogue states."""
        for fault in self.faults(with_checkpoint=with_checkpoint):
            raise CatalogInvalid(fault)

    def faults(self, *, with_checkpoint: bool = False) -> Iterator[str]:
        """Say of each file that is missing or has another sum what is wrong with it."""
        files = [(self.graph, self.graph_sha256), (self.weights, self.weights_sha256)]
        if self.int8 is not None:
            files += [(self.int8.graph, self.int8.graph_sha256), (self.int8.weights, self.int8.weights_sha256)]
        if with_checkpoint:
            files.append((self.checkpoint, self.checkpoint_sha256))
        for path, wanted in files:
            if not path.is_file():
                yield f"net {self.name!r}: {path} is missing; install Công Vụ again"
                continue
            got = sha256_of(path)
            if got != wanted:
                yield (
                    f"net {self.name!r}: {path} is not the file that the catalogue names "
                    f"(wanted sha256 {wanted[:16]}…, got {got[:16]}…); install Công Vụ again"
                )


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load_catalog(path: Path = CATALOG) -> dict[str, ModelEntry]:
    """Read the catalogue. Raises `CatalogInvalid` where a key is missing, unknown or of the wrong kind."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CatalogInvalid(f"{path}: no such catalogue of nets") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogInvalid(f"{path}: {error}") from None
    models = document.get("models")
    if document.get("schema") != 1 or not isinstance(models, dict):
        raise CatalogInvalid(f"{path}: wanted schema = 1 and tables [models.NAME]")
    return {name: _read_entry(path, name, table) for name, table in models.items()}


_TEXTS = ("task", "graph_sha256", "weights_sha256", "checkpoint_sha256", "licence")
_FILES = ("graph", "weights", "checkpoint", "card")
_INT8 = ("graph_int8", "graph_int8_sha256", "weights_int8", "weights_int8_sha256")
_NUMBERS = ("yes_score", "no_score", "floor_px", "base_rate")


def _read_entry(path: Path, name: str, table: Mapping[str, Any]) -> ModelEntry:
    known = {*_TEXTS, *_FILES, *_NUMBERS, *_INT8, "input_px", "classes", "calibration"}
    unknown = sorted(set(table) - known)
    has_int8 = not set(_INT8).isdisjoint(table)
    missing = sorted(known - set(table) - {*_NUMBERS, "calibration"} - (set() if has_int8 else set(_INT8)))
    if unknown or missing:
        raise CatalogInvalid(f"{path}: [models.{name}]: unknown keys {unknown}, missing keys {missing}")
    height_px, width_px = table["input_px"]
    root = path.parent

    def numbers(key: str) -> dict[str, float]:
        return {k: float(v) for k, v in table.get(key, {}).items()}

    return ModelEntry(
        name=name,
        task=str(table["task"]),
        graph=root / str(table["graph"]),
        graph_sha256=str(table["graph_sha256"]),
        weights=root / str(table["weights"]),
        weights_sha256=str(table["weights_sha256"]),
        checkpoint=root / str(table["checkpoint"]),
        checkpoint_sha256=str(table["checkpoint_sha256"]),
        input_px=(int(height_px), int(width_px)),
        classes=tuple(str(c) for c in table["classes"]),
        licence=str(table["licence"]),
        card=root / str(table["card"]),
        yes_score=numbers("yes_score"),
        no_score=numbers("no_score"),
        floor_px=numbers("floor_px"),
        base_rate=numbers("base_rate"),
        calibration={k: Calibration(*(float(x) for x in v)) for k, v in table.get("calibration", {}).items()},
        int8=_read_int8(root, table) if has_int8 else None,
    )


def _read_int8(root: Path, table: Mapping[str, Any]) -> Int8Graph:
    graph, graph_sha256, weights, weights_sha256 = (str(table[key]) for key in _INT8)
    return Int8Graph(root / graph, graph_sha256, root / weights, weights_sha256)
