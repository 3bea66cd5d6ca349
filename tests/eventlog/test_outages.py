"""A log that is away says so plainly; when it is back, writers and readers go on."""

import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shared.eventlog import open_log
from shared.eventlog.interface import EventLog, LogUnavailable, Outgoing
from tests.eventlog.conftest import Place
from tests.eventlog.reader import Reader, Readers, append, outgoing


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


def test_writer_and_reader_go_on_when_the_log_restarts(
    place: Place, log: EventLog, topic: str, readers: Readers
):
    """The writer sends again what was not acknowledged, as the outbox does: doubles are harmless."""
    written = threading.Event()
    enough = threading.Event()

    def write() -> None:
        producer, number = log.producer(), 0
        while not enough.is_set():
            waiting = [
                Outgoing(topic, n % 3, b"k", f"{n % 3}:{n:06}".encode()) for n in range(number, number + 9)
            ]
            while waiting:
                try:
                    errors = producer.append(waiting)
                except LogUnavailable:
                    time.sleep(0.1)
                    continue
                waiting = [record for record, error in zip(waiting, errors, strict=True) if error is not None]
            number += 9
            counted.append(number)
            written.set()
        producer.close()

    counted: list[int] = []
    writer = threading.Thread(target=write)
    reader = readers()
    writer.start()
    try:
        assert written.wait(30)
        reader.read(1)
        place.server.restart()
        before = counted[-1]
        reader.read_until(lambda: counted[-1] > before + 90, through_outages=True)
    finally:
        enough.set()
        writer.join()
    reader.read_until(lambda: len(set(reader.values)) == counted[-1], through_outages=True)
    for partition in range(3):
        first_seen = list(
            dict.fromkeys(value for value in reader.values if value.startswith(f"{partition}:"))
        )
        assert first_seen == sorted(first_seen)


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
