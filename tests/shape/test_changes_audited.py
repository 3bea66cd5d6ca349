"""Whatever changes a record of care, or who may look at one, writes it down (rule A1): read from the source.

A route does by its policy's rule, or its command by `changed`; a worker always by `changed`.
"""

import importlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from shared.audit.looks import Act
from shared.settings import SERVICES
from shared.web.policy import Rule
from tests.shape.test_policy import app_of
from tests.shape.test_workers_audit import handlers_of
from tests.shape.writing import Function, Source, key_of, silent

pytestmark = pytest.mark.A1
COPY = "a copy of what its owner wrote down in its own chain"
APPOINTMENT = "appointments, diaries and what they take up: names, times and states"
OWN_MEANS = "one's own way to sign in, or a step of signing in: nobody else comes to see anything by it"
MESSAGE = "that somebody is told, when and how; its sealed link is handed in by a route that is audited"
SETTING = "how the practice, or a person for themselves, wants things"

NOT_WRITTEN_DOWN: Mapping[str, Mapping[str, str]] = {
    "intake": {
        "enquiry": "somebody asked, under a name: nobody's care yet",
        "partner": "names, and whether they have a login; who is in a couple is written down with the couple",
    },
    "sessions": {
        **dict.fromkeys(
            ("couple", "break_glass", "readiness_decision", "preparation_done", "check_in"), COPY
        ),
        **dict.fromkeys(("enquiry", "practitioner"), COPY),
        **dict.fromkeys(("booking", "public_change", "occupancy", "resource", "room"), APPOINTMENT),
        **dict.fromkeys(("availability", "licence"), APPOINTMENT),
    },
    "integration": dict.fromkeys(
        (
            "couple_partner",
            "care_team_member",
            "confidentiality_change",
            "break_glass",
            "attended_integration",
        ),
        COPY,
    ),
    "notify": {
        **dict.fromkeys(("member", "couple", "appointment", "check_in", "sharing"), COPY),
        **dict.fromkeys(("notice", "delivery"), MESSAGE),
        **dict.fromkeys(("preference", "sender"), SETTING),
    },
    "gateway": {
        **dict.fromkeys(("partner", "care_team_member"), COPY),
        **dict.fromkeys(("passkey", "password", "oidc_identity", "sign_in", "challenge", "tries"), OWN_MEANS),
        **dict.fromkeys(("practice_directory", "practice_profile"), SETTING),
        "operator_sign_in": "an operator's: what they do is written down as their act",
    },
}
"""Service → table → why a change of it leaves no row of its own. A change of any other table does."""

PART_OF = {
    "consent_act": "consent",
    "transport_plan": "medicine_session",
    "personal_link": "account",
    "invitation": "account",
    "one_time_password": "account",
    "recovery_code": "account",
}
"""Written down with what they belong to."""

EXCUSED: Mapping[Function, str] = {
    (
        "services.notify.commands.alerts",
        "raise_alert",
    ): "the alert that it raises climbs at once: `climb` says so",
    ("services.notify.commands.contacts", "claim_contact"): COPY,
    ("services.notify.commands.contacts", "trust_contact"): COPY,
    ("services.notify.handlers.people", "project_staff_left"): COPY,
    ("services.gateway.commands.accounts", "learn_name"): "a name as intake told it: it opens nothing",
    ("services.gateway.commands.invitations", "note_message_sent"): "notify has taken the message",
    ("services.gateway.commands.staff", "note_link_sent"): "notify has taken the message",
    ("services.gateway.commands.keys", "live_key"): "the hour in which a key was last used",
    ("services.gateway.commands.means", "claim_address"): OWN_MEANS,
    (
        "services.gateway.commands.recovery",
        "ask_recovery",
    ): "nobody's yet: it opens nothing until it is confirmed",
}
"""Functions that change what is written down and need not say so, and why."""


def written_down(service: str) -> set[str]:
    tables = importlib.import_module(f"services.{service}.models").Base.metadata.tables
    return set(tables) - set(NOT_WRITTEN_DOWN[service])


@cache
def views_of(service: str) -> Mapping[str, Any]:
    return app_of(service).view_functions


def unsaid(service: str, instead: Mapping[str, str] | None = None) -> dict[str, set[str]]:
    """What changes something in silence: routes, handlers, and whatever else nothing in the service calls."""
    writers = Source(service, instead).writers(written_down(service))
    for function in EXCUSED.keys() & writers.keys():
        writers[function].writes.clear()
    told = silent(writers, PART_OF)
    handlers = handlers_of(service)
    policy = importlib.import_module(f"services.{service}.policy").POLICY
    audited: set[Function] = set()
    entries: set[Function] = set()
    for endpoint, view in views_of(service).items():
        rule = policy.get(endpoint)
        is_told = rule is not None and rule.audit is not None and rule.audit.act is not Act.READ
        (audited if is_told else entries).add(key_of(view))
    working = (handlers.reactions, handlers.timers, handlers.projections)
    entries |= {key_of(one) for several in working for one in several.values()}
    entries |= set(writers) - set().union(*(one.names for one in writers.values())) - audited
    return {
        f"{module}.{name}": told[module, name] for module, name in entries & set(told) if told[module, name]
    }


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_changes_a_record_in_silence(service: str) -> None:
    assert unsaid(service) == {}


@pytest.mark.parametrize("service", SERVICES)
def test_of_everything_that_is_set_the_source_says_on_what(service: str) -> None:
    """Or a change could hide behind a name without a type: an annotation says it."""
    writers = Source(service).writers(written_down(service))
    assert {".".join(key): one.unclear for key, one in writers.items() if one.unclear} == {}


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_excused_is_there_and_each_reason_is_one(service: str) -> None:
    tables = importlib.import_module(f"services.{service}.models").Base.metadata.tables
    assert set(NOT_WRITTEN_DOWN[service]) <= set(tables)
    writers = Source(service).writers(written_down(service))
    mine = {one for one in EXCUSED if one[0].startswith(f"services.{service}.")}
    assert {one for one in mine if one not in writers or not writers[one].writes} == set()
    reasons = [*NOT_WRITTEN_DOWN[service].values(), *EXCUSED.values()]
    assert all(len(one.split()) >= 4 for one in reasons)


def test_whatever_holds_sealed_words_is_written_down() -> None:
    for service in SERVICES:
        tables = importlib.import_module(f"services.{service}.models").Base.metadata.tables
        sealed = {
            name
            for name, table in tables.items()
            if any(column.info["data_class"] == "clinical" for column in table.columns)
        }
        assert sealed - written_down(service) <= {"delivery"}


# ---- the tests of the test ----------------------------------------------------------------------------------


def test_the_commands_that_change_a_record_are_found() -> None:
    """Or the tests above could not fail."""
    found = {
        ".".join(function).removeprefix("services.")
        for service in SERVICES
        for function, one in Source(service).writers(written_down(service)).items()
        if one.writes
    }
    assert {
        "intake.commands.access.lift_conflict_mark",
        "intake.commands.care.name_care_team",
        "intake.commands.care.decide_readiness",
        "intake.commands.confidentiality._record",
        "sessions.commands.gate._hold",
        "sessions.commands.consents._act",
        "sessions.commands.restored._unmake_consents",
        "sessions.commands.medicine_sessions.withdraw_transport_plan",
        "integration.commands.check_ins._raise_concern",
        "integration.commands.journal._fill",
        "integration.commands.journal._remove_snapshot",
        "integration.commands.journeys.open_check_in",
        "notify.commands.alerts.climb",
        "notify.commands.contacts.mark_contact",
        "gateway.commands.means.end_means",
        "gateway.commands.staff.leave_staff",
    } <= found  # fmt: skip
    assert len(found) > 60


FORGETFUL = [
    ("intake", "commands.care", "couple", "routes.couples.change_care_team"),
    ("intake", "commands.confidentiality", "confidentiality_change", "routes.couples.register_couple"),
    ("sessions", "commands.gate", "medicine_session", "routes.bookings.cancel_session"),
    ("sessions", "commands.gate", "medicine_session", "handlers.on_readiness_decided"),
    ("sessions", "commands.restored", "consent", "commands.restored.ask_consents_again"),
    ("integration", "commands.journeys", "check_in", "handlers.fire_open_check_in"),
    ("notify", "commands.contacts", "contact_point", "handlers.timers.fire_erase_contact"),
    ("gateway", "commands.keys", "api_key", "routes.keys.revoke_key"),
    ("gateway", "commands.staff", "account", "pages.ways_in.staff.leave_staff"),
]


@pytest.mark.parametrize(("service", "module", "kind", "found"), FORGETFUL)
def test_a_command_that_forgets_to_say_it_is_found(service: str, module: str, kind: str, found: str) -> None:
    name = f"services.{service}.{module}"
    text = Path(str(importlib.import_module(name).__file__)).read_text()
    saying = f'changed(db, "{kind}",'
    assert saying in text
    planted = text.replace(saying, f'print("{kind}",')
    assert f"services.{service}.{found}" in unsaid(service, {name: planted})


def test_a_route_whose_rule_forgets_the_audit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    honest: dict[str, Rule] = importlib.import_module("services.sessions.policy").POLICY
    forgetful = replace(honest["sessions.end_medicine_session"], audit=None)
    monkeypatch.setitem(honest, "sessions.end_medicine_session", forgetful)
    assert unsaid("sessions") == {"services.sessions.routes.day.end_medicine_session": {"medicine_session"}}
