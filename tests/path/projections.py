"""What each service knows of others and does about it, read from its tables; and ways to damage what it knows."""

from typing import Any

import psycopg

from shared.db.tenancy import Scope
from tests.path.clinic import Clinic
from tests.world.world import World

PROJECTIONS = {
    "gateway": {"partner": "*", "care_team_member": "*"},
    "intake": {"practice": "*", "partner": "id, state"},
    "sessions": {
        "practice": "*",
        "practitioner": "*",
        "enquiry": "*",
        "couple": "*",
        "readiness_decision": "*",
        "preparation_done": "*",
        "check_in": "*",
    },
    "integration": {
        "practice": "*",
        "couple_partner": "*",
        "care_team_member": "*",
        "attended_integration": "*",
        "safety_concern": "id, state, acknowledged_by, acknowledged_at",
    },
    "notify": {
        "practice": "*",
        "member": "*",
        "couple": "*",
        "appointment": "*",
        "check_in": "*",
        # When a claim was made is restored only as far as its owner knows it.
        "contact_point": "id, person_id, enquiry_id, is_safe",
    },
}
"""What each reader knows of others: whole tables, or columns of tables that hold its own rows."""

LOST = {
    **{(reader, table): f"DELETE FROM {table}" for reader, tables in PROJECTIONS.items() for table in tables},
    ("intake", "partner"): "UPDATE partner SET state = 'registered'",
    ("integration", "safety_concern"): (
        "UPDATE safety_concern SET state = 'open', acknowledged_by = NULL, acknowledged_at = NULL"
    ),
    ("notify", "contact_point"): (
        "UPDATE contact_point SET person_id = NULL, enquiry_id = NULL, is_safe = false, claimed_at = NULL"
    ),
}
_NOW, _NOBODY = "now() - interval '9 years'", "ARRAY['00000000-0000-0000-0000-000000000009'::uuid]"
_OTHERS = f"UPDATE couple SET partner_ids = {_NOBODY}, practitioner_ids = {_NOBODY} WHERE cardinality(practitioner_ids)"
ALTERED = {
    ("gateway", "partner"): "UPDATE partner SET couple_id = gen_random_uuid()",
    ("gateway", "care_team_member"): "UPDATE care_team_member SET practitioner_id = gen_random_uuid()",
    ("intake", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("intake", "partner"): "UPDATE partner SET state = 'invited' WHERE state = 'joined'",
    ("sessions", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("sessions", "practitioner"): "UPDATE practitioner SET roles = '{facilitator}'",
    ("sessions", "couple"): f"{_OTHERS} > 0",
    ("sessions", "readiness_decision"): f"UPDATE readiness_decision SET decision = 'not_yet', expires_at = {_NOW}",
    ("sessions", "preparation_done"): f"UPDATE preparation_done SET at = {_NOW}",
    ("sessions", "check_in"): "UPDATE check_in SET is_clear = NOT is_clear, day = 5",
    ("integration", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("integration", "couple_partner"): "UPDATE couple_partner SET person_id = gen_random_uuid()",
    ("integration", "care_team_member"): "UPDATE care_team_member SET practitioner_id = gen_random_uuid()",
    ("integration", "attended_integration"): f"UPDATE attended_integration SET at = {_NOW}",
    ("notify", "practice"): "UPDATE practice SET zone = 'Asia/Tokyo', clock_offset_s = 7",
    ("notify", "member"): "UPDATE member SET roles = '{practice_admin}'",
    ("notify", "couple"): f"{_OTHERS} > 0",
    ("notify", "appointment"): (
        f"UPDATE appointment SET state = 'held', kind = 'regulation', starts_at = {_NOW}, released_at = {_NOW},"
        f" couple_id = NULL, enquiry_id = gen_random_uuid(), partner_ids = {_NOBODY}, practitioner_ids = {_NOBODY}"
    ),
    ("notify", "check_in"): "UPDATE check_in SET is_answered = NOT is_answered, person_id = gen_random_uuid()",
}  # fmt: skip

EFFECTS = {
    "gateway": ("invitation", "account", "timer"),
    "intake": ("couple", "partner", "timer"),
    "sessions": ("booking", "medicine_session", "public_change", "occupancy", "consent", "timer"),
    "integration": ("journey", "check_in", "safety_concern", "timer"),
    "notify": ("notice", "delivery", "alert", "preference", "timer"),
}
"""What services do about what they know: told, booked, alerted, planned."""


def known(reader: str, here: Clinic) -> dict[str, Any]:
    """All that a reader knows of others."""
    return {
        table: sorted(
            here.world.rows(
                reader, here.id, f"SELECT {columns} FROM {table} WHERE practice_id = '{here.id}'"
            ),
            key=str,
        )
        for table, columns in PROJECTIONS[reader].items()
    }


def effects(here: Clinic) -> dict[str, Any]:
    return {
        f"{service}.{table}": sorted(
            here.world.rows(service, here.id, f"SELECT * FROM {table} WHERE practice_id = '{here.id}'"),
            key=str,
        )
        for service, tables in EFFECTS.items()
        for table in tables
    }


def live_events(world: World) -> int:
    """How many events the log holds that just happened: neither ticks nor snapshots."""
    with psycopg.connect(world.sides["notify"].settings.event_log_url) as log:
        names = [dict(headers) for (headers,) in log.execute("SELECT headers FROM log_record")]
    return sum(1 for one in names if "tick" not in one["ce_type"] and "ce_snapshotfor" not in one)


def damage(reader: str, here: Clinic, how: dict[tuple[str, str], str]) -> None:
    with here.world.sides[reader].database.transaction(Scope(here.id, role="worker")) as db:
        for (name, table), sql in how.items():
            if name == reader:
                # The worker sees this one table of all practices.
                only = f" WHERE practice_id = '{here.id}'" if table == "practice" else ""
                db.connection().exec_driver_sql(sql + only)


def dead(world: World, reader: str) -> int:
    with psycopg.connect(world.sides[reader].settings.worker_database_url) as db:
        return int(db.execute("SELECT count(*) FROM dead_letter WHERE replayed_at IS NULL").fetchone()[0])  # type: ignore[index]
