"""Computing time is counted to the innermost stage, and every stage of the real pipeline is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.benches.footage import Footage, load_nets_as_served, stages_of, warm_up
from service.benches.stages import SPOTS, StageClock, clocked
from service.commands import recorded_by
from service.site import load_site
from tests.samples import SAMPLES, first_seconds

Tree = tuple[str, int, list["Tree"]]
"""A stage, the seconds before each stage inside it and before its end, and the stages inside."""


def trees() -> st.SearchStrategy[list[Tree]]:
    stage, seconds = st.sampled_from("abc"), st.integers(0, 5)
    leaf = st.tuples(stage, seconds, st.just([]))
    return st.lists(
        st.recursive(leaf, lambda inner: st.tuples(stage, seconds, st.lists(inner, max_size=3))), max_size=4
    )


class Watch:
    """Computing time that passes when it is told to."""

    def __init__(self) -> None:
        self.at = 0.0

    def now(self) -> float:
        return self.at


def run(clock: StageClock, watch: Watch, tree: Tree) -> None:
    name, seconds, inner = tree
    with clock.stage(name):
        for each in inner:
            watch.at += seconds
            run(clock, watch, each)
        watch.at += seconds


def own_seconds(tree: Tree, wanted: str) -> int:
    name, seconds, inner = tree
    own = seconds * (len(inner) + 1) if name == wanted else 0
    return own + sum(own_seconds(each, wanted) for each in inner)


@given(trees())
def test_a_stage_is_charged_with_what_no_stage_inside_it_took(forest: list[Tree]) -> None:
    watch = Watch()
    clock = StageClock(watch.now)
    for tree in forest:
        watch.at += 1  # between stages nobody is charged
        run(clock, watch, tree)
    for name in "abc":
        assert sum(own_seconds(tree, name) for tree in forest) == clock.cpu_s.get(name, 0)


def test_nothing_is_counted_once_the_block_is_over() -> None:
    plain = [owner.__dict__[method] for spots in SPOTS.values() for owner, method in spots]
    with pytest.raises(KeyError, match="stopped"), clocked(StageClock()):
        raise KeyError("stopped")
    assert plain == [owner.__dict__[method] for spots in SPOTS.values() for owner, method in spots]


def test_every_stage_of_a_real_pipeline_is_counted(tmp_path: Path) -> None:
    video = first_seconds("counter", 4, tmp_path / "counter.mp4")
    footage = Footage.of(recorded_by(load_site(SAMPLES / "centre.toml"), "counter", video))
    nets = load_nets_as_served()
    warm_up(footage, nets)
    clock = stages_of(footage, nets)
    decoded = {"decode"} if footage.recording.has_groups else set()
    assert set(SPOTS) - {"decode"} | decoded | {"read"} == set(clock.calls)
    assert footage.recording.frames == clock.calls["glance"]
    assert all(cpu_s > 0 for cpu_s in clock.cpu_s.values())
    assert {"detect", "close looks"} == set(sorted(clock.cpu_s, key=clock.cpu_s.__getitem__)[-2:])
