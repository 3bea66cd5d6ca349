"""Every service asked the same at the same time, the gateway's own side among them."""

from collections.abc import Callable, Mapping
from typing import Any

from marshmallow import Schema
from sqlalchemy.exc import SQLAlchemyError

from services.gateway.context import upstream
from services.gateway.pages.parts import Ask, Part, gather
from shared.errors import NotFound, Unavailable
from shared.settings import SERVICES

OWN = "gateway"


def ask_all(
    path: str,
    own: Callable[[], Mapping[str, Any]],
    schema: type[Schema],
    query: Mapping[str, str] | None = None,
) -> dict[str, Part]:
    """What each service says at /ops/`path`, in the usual order; `own` says it of the gateway, as `schema` dumps it."""
    parts: dict[str, Part] = gather(
        **{name: Ask(name, f"ops/{path}", query) for name in upstream().names if name in SERVICES}
    )
    parts[OWN] = of_own(own, schema)
    return {name: parts[name] for name in SERVICES if name in parts}


def ask_one(service: str, path: str, own: Callable[[], Mapping[str, Any]], schema: type[Schema]) -> Part:
    """The same of one service, which the page is about. Raises NotFound, Unavailable."""
    if service == OWN:
        part = of_own(own, schema)
        if part.is_down:
            raise Unavailable
        return part
    if service not in upstream().names:
        raise NotFound
    found: Part = gather(part=Ask(service, f"ops/{path}", is_main=True))["part"]
    return found


def of_own(own: Callable[[], Mapping[str, Any]], schema: type[Schema]) -> Part:
    """The gateway's answer as the others send theirs. What it does not find raises NotFound, as with them."""
    try:
        return Part(schema().dump(own()))
    except (SQLAlchemyError, Unavailable):
        return Part(is_down=True)
