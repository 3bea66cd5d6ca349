"""The checker reports what really goes wrong, by its right name: each test plants one fault (rule D1)."""

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from shared.eventlog import open_log
from shared.eventlog.postgres import create_schema
from tests.postgres.server import PostgresServer
from tests.soak.checker import Verdict
from tests.soak.facts import NOTES, PROJECTOR, TOPICS, keys
from tests.soak.faulty import (
    Fact,
    Scene,
    advance,
    consume_rightly,
    new_here,
    rows,
    scene,
    take_effect,
)
from tests.soak.ground import Ground, ground

pytestmark = pytest.mark.D1
ONE, OTHER = keys(4)[0], keys(4)[2]


@pytest.fixture(scope="module")
def bare(postgres_server: PostgresServer) -> Iterator[Ground]:
    services = (NOTES, PROJECTOR)
    with (
        postgres_server.fresh_database("caught_log") as log_url,
        ground(postgres_server, log_url, Path(), prefix="caught", keys=4, services=services) as made,
    ):
        create_schema(log_url)
        open_log(log_url).ensure_topics(TOPICS)
        yield made


@pytest.fixture
def on(bare: Ground, tmp_path: Path) -> Iterator[Scene]:
    """A scene on which nothing has happened yet."""
    _execute(bare.urls[NOTES], "UPDATE aggregate SET n = 0; TRUNCATE command, outbox")
    _execute(bare.urls[PROJECTOR], "TRUNCATE effect, inbox, log_position RESTART IDENTITY")
    _execute(bare.log_url, "TRUNCATE log_record; UPDATE log_head SET next_offset = 0; TRUNCATE log_hint")
    played = scene(replace(bare, folder=tmp_path), open_log(bare.log_url))
    yield played
    played.database.close()


def _execute(url: str, statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statements.encode())


def faults(verdict: Verdict) -> dict[str, int]:
    """What the checker found, by kind."""
    kinds = ("lost", "doubled", "reordered", "invented", "left_over")
    return {kind: count for kind in kinds if (count := getattr(verdict, kind))}


def test_a_path_without_a_fault_has_nothing_against_it(on: Scene) -> None:
    on.write({ONE: 3, OTHER: 2})
    with on.writing({ONE: 2}, is_doomed=True):
        pass
    on.write({ONE: 1})
    on.relay()
    consume_rightly(on, on.facts())
    consume_rightly(on, on.facts())
    verdict = on.verdict()
    assert (verdict.tried, faults(verdict), verdict.is_clean) == (6, {}, True)


def test_an_outbox_that_is_read_by_a_cursor_loses_what_commits_late(on: Scene) -> None:
    with on.writing({ONE: 1}):  # its row has the lower id
        on.write({OTHER: 1})
        first = on.outbox("id > 0")
        on.append([one for _, one in first])
    cursor = first[-1][0]
    on.append([one for _, one in on.outbox("id > %s", cursor)])
    on.forget([nr for nr, _ in on.outbox("id <= %s", cursor)])
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"lost": 1}


def test_ids_that_are_remembered_before_the_effect_lose_it_in_a_crash(on: Scene) -> None:
    on.write({ONE: 2})
    on.relay()
    with on.reader() as connection:
        new_here(connection, on.facts())
    # Killed here. It starts again from its old position:
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"lost": 2}


def test_a_position_that_is_stored_first_loses_the_batch_in_a_crash(on: Scene) -> None:
    on.write({ONE: 2})
    on.relay()
    with on.reader() as connection:
        advance(connection, on.facts())
    # Killed here. It starts again from its new position:
    on.write({ONE: 1})
    on.relay()
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"lost": 2}


def test_a_handlers_failure_that_is_swallowed_is_a_loss(on: Scene) -> None:
    def fails(fact: Fact) -> bool:
        return fact.n == 2

    on.write({ONE: 3})
    on.relay()
    consume_rightly(on, on.facts(), failing=fails)
    assert faults(on.verdict()) == {"lost": 1}


def test_redelivery_without_an_inbox_is_a_doubling(on: Scene) -> None:
    on.write({ONE: 2})
    on.relay()
    for _ in range(2):  # killed after the effect and before the position
        with on.reader() as connection:
            take_effect(connection, on.facts())
    assert faults(on.verdict()) == {"doubled": 2}


def test_an_effect_that_commits_before_its_id_is_remembered_is_a_doubling(on: Scene) -> None:
    on.write({ONE: 2})
    on.relay()
    with on.reader() as connection:
        take_effect(connection, on.facts())
    # Killed here.
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"doubled": 2}


def test_a_relay_that_goes_past_a_failed_event_of_its_key_reorders(on: Scene) -> None:
    on.write({ONE: 3})
    (first, *rest) = on.outbox()
    on.append([one for _, one in rest])  # the log did not take the first
    on.forget([nr for nr, _ in rest])
    on.append([first[1]])
    on.forget([first[0]])
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"reordered": 1}


def test_two_relays_that_share_an_outbox_instead_of_one_that_leads_reorder(on: Scene) -> None:
    on.write({ONE: 1})
    on.write({ONE: 1})
    url = on.ground.urls[NOTES]
    claim = "true ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    with psycopg.connect(url) as slow, psycopg.connect(url) as quick:
        held, taken = rows(slow, claim), rows(quick, claim)
        on.append([one for _, one in taken])
        on.append([one for _, one in held])
    on.forget([nr for nr, _ in on.outbox()])
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"reordered": 1}


def test_what_is_published_before_its_commit_and_rolled_back_is_invented(on: Scene) -> None:
    on.write({ONE: 1})
    on.relay()
    with on.writing({ONE: 1}, is_doomed=True) as its_own:
        on.append([one for _, one in rows(its_own, "true")])
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"invented": 1}


def test_an_event_that_waits_for_good_is_lost_and_left_over(on: Scene) -> None:
    on.write({ONE: 2})
    assert faults(on.verdict()) == {"lost": 2, "left_over": 2}


def test_a_commit_that_was_acknowledged_and_is_gone_is_a_loss(on: Scene) -> None:
    on.write({ONE: 1})
    on.relay()
    consume_rightly(on, on.facts())
    on.write({ONE: 1})
    forgets = "DELETE FROM command WHERE tx <> (SELECT min(tx::text)::uuid FROM command); DELETE FROM outbox"
    _execute(on.ground.urls[NOTES], forgets)  # as a server that does not keep its word
    assert faults(on.verdict()) == {"lost": 1}


def test_what_a_killed_writer_never_heard_of_counts_when_the_owner_holds_it(on: Scene) -> None:
    on.write({ONE: 1})
    on.write({ONE: 2})
    path = on.ground.folder / "writer.journal"
    path.write_bytes(path.read_bytes()[:-5])  # the last line, an acknowledgement, was cut short
    assert faults(on.verdict()) == {"lost": 3, "left_over": 3}
    on.relay()
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {}


def test_what_a_killed_writer_did_not_commit_may_not_be_seen(on: Scene) -> None:
    class Killed(BaseException):
        pass

    on.write({ONE: 1})
    unseen = []
    with contextlib.suppress(Killed), on.writing({ONE: 2}) as its_own:
        unseen = [one for _, one in rows(its_own, "true")]
        raise Killed
    on.relay()
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {}
    on.append(unseen[-1:])
    consume_rightly(on, on.facts())
    assert faults(on.verdict()) == {"invented": 1}
