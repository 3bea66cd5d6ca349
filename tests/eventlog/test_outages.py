"""A log that is away says so plainly; when it is back, writers and readers go on."""

import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.eventlog import open_log
from shared.eventlog.interface import EventLog, LogUnavailable
from tests.eventlog.conftest import Place
from tests.eventlog.reader import Reader, Readers, append, outgoing
from tests.eventlog.writer import Writer, first_occurrences_ascend


@pytest.fixture(params=["postgres", "kafka"])
def nowhere(request: pytest.FixtureRequest, tmp_path: Path) -> EventLog:
    """A log whose server does not run."""
    if request.param == "postgres":
        return open_log(f"postgresql://nobody@/log?host={tmp_path}")
    with socket.socket() as taken:  # bound, but nobody accepts
        taken.bind(("127.0.0.1", 0))
        return open_log(f"kafka://127.0.0.1:{taken.getsockname()[1]}")


def test_whatever_is_asked_of_a_log_that_is_away_says_so_in_one_line(nowhere: EventLog):
    questions: list[Callable[[], object]] = [
        nowhere.log_id,
        lambda: nowhere.ensure_topics(["attune.x"]),
        lambda: nowhere.producer().append(outgoing("attune.x", 0, "a")),
        Reader(nowhere, "group", ["attune.x"], "1").poll,
    ]
    threads = threading.active_count()
    with ThreadPoolExecutor() as pool:
        answers = [future.exception() for future in [pool.submit(question) for question in questions]]
    assert [type(answer) for answer in answers] == [LogUnavailable] * 4
    assert all("\n" not in str(answer) for answer in answers)
    assert threading.active_count() <= threads  # nothing is left running behind a failure


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_writer_and_reader_go_on_when_the_log_restarts_or_is_killed(
    place: Place, log: EventLog, topic: str, readers: Readers, how: str
):
    """The writer sends again what was not acknowledged, as the outbox does: doubles are harmless."""
    reader = readers()
    with Writer(log, topic).writing() as writer:
        reader.read(1)
        if how == "kill":
            place.server.kill()
            place.server.start()
        else:
            place.server.restart()
        before = writer.acknowledged
        reader.read_until(lambda: writer.acknowledged > before + 90, through_outages=True)
    reader.read_until(lambda: set(reader.values) == writer.values, through_outages=True)
    assert first_occurrences_ascend(reader.records)


def test_a_reader_says_that_the_log_went_away_and_reads_on_when_it_is_back(
    place: Place, log: EventLog, topic: str, readers: Readers
):
    append(log, outgoing(topic, 0, "a"))
    reader = readers().read(1)
    place.server.stop()
    try:
        with pytest.raises(LogUnavailable):
            reader.read_until(lambda: False)
    finally:
        place.server.start()
    append(log, outgoing(topic, 0, "b"))
    assert reader.read_until(lambda: "b" in reader.values, through_outages=True).values == ["a", "b"]
