"""Definitions, handler tables and the generated pages tell the same story of who listens to what."""

import importlib
import re
from pathlib import Path

import pytest

from shared.events import EVENTS, Event, freeze
from shared.events.history import History
from shared.path.handlers import Handlers
from shared.settings import SERVICES

ARCHITECTURE = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"


def handlers(service: str) -> Handlers:
    made: Handlers = importlib.import_module(f"services.{service}.worker").SPEC.handlers
    return made


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_consumers_named_by_an_event_are_those_that_handle_it(name: str) -> None:
    definition = EVENTS[name]
    listening = {service for service in SERVICES if definition in handlers(service).handled()}
    assert listening == set(definition.CONSUMERS)


def test_the_contracts_and_the_pages_made_from_them_are_up_to_date() -> None:
    """Frozen schemas, golden samples, docs/events/asyncapi.json and docs/events/service-map.md."""
    assert freeze.out_of_date(History(freeze.HERE), freeze.PAGES, EVENTS, freeze.tables()) == []


def test_the_map_names_each_event_its_owner_and_how_each_consumer_handles_it() -> None:
    """Rows: | `EventName` | version | owner | key | consumer (projection and reaction), … | meaning |."""
    row = r"^\| `(\w+)` \| (\d+) \| (\w+) \| (\w+) \| ([^|]*) \| [^|]+ \|$"
    written = re.findall(row, (freeze.PAGES / "service-map.md").read_text(), re.MULTILINE)
    real = [
        (
            definition.__name__,
            str(definition.VERSION),
            definition.OWNER,
            definition.KEY or "practice",
            ", ".join(f"{name} ({how(definition, name)})" for name in sorted(definition.CONSUMERS)) or "none",
        )
        for definition in EVENTS.values()
    ]
    assert sorted(written) == sorted(real)


def how(definition: type[Event], service: str) -> str:
    projects = definition in handlers(service).projections
    reacts = definition in handlers(service).reactions
    return {(1, 0): "projection", (0, 1): "reaction", (1, 1): "projection and reaction"}[projects, reacts]


def test_the_architecture_page_links_to_the_map() -> None:
    assert "(events/service-map.md)" in ARCHITECTURE.read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_every_card_names_the_events(service: str) -> None:
    card = importlib.import_module(f"services.{service}").__doc__ or ""
    emitted = {d.__name__ for d in EVENTS.values() if service == d.OWNER}
    heard = {d.__name__ for d in handlers(service).handled()}
    missing = sorted(name for name in emitted | heard if name not in card)
    assert missing == []
