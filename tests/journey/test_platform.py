"""The whole product from outside: the journey on both logs, and with any process killed on the way (rule D1)."""

import os
import random
import signal
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.folders import open_folder
from tests.journey.platform import Platform, finished
from tests.journey.searching import files_with
from tests.kafka.broker import KafkaBroker
from tests.monitoring.queries import of_boards, of_rules
from tests.monitoring.server import asking

KILLED = [
    f"{service}-{kind}"
    for service in ("gateway", "intake", "sessions", "integration", "notify")
    for kind in ("web", "worker")
]


@pytest.fixture(scope="module")
def embedded() -> Iterator[Platform]:
    with open_folder() as folder:
        platform = Platform(folder)
        platform.start()
        yield platform
        if platform.process is not None and platform.process.poll() is None:
            platform.stop()


@pytest.fixture(scope="module")
def played(embedded: Platform) -> Any:
    """What a whole journey came to."""
    return finished(embedded.journey())


@pytest.mark.timeout(300)
def test_the_journey_plays_on_the_embedded_log(embedded: Platform, played: Any) -> None:
    assert played["steps"] > 20
    assert embedded.dead_letters() == 0


@pytest.mark.timeout(300)
def test_every_query_of_rules_and_dashboards_finds_what_the_services_export(
    embedded: Platform, played: Any
) -> None:
    """A real Prometheus asks them all; nothing of the journey was worth an alert about the event path."""
    assert played["steps"] > 20
    processes = [one for one in embedded.processes() if one["kind"] in ("web", "worker")]
    assert len(processes) == len(KILLED)
    targets = {
        f"attune-{kind}": [
            one["internal_url"].removeprefix("http://") for one in processes if one["kind"] == kind
        ]
        for kind in ("web", "worker")
    }
    with asking(targets) as prometheus:
        prometheus.wait_for('sum(up{job=~"attune.*"}) == 10')
        # Twice asked, so that there are rates, and what is recorded of them.
        prometheus.wait_for("gateway:attune_slow:ratio_rate5m and gateway:attune_unavailable:ratio_rate5m")
        queries = of_rules() | of_boards("notify", "10s")
        empty = {name for name, expr in queries.items() if not prometheus.ask(expr)}
        firing = {one["metric"]["alertname"] for one in prometheus.ask('ALERTS{alertstate="firing"}')}
    alerts = {name for name in of_rules() if ":" not in name}
    found_nothing = [queries[name] for name in sorted(empty - alerts)]
    assert [expr for expr in found_nothing if not any(it in expr for it in UNHAPPENED)] == []
    assert firing <= {"GatewayLatencyFast", "GatewayLatencySlow"}, (
        "a loaded machine may be slow, and nothing else"
    )


UNHAPPENED = (
    'status=~"5.."', "attune_dead_letters_total", "attune_timers_failed_total", "attune_consumer_duplicates_total",
    "ALERTS",
)  # fmt: skip
"""What a query that finds nothing must ask for: a good journey has none of it."""

PRIVATE = (
    "knows this.", "felt the door open", "To hear each other again", "To let an old fear go",
    "would like to be known by", "Steady over six weeks", "is_safe_at_home",
)  # fmt: skip
"""From what people write in the journey, and from how their answers are kept."""


@pytest.mark.P3
@pytest.mark.timeout(300)
def test_no_private_word_of_the_journey_lies_in_any_file(embedded: Platform, played: Any) -> None:
    """Databases with their write-ahead logs, the event log, the mailbox, every log and temporary file."""
    assert played["steps"] > 20
    assert files_with(embedded.folder, PRIVATE) == {}

    note = embedded.folder / "data" / "planted.tmp"
    note.write_bytes(b"...Only Ana knows this...")
    try:
        assert files_with(embedded.folder, PRIVATE) == {"knows this.": ["data/planted.tmp"]}
    finally:
        note.unlink()
    assert "Oak Practice" in files_with(embedded.folder, ["Oak Practice"]), (
        "a name that is no secret is found"
    )


@pytest.mark.timeout(400)
def test_the_journey_plays_over_kafka(kafka_broker: KafkaBroker) -> None:
    with open_folder() as folder:
        platform = Platform(folder, ("--kafka", kafka_broker.bootstrap))
        platform.start()
        try:
            assert finished(platform.journey())["steps"] > 20
            assert platform.dead_letters() == 0
            assert files_with(kafka_broker.folder, PRIVATE) == {}
        finally:
            assert platform.stop() == 130


@pytest.mark.D1
@pytest.mark.timeout(400)
def test_killing_any_process_during_the_journey_changes_nothing_but_time(embedded: Platform) -> None:
    """Every web and worker process once, in an order that the seed names, while journeys run."""
    left = list(KILLED)
    random.Random(os.environ.get("ATTUNE_KILL_SEED", "7")).shuffle(left)
    while left:
        journey = embedded.journey()
        while left and journey.poll() is None:
            time.sleep(1.5)
            name = left.pop()
            os.kill(embedded.pid_of(name), signal.SIGKILL)
        finished(journey)
    assert embedded.dead_letters() == 0


@pytest.mark.timeout(200)
def test_stopping_is_clean_and_starting_again_keeps_everything(embedded: Platform) -> None:
    pids = [one["pid"] for one in embedded.processes()]
    before = embedded.demo_people()
    assert embedded.stop() == 130
    assert [pid for pid in pids if _is_alive(pid)] == []
    embedded.start()
    assert embedded.demo_people() == before != []


@pytest.mark.timeout(200)
def test_a_killed_supervisor_leaves_nothing_that_stops_the_next_start(embedded: Platform) -> None:
    assert embedded.process is not None
    os.kill(embedded.process.pid, signal.SIGKILL)
    embedded.process.wait()
    embedded.start()
    assert embedded.is_ready()


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
