"""No wall asks who acts anew for each row: a practice of twenty thousand bookings would wait for it."""

import psycopg
import pytest

from shared.db.walls import ANEW, asked_once
from shared.settings import SERVICES
from tests.world.world import World


def conditions(url: str) -> dict[str, str]:
    """Every policy's conditions as PostgreSQL holds them."""
    with psycopg.connect(url) as connection:
        rows = connection.execute(
            "SELECT tablename || '.' || policyname, concat_ws(' / ', qual, with_check) FROM pg_policies"
            " WHERE schemaname = 'public'"
        )
        return dict(rows.fetchall())


@pytest.mark.parametrize("service", SERVICES)
def test_every_wall_asks_once_of_a_statement(world: World, service: str) -> None:
    found = conditions(world.owner_urls[service])
    assert found
    assert [name for name, one in found.items() if ANEW.search(one)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_who_asks_so_already_is_left_alone(world: World, service: str) -> None:
    for name, one in conditions(world.owner_urls[service]).items():
        assert asked_once(one) == one, name


def test_one_that_asks_of_each_row_is_found_and_mended(world: World) -> None:
    mine = "person_id = nullif(current_setting('app.actor', true), '')::uuid"
    staff = "string_to_array(coalesce(current_setting('app.role', true), ''), '+') && ARRAY['worker', 'gate']"
    alone = "current_setting('app.role', true) = 'worker'"
    with psycopg.connect(world.owner_urls["intake"]) as connection:
        connection.execute("CREATE TABLE planted (person_id uuid)")
        connection.execute(f"CREATE POLICY bare ON planted USING ({mine} OR {staff} OR {alone})")
        read = "SELECT qual FROM pg_policies WHERE tablename = 'planted'"
        (bare,) = connection.execute(read).fetchone() or ("",)
        connection.execute(f"ALTER POLICY bare ON planted USING ({asked_once(bare)})")
        (mended,) = connection.execute(read).fetchone() or ("",)
        connection.rollback()
    assert len(ANEW.findall(bare)) == 3
    assert len(ANEW.findall(mended)) == 0
    assert mended.count("SELECT") == 3


def test_one_that_asks_in_a_way_of_its_own_is_found_too() -> None:
    """The revision can't mend it, and says so."""
    other = "(current_setting('app.role'::text, true) ~~ 'work%'::text)"
    assert asked_once(other) == other
    assert ANEW.search(other)
