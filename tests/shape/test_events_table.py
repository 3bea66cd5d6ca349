"""Definitions, handler tables and docs/architecture.md tell the same story of who listens to what."""

import importlib
import re
from pathlib import Path

import pytest

from shared.events import EVENTS
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


def test_the_table_in_the_architecture_page_is_true() -> None:
    """Rows: | `EventName` | owner | consumer, consumer | in the order of the definitions."""
    written = re.findall(r"^\| `(\w+)` \| (\w+) \| ([\w, ]*) \|", ARCHITECTURE.read_text(), re.MULTILINE)
    real = [
        (definition.__name__, definition.OWNER, ", ".join(definition.CONSUMERS))
        for definition in EVENTS.values()
    ]
    assert sorted(written) == sorted(real)


@pytest.mark.parametrize("service", SERVICES)
def test_every_card_names_the_events(service: str) -> None:
    card = importlib.import_module(f"services.{service}").__doc__ or ""
    emitted = {d.__name__ for d in EVENTS.values() if service == d.OWNER}
    heard = {d.__name__ for d in handlers(service).handled()}
    missing = sorted(name for name in emitted | heard if name not in card)
    assert missing == []
