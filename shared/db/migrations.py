"""Migrations: one Alembic history per service, run by the owner role; walls and grants stand in the migration."""

from collections.abc import Sequence
from pathlib import Path

from alembic import command, context, op
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, pool, text
from sqlalchemy.engine import make_url

from shared.db import plumbing

_SERVICES = Path(__file__).resolve().parents[2] / "services"


def config(service: str, owner_url: str = "") -> Config:
    """Alembic's configuration for one service, without an ini file."""
    made = Config()
    made.set_main_option("script_location", str(_SERVICES / service / "migrations"))
    made.set_main_option("path_separator", "os")
    made.attributes["owner_url"] = owner_url
    made.attributes["service"] = service
    return made


def upgrade(service: str, owner_url: str) -> None:
    """Bring one service's database to this program's version. Safe to run again."""
    command.upgrade(config(service, owner_url), "head")
    # So that a process can wait for its schema without the owner's password.
    engine = create_engine(_url(owner_url), poolclass=pool.NullPool, hide_parameters=True)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            f"GRANT SELECT ON alembic_version TO attune_{service}_app, attune_{service}_worker"
        )


def head(service: str) -> str | None:
    """The newest revision this program knows of a service."""
    return ScriptDirectory.from_config(config(service)).get_current_head()


def is_far_enough(service: str, revision: str | None) -> bool:
    """Whether a database at this revision has what this program needs.

    One that this program doesn't know is a newer version's, whose changes this one can live with (expand first).
    """
    return revision is not None and (revision == head(service) or revision not in known_revisions(service))


def known_revisions(service: str) -> frozenset[str]:
    """Every revision that this program can lift to its own."""
    return frozenset(one.revision for one in ScriptDirectory.from_config(config(service)).walk_revisions())


def current(url: str) -> str | None:
    """The revision a database stands at; None before the first. For the owner, and for the service's own roles."""
    engine = create_engine(_url(url), poolclass=pool.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def run() -> None:
    """The body of every service's `migrations/env.py`."""
    attributes = context.config.attributes
    engine = create_engine(_url(attributes["owner_url"]), poolclass=pool.NullPool, hide_parameters=True)
    with engine.connect() as connection:
        context.configure(connection=connection, transaction_per_migration=True)
        with context.begin_transaction():
            # Two set-ups at once must not run the same migration twice. Each migration is a transaction of its own, so
            # the connection holds this, and gives it back when it ends, also by a kill.
            connection.exec_driver_sql("SELECT pg_advisory_lock(hashtext('attune-migrations'))")
            context.run_migrations()


def create_plumbing() -> None:
    """Called by each service's first migration: the plumbing tables with their walls and grants."""
    later = {*plumbing.OF_SECOND_REVISION, *plumbing.OF_THIRD_REVISION}
    first = [table for table in plumbing.metadata.sorted_tables if table.name not in later]
    plumbing.metadata.create_all(op.get_bind(), tables=first)
    app, worker = roles()
    for table in plumbing.WALLED:
        if table in later:
            continue
        _wall(table)
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO {worker}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON log_position TO {worker}")
    op.execute(f"GRANT SELECT ON log_position TO {app}")
    op.execute(f"GRANT SELECT ON practice, dead_letter TO {app}")
    op.execute(f"GRANT INSERT ON outbox TO {app}")
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON timer, idempotency TO {app}")
    # Relay and timers delete as fast as commands insert: clean up early, or the index scan slows.
    for table in ("outbox", "timer"):
        op.execute(
            f"ALTER TABLE {table} SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,"
            " autovacuum_vacuum_cost_delay = 0)"
        )


def upgrade_plumbing_2() -> None:
    """The second state of the plumbing tables: what operators do is written down, and nothing unwrites it."""
    _, worker = roles()
    plumbing.metadata.create_all(
        op.get_bind(), tables=[plumbing.metadata.tables[name] for name in plumbing.OF_SECOND_REVISION]
    )
    op.execute(f"GRANT SELECT, INSERT ON operator_act TO {worker}")


def upgrade_plumbing_3() -> None:
    """The third state: a data key per person, and the audit's rows, chain and checkpoints.

    Nobody can change a row of the audit. The application only adds to it; the worker moves rows into the chain, and
    can take nothing out of that.
    """
    _refuse_older_seals()
    app, worker = roles()
    tables = plumbing.OF_THIRD_REVISION
    plumbing.metadata.create_all(op.get_bind(), tables=[plumbing.metadata.tables[name] for name in tables])
    for table in set(tables) & set(plumbing.WALLED):
        _wall(table)
    op.execute(f"GRANT SELECT, INSERT ON data_key TO {app}")  # only a worker destroys or rewraps a key
    op.execute(f"GRANT SELECT, INSERT, UPDATE ON data_key TO {worker}")
    op.execute(f"GRANT INSERT ON audit_row TO {app}")
    op.execute(f"GRANT SELECT, INSERT, DELETE ON audit_row TO {worker}")
    op.execute(f"GRANT SELECT, INSERT ON audit_chain, audit_checkpoint TO {worker}")
    # The sealer empties it every second, as the relay does the outbox.
    op.execute(
        "ALTER TABLE audit_row SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000,"
        " autovacuum_vacuum_cost_delay = 0)"
    )


class OlderSeals(Exception):
    """The database holds words that were sealed before there was a key per person. No release made any."""


def _refuse_older_seals() -> None:
    """Words sealed under one key for all can't be erased for one person: say so rather than keep them.

    Raises OlderSeals, and the database stays as it is.
    """
    columns = op.get_bind().execute(
        text(
            "SELECT table_name, column_name FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type = 'bytea' AND NOT table_name = ANY(:plumbing)"
        ),
        {"plumbing": list(plumbing.metadata.tables)},
    )
    for table, column in columns.all():
        # The walls hold for the owner too, who has no practice here.
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        older = op.get_bind().execute(
            text(
                f"SELECT 1 FROM {table} WHERE octet_length({column}) > {_OLDER_HEAD}"  # noqa: S608 - names of ours
                f" AND get_byte({column}, 0) = 1 LIMIT 1"
            )
        )
        found = older.first() is not None
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
        if found:
            service = context.config.attributes["service"]
            raise OlderSeals(
                f"the database of {service} holds private words sealed by a version before keys per person, which"
                " this one can't read: start with a new data folder, or a new database"
            )


_OLDER_HEAD = 77 + 15  # what format 1 put before the words, and no less than a tag after it


def isolate(*tables: str, grants: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Wall off domain tables: every role sees only the practice set in its transaction, its owner too."""
    app, worker = roles()
    for table in tables:
        _force(table)
        op.execute(f"CREATE POLICY of_practice ON {table} USING ({_MINE}) WITH CHECK ({_MINE})")
        op.execute(f"GRANT {grants} ON {table} TO {app}, {worker}")


def roles() -> Sequence[str]:
    """Names of the application role and the worker role of the service being migrated."""
    service = context.config.attributes["service"]
    return f"attune_{service}_app", f"attune_{service}_worker"


_MINE = "practice_id = nullif(current_setting('app.practice', true), '')::uuid"


def _wall(table: str) -> None:
    app, worker = roles()
    _force(table)
    op.execute(f"CREATE POLICY of_practice ON {table} TO {app} USING ({_MINE}) WITH CHECK ({_MINE})")
    op.execute(f"CREATE POLICY across_practices ON {table} TO {worker} USING (true) WITH CHECK (true)")


def _force(table: str) -> None:
    op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def _url(url: str) -> str:
    return make_url(url).set(drivername="postgresql+psycopg").render_as_string(hide_password=False)
