"""The names of a set's classes, and what they mean for each task."""

from __future__ import annotations

import pytest

from models.catalog import ModelEntry, load_catalog
from models.evaluate.concepts import (
    Concept,
    Task,
    concept_of,
    net_classes,
    objects_net,
    operating_score,
    read_class_names,
)
from models.evaluate.errors import EvaluationInvalid
from tests.nets import entry


@pytest.mark.parametrize(
    ("name", "concept"),
    [
        ("Person", Concept.PERSON),
        ("drinker", Concept.PERSON),
        ("ID Card", Concept.CARD),
        ("name_tag", Concept.CARD),
        ("id", Concept.CARD),
        ("strap", Concept.LANYARD),
        ("no-id", Concept.BARE),
        ("noidcard", Concept.BARE),
        ("Without_ID", Concept.BARE),
        ("Cigarettes", Concept.CIGARETTE),
        ("smoking", Concept.SMOKER),
        ("E-Cigarette", Concept.DOUBTFUL),
        ("Smoke", Concept.DOUBTFUL),
        ("beer_bottle", Concept.BOTTLE),
        ("BeerCan", Concept.CAN),
        ("wine glass", Concept.GLASS),
        ("thẻ", Concept.CARD),
        ("the\u0309", Concept.CARD),
        ("not_smoking", Concept.PERSON),
        ("beer_crate", None),
        ("", None),
    ],
)
def test_a_name_in_any_spelling_means_one_thing(name: str, concept: Concept | None) -> None:
    assert concept is concept_of(name)


def test_what_is_not_about_the_task_is_ignored() -> None:
    names = read_class_names(Task.SMOKING, "Cigarette, Person,Smoke,Vape,id card")
    assert ["id card"] == names.ignored
    assert [2, 3] == names.ids_of(Concept.DOUBTFUL)
    assert [0, 1] == names.ids_of(Concept.PERSON, Concept.CIGARETTE)


@pytest.mark.parametrize(
    ("task", "text"),
    [(Task.BADGE, "person"), (Task.SMOKING, "person,vape"), (Task.ALCOHOL, "drinker"), (Task.PERSON, "chair")],
)
def test_a_set_that_says_nothing_of_the_task_is_refused_with_the_names_that_would_do(task: Task, text: str) -> None:
    with pytest.raises(EvaluationInvalid, match=f"no name is about {task}. Accepted names: ") as told:
        read_class_names(task, text)
    assert {Task.BADGE: "name tag", Task.SMOKING: "cig", Task.ALCOHOL: "beer can", Task.PERSON: "people"}[task] in str(
        told.value
    )


@pytest.mark.parametrize(("text", "message"), [("a,,card", "a name is empty"), ("card,card", "stands twice: card")])
def test_class_ids_must_be_told_apart(text: str, message: str) -> None:
    with pytest.raises(EvaluationInvalid, match=message):
        read_class_names(Task.BADGE, text)


def test_two_classes_of_a_net_may_mean_one_thing() -> None:
    net = entry("stock", ("person", "bottle", "wine glass", "cup"))
    wanted = [Concept.GLASS, Concept.BOTTLE]
    assert {"bottle": Concept.BOTTLE, "wine glass": Concept.GLASS, "cup": Concept.GLASS} == net_classes(net, wanted)


def test_the_net_that_knows_most_looks_for_objects() -> None:
    stock, own = entry("stock", ("bottle", "cup")), entry("frame", ("person", "bottle", "can", "glass"))
    wanted = [Concept.BOTTLE, Concept.CAN, Concept.GLASS]
    assert "frame" == objects_net([stock, own], wanted).name
    assert "stock" == objects_net([stock, entry("pose", ("person",))], wanted).name
    with pytest.raises(EvaluationInvalid, match="no net of the catalogue has a class for: can"):
        objects_net([stock], [Concept.CAN])


def test_a_score_is_the_catalogues_or_a_quarter() -> None:
    net = entry("frame", ("person", "wine glass"), yes_score={"wine glass": 0.4})
    assert (0.4, 0.25) == (operating_score(net, Concept.GLASS), operating_score(net, Concept.PERSON))


def test_the_catalogues_nets_serve_every_task() -> None:
    entries: list[ModelEntry] = list(load_catalog().values())
    for concepts in ([Concept.PERSON], [Concept.BOTTLE], [Concept.CARD, Concept.LANYARD, Concept.CIGARETTE]):
        assert set(concepts) <= set(net_classes(objects_net(entries, concepts), concepts).values())
