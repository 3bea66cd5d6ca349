"""A database with words sealed before there was a key per person is left as it is, and the line says what to do."""

import psycopg
import pytest
from alembic import command

from deploy.local.databases import with_login
from deploy.local.errors import UserError
from deploy.local.programs import RealPrograms
from shared.db.migrations import config, current
from tests.postgres.server import PostgresServer
from tests.world.world import World

_ADD = (
    "INSERT INTO intention_part (practice_id, id, couple_id, person_id, part, text, version)"
    " VALUES (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'hope', %s, 1)"
)


@pytest.mark.parametrize(
    ("text", "is_refused"), [(b"\x01" + bytes(100), True), (b"\x02" + bytes(100), False)]
)
def test_words_of_an_older_seal_stop_the_migration(
    world: World, postgres_server: PostgresServer, text: bytes, is_refused: bool
) -> None:
    with postgres_server.fresh_database("older_seals") as url:
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("ALTER DATABASE older_seals OWNER TO attune_intake_owner")
        role = "attune_intake_owner"  # whom the walls hold too
        owner_url = with_login(url, database="older_seals", user=role, password=f"test-{role}")
        command.upgrade(config("intake", owner_url), "0002")
        with psycopg.connect(url, autocommit=True) as admin:
            admin.execute("SET session_replication_role = replica")  # this row alone, without its couple
            admin.execute(_ADD, (text,))
        if is_refused:
            with pytest.raises(UserError, match="of intake holds private words sealed by a version before"):
                RealPrograms().migrate("intake", owner_url)
            assert current(url) == "0002"
        else:
            RealPrograms().migrate("intake", owner_url)
            assert current(url) != "0002"
        with psycopg.connect(url, autocommit=True) as admin:
            forced = "SELECT relforcerowsecurity FROM pg_class WHERE relname = 'intention_part'"
            assert admin.execute(forced).fetchone() == (True,)
