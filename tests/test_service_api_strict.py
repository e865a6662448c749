"""What the description calls a boolean is true or false: 0, 1 and "yes" are refused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fastapi.routing import APIRoute
from pydantic import BaseModel

from service.api.app import api_routes


def routes(of: Iterable[object]) -> Iterator[object]:
    for route in of:
        inner = getattr(route, "original_router", None)
        yield from [route] if inner is None else routes(inner.routes)


def bodies() -> Iterator[type[BaseModel]]:
    for route in routes(api_routes()):
        if isinstance(route, APIRoute) and route.body_field is not None:
            model = route.body_field.field_info.annotation
            if isinstance(model, type) and issubclass(model, BaseModel):
                yield model


def test_booleans_of_all_bodies_are_strict() -> None:
    lax = [
        f"{model.__name__}.{name}"
        for model in bodies()
        for name, field in model.model_fields.items()
        if field.annotation in (bool, bool | None) and not any(getattr(m, "strict", False) for m in field.metadata)
    ]
    assert [] == lax


def test_there_are_bodies_with_booleans() -> None:
    assert {"ClaimRequest", "StepRequest"} & {model.__name__ for model in bodies()}
