"""The sealer: everything that was committed, once, in one chain, whoever dies and however many seal."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from shared.audit.canonical import FIRST
from shared.audit.outside import LineDamaged
from shared.audit.sealer import CHECKPOINT_EVERY, CHECKPOINT_ROWS, seal_all
from shared.clock import utcnow
from shared.path.failpoints import POINTS
from shared.path.gauges import Horizon, measure
from tests.audit.chained import SERVICE, Chained

pytestmark = pytest.mark.A1

SEAL = (
    "import sys; from pathlib import Path; from shared.audit.outside import OutsideFile;"
    "from shared.audit.sealer import Sealer, seal_all; from shared.audit.signing import Signer;"
    "from shared.clock import utcnow; from shared.db.tenancy import Database;"
    "url, folder, service, key = sys.argv[1:];"
    "database = Database(url, pool_size=1, name='dying', carries={'clock': utcnow});"
    "sealer = Sealer(database, service=service, signer=Signer(Path(key).read_bytes()),"
    " outside=OutsideFile(Path(folder), service));"
    "seal_all(sealer); sealer.sign(utcnow())"
)


def test_rows_are_sealed_in_the_order_in_which_they_were_written(chained: Chained) -> None:
    records = chained.look(5)
    assert chained.seal() == 5
    assert chained.records() == records
    assert chained.sql("SELECT count(*) FROM audit_row") == [(0,)]
    assert [n for (n,) in chained.sql("SELECT sequence FROM audit_chain ORDER BY 1")] == [1, 2, 3, 4, 5]
    assert bytes(chained.sql("SELECT previous FROM audit_chain WHERE sequence = 1")[0][0]) == FIRST
    verdict = chained.verify()
    assert (verdict.findings, verdict.rows, verdict.signed_up_to, verdict.outside) == ([], 5, 5, 1)


def test_a_row_that_commits_late_is_sealed_behind_those_that_came_before(chained: Chained) -> None:
    with psycopg.connect(chained.url) as slow:
        slow.execute(
            "INSERT INTO audit_row (id, practice_id, actor_id, roles, act, kind, relation, route) VALUES"
            " (gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'partner', 'read', 'check_in', 'x', 'x')"
        )
        chained.look(2)
        assert chained.seal() == 2
    assert chained.seal() == 1
    assert chained.verify().findings == []


@pytest.mark.parametrize("point", [point for point in POINTS if point.startswith("audit.")])
@pytest.mark.parametrize("nth", [1, 2])
def test_the_chain_goes_on_after_a_sealer_was_killed(
    chained: Chained, tmp_path: Path, point: str, nth: int
) -> None:
    chained.fill(1500)
    key = tmp_path / "key.pem"
    key.write_bytes(chained.key)
    command = [sys.executable, "-c", SEAL, chained.url, str(chained.folder), SERVICE, str(key)]
    wish = f"{point}:{1 if point == 'audit.after_checkpoint' else nth}"
    died = subprocess.run(command, env={**os.environ, "ATTUNE_FAILPOINT": wish}, timeout=100)
    assert died.returncode == -9
    chained.fill(10)
    chained.seal()
    verdict = chained.verify()
    assert (verdict.findings, verdict.rows, verdict.signed_up_to) == ([], 1510, 1510)
    assert chained.sql("SELECT count(*), count(DISTINCT id) FROM audit_chain") == [(1510, 1510)]


def test_no_row_is_lost_or_doubled_when_two_seal(chained: Chained) -> None:
    stop, failures = threading.Event(), []

    def seal() -> None:
        sealer = chained.sealer()
        while not stop.is_set():
            try:
                sealer.seal_once()
                sealer.sign(utcnow())
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=seal) for _ in range(2)]
    for thread in threads:
        thread.start()
    records = {record for _ in range(20) for record in chained.look(5)}
    deadline = time.monotonic() + 20
    while chained.sql("SELECT count(*) FROM audit_row") != [(0,)] and time.monotonic() < deadline:
        time.sleep(0.02)
    stop.set()
    for thread in threads:
        thread.join(10)
    chained.seal()
    assert failures == []
    assert (len(chained.records()), set(chained.records())) == (100, records)
    assert chained.verify().findings == []


def test_a_running_sealer_seals_within_a_second_and_signs_at_its_end(chained: Chained) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=chained.sealer().run, args=(stop,))
    thread.start()
    time.sleep(0.2)
    chained.look(1)
    time.sleep(1.0)
    assert chained.sql("SELECT count(*) FROM audit_chain") == [(1,)]
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_a_checkpoint_comes_after_a_minute_or_a_thousand_rows_and_not_without_news(chained: Chained) -> None:
    now = [utcnow()]
    chained.database._carries["clock"] = lambda: now[0]
    sealer = chained.sealer()

    def signed() -> list[int]:
        sealer.sign_when_due()
        return [one.sequence for one in chained.outside.read()]

    assert signed() == []
    chained.look(1)
    seal_all(sealer)
    assert signed() == []
    now[0] += CHECKPOINT_EVERY
    assert signed() == [1]
    now[0] += CHECKPOINT_EVERY
    assert signed() == [1]
    chained.fill(CHECKPOINT_ROWS)
    seal_all(sealer)
    assert signed() == [1, 1 + CHECKPOINT_ROWS]


def test_a_copy_that_a_crash_prevented_is_made_the_next_time(chained: Chained) -> None:
    chained.look(1)
    chained.seal()
    whole = chained.outside.path.read_bytes()
    chained.look(1)
    chained.seal()
    chained.outside.path.write_bytes(
        whole + b'{"sequence": 2, "ha'
    )  # the power went while the line was written
    assert chained.verify().findings == []
    chained.look(1)
    chained.seal()
    assert [one.sequence for one in chained.outside.read()] == [1, 2, 3]
    assert chained.verify().findings == []


def test_sealing_goes_on_when_nothing_can_be_written_outside(chained: Chained) -> None:
    chained.folder.write_text("a file where the folder should be")
    chained.look(1)
    assert chained.seal() == 1
    chained.folder.unlink()
    chained.look(1)
    chained.seal()
    assert [one.sequence for one in chained.outside.read()] == [1, 2]


def test_a_whole_line_that_is_no_checkpoint_is_named(chained: Chained) -> None:
    chained.look(1)
    chained.seal()
    with chained.outside.path.open("ab") as file:
        file.write(b"nothing\n")
    with pytest.raises(LineDamaged) as told:
        chained.outside.read()
    assert told.value.number == 2


def test_operators_see_how_far_sealing_is_behind(chained: Chained) -> None:
    def value(name: str) -> float:
        return REGISTRY.get_sample_value(f"attune_audit_{name}", {"service": "gauged"}) or 0.0

    chained.look(1)
    chained.seal()
    chained.sql("UPDATE audit_checkpoint SET at = at - interval '5 minutes'")
    chained.look(1)
    chained.sql("UPDATE audit_row SET at = at - interval '90 seconds'")
    measure(chained.database, "gauged", Horizon())
    assert 89 < value("oldest_unsealed_age_seconds") < 150
    assert 299 < value("newest_checkpoint_age_seconds") < 400


EDITS = (
    "UPDATE audit_chain SET roles = roles || 'x' WHERE sequence = {n}",
    "UPDATE audit_chain SET at = at + interval '1 microsecond' WHERE sequence = {n}",
    "UPDATE audit_chain SET about_id = NULL WHERE sequence = {n}",
    "DELETE FROM audit_chain WHERE sequence = {n}",
    "DELETE FROM audit_chain WHERE sequence >= {n}",
    "UPDATE audit_chain SET previous = hash WHERE sequence = {n}",
    "UPDATE audit_checkpoint SET sequence = sequence - 1",
    "DELETE FROM audit_checkpoint",
)


def test_what_a_superuser_does_to_the_tables_is_found(chained: Chained) -> None:
    chained.look(6)
    chained.seal()
    chained.sql("CREATE TABLE kept AS SELECT * FROM audit_chain")
    chained.sql("CREATE TABLE kept_signed AS SELECT * FROM audit_checkpoint")

    @settings(
        max_examples=24, database=None, deadline=None, derandomize=True,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )  # fmt: skip
    @given(st.sampled_from(EDITS), st.integers(1, 6))
    def play(edit: str, n: int) -> None:
        chained.sql(edit.format(n=n))
        try:
            assert not chained.verify().is_sound, edit
        finally:
            chained.sql("TRUNCATE audit_chain, audit_checkpoint")
            chained.sql("INSERT INTO audit_chain SELECT * FROM kept")
            chained.sql("INSERT INTO audit_checkpoint SELECT * FROM kept_signed")

    play()
    assert chained.verify().is_sound
