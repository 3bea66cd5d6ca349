"""Every reaction and every timer says what it changes of records of care, or why nothing (rule A1)."""

import importlib
from collections.abc import Mapping
from typing import Any

import pytest

from shared.audit.by_workers import UNDECLARED, WorkersRule, audited, not_clinical
from shared.path.handlers import Handlers
from shared.settings import SERVICES

pytestmark = pytest.mark.A1


def handlers_of(service: str) -> Handlers:
    handlers: Handlers = importlib.import_module(f"services.{service}.worker").SPEC.handlers
    return handlers


def silent(handlers: Handlers) -> set[Any]:
    """Reactions and timers that say neither what they change nor why nothing."""
    acting = {*handlers.reactions, *handlers.timers}
    return {one for one in acting if handlers.audits.get(one, UNDECLARED) == UNDECLARED}


def idle(handlers: Handlers) -> set[Any]:
    """Entries of AUDITS that no handler stands behind. A projection may have one, if it changes more than a copy."""
    return set(handlers.audits) - {*handlers.reactions, *handlers.timers, *handlers.projections}


@pytest.mark.parametrize("service", SERVICES)
def test_every_reaction_and_timer_says_what_it_changes(service: str) -> None:
    handlers = handlers_of(service)
    assert silent(handlers) == set()
    assert idle(handlers) == set()
    assert all(bool(rule.kinds) != (len(rule.because.split()) >= 4) for rule in handlers.audits.values())


@pytest.mark.parametrize("service", SERVICES)
def test_what_it_changes_is_a_table_that_a_route_s_rule_names_too(service: str) -> None:
    """The same record is written down the same way, whoever changes it."""
    module = importlib.import_module(f"services.{service}.models")
    policy = importlib.import_module(f"services.{service}.policy").POLICY
    by_people = {rule.audit.kind for rule in policy.values() if rule.audit is not None}
    by_workers = {kind for rule in handlers_of(service).audits.values() for kind in rule.kinds}
    assert by_workers <= set(module.Base.metadata.tables)
    # Nobody else opens a journey, and a list of them holds no words.
    assert by_workers - by_people <= {"journey"}


def nothing(*_: Any) -> None:
    """A handler."""


@pytest.mark.parametrize(
    ("audits", "found"),
    [
        ({}, {int, "timer"}),
        ({int: audited("alert"), "timer": not_clinical("")}, {"timer"}),
        ({int: audited(), "timer": not_clinical("it tells somebody something")}, {int}),
    ],
)
def test_one_that_says_nothing_is_found(audits: Mapping[Any, WorkersRule], found: set[Any]) -> None:
    """Or the test above could not fail."""
    made = Handlers("some", reactions={int: nothing}, timers={"timer": nothing}, audits=audits)  # type: ignore[dict-item]
    assert silent(made) == found


def test_an_entry_without_a_handler_is_found() -> None:
    assert idle(Handlers("some", audits={"gone": audited("alert")})) == {"gone"}
