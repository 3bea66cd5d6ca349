"""Reads of a practice that has 20,000 of each thing, beside the same reads while it has one couple.

Copies of the couple's own rows under other ids: other couples of the practice, whom the reader may not see, or whom the
same clinician treats. Appointments lie six hours apart, back into the past.
"""

import os
from collections.abc import Mapping
from uuid import UUID

import psycopg
from psycopg import sql

from tests.bench.asking import median_ms
from tests.folders import open_folder
from tests.notify.mailserver import serving
from tests.postgres.server import PostgresServer
from tests.privacy import acts, calendar_acts
from tests.privacy.home import Home, make_home
from tests.world.world import Caller, build

ROWS = int(os.environ.get("ATTUNE_BENCH_ROWS", "20000"))
READS = 15
SERVICES = ("intake", "sessions", "integration", "notify")
FEW = {"practice", "practitioner", "licence", "availability", "member", "room", "resource", "sender"}
"""What even a large practice has few of."""
PLUMBING = {
    "alembic_version", "audit_row", "data_key", "idempotency", "inbox", "log_position", "occupancy", "outbox", "timer",
}  # fmt: skip


def large_practice(rounds: int) -> Mapping[str, list[tuple[float, float]]]:
    """Milliseconds (the median of READS) of each read with many and with few rows, round by round."""
    with open_folder() as folder, serving() as mail:
        server = PostgresServer(folder / "postgres")
        server.start()
        try:
            home = make_home(build(server.admin_url), mail)
            _live(home)
            few = _look(home, rounds)
            for service in SERVICES:
                _fill(server.url_of(f"attune_{service}"), home.practice)
            many = _look(home, rounds)
        finally:
            server.stop()
    return {name: list(zip(many[name], few[name], strict=True)) for name in many}


def _live(home: Home) -> None:
    acts.a_medicine_session_ends(home, 0)
    calendar_acts.a_medicine_session_is_planned(home, 1)
    for n in range(3):
        acts.ana_shares(home, n)
        acts.bo_shares_with_his_practitioner(home, n)
        calendar_acts.a_joint_appointment(home, n)
        home.go_on()
        acts.days_pass(home, 1)
        acts.bo_answers(home, 0)
    home.settled()


def _look(home: Home, rounds: int) -> dict[str, list[float]]:
    asked: dict[str, tuple[Caller, str]] = {
        "own_sessions": (home.ana("sessions"), "/me/sessions"),
        "own_inbox": (home.ana("notify"), "/me/inbox"),
        "own_journal": (home.ana("integration"), "/me/journal"),
        "agenda": (home.therapist("sessions"), "/bookings"),
        "alerts": (home.therapist("notify"), "/alerts"),
        "concerns": (home.therapist("integration"), "/safety-concerns"),
        "couples": (home.therapist("intake"), "/couples"),
    }
    return {
        name: [median_ms(caller, path, READS) for _ in range(rounds)]
        for name, (caller, path) in asked.items()
    }


def _fill(url: str, practice: UUID) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        held = connection.execute(
            "SELECT table_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND column_name = 'practice_id'"
        )
        for (table,) in held.fetchall():
            if table not in FEW | PLUMBING:
                _copy(connection, table, practice)
        connection.execute("ANALYZE")


def _copy(connection: psycopg.Connection, table: str, practice: UUID) -> None:
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = %s::regclass"
        " AND attnum > 0 AND NOT attisdropped AND attgenerated = '' AND attidentity = ''",
        (table,),
    ).fetchall()
    mine = sql.SQL("FROM {} one WHERE practice_id = {}").format(sql.Identifier(table), sql.Literal(practice))
    (rows,) = connection.execute(sql.SQL("SELECT count(*) {}").format(mine)).fetchone() or (0,)
    if rows:
        connection.execute(
            sql.SQL(
                "INSERT INTO {} ({}) SELECT {} FROM (SELECT one.* {}) one, generate_series(1, {}) n"
            ).format(
                sql.Identifier(table),
                sql.SQL(", ").join(sql.Identifier(name) for name, _ in columns),
                sql.SQL(", ").join(_copied(name, kind) for name, kind in columns),
                mine,
                sql.Literal(ROWS // rows),
            )
        )


def _copied(name: str, kind: str) -> sql.Composable:
    value = sql.Identifier("one", name)
    if name == "practice_id" or "practitioner_id" in name:
        return value
    if name in ("starts_at", "ends_at"):
        return sql.SQL("{} - n * interval '6 hours'").format(value)
    if name == "occurrence":
        return sql.SQL("{} || n").format(value)
    if kind == "uuid":
        return sql.SQL("md5({}::text || n)::uuid").format(value)
    if kind == "uuid[]":
        return sql.SQL(
            "(SELECT coalesce(array_agg(md5(x::text || n)::uuid), '{{}}') FROM unnest({}) x)"
        ).format(value)
    return value
