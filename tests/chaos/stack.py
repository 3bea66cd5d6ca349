"""A whole platform to harm: `attune up` in a folder of its own, and around it what can fail: disks, broker, proxy."""

import contextlib
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psycopg

from deploy.local.databases import EVENTS, database_of
from deploy.local.keys import open_keys
from deploy.local.postgres import EmbeddedPostgres
from shared.settings import SERVICES
from tests.chaos.commands import Journal
from tests.chaos.disk import SmallDisk, small_disk
from tests.chaos.sight import Sight, embedded_records, kafka_records, received
from tests.eventlog.proxy import Proxy, proxy
from tests.folders import open_folder
from tests.journey.platform import Platform
from tests.kafka.broker import KafkaBroker

READY_S = 120.0
DATABASE_DISK_MB, BROKER_DISK_MB = 600, 300


class NotReady(Exception):
    """The platform did not come back."""


@dataclass
class Stack:
    """A running platform. `broker` and `proxy` only on Kafka; `disk` only where one can be filled."""

    folder: Path
    platform: Platform
    clocks: Path  # whose clocks are wrong: lines of `process seconds`
    broker: KafkaBroker | None = None
    proxy: Proxy | None = None
    disk: SmallDisk | None = None
    journal: Journal = field(default_factory=Journal)

    @property
    def operator_key(self) -> str:
        return open_keys(self.folder / "data" / "keys", may_make=False).operator

    @property
    def postgres(self) -> EmbeddedPostgres:
        """The platform's own server, to be connected to; never started from here."""
        return EmbeddedPostgres(self.folder / "data" / "postgres")

    def recover(self) -> float:
        """Wait until every process says that it is ready; the seconds it took. Raises NotReady."""
        began = time.monotonic()
        with httpx.Client(timeout=5, trust_env=False) as client:
            while (missing := self._not_ready(client)) is not None:
                if time.monotonic() - began > READY_S:
                    raise NotReady(f"{missing} is not ready after {READY_S:g} s")
                time.sleep(0.1)
        return time.monotonic() - began

    def _not_ready(self, client: httpx.Client) -> str | None:
        for process in self.platform.processes():
            if url := process.get("internal_url"):
                try:
                    if client.get(f"{url}/readyz").status_code != 200:
                        return str(process["name"])
                except httpx.TransportError:
                    return str(process["name"])
        return None if self.platform.is_ready() else "the gateway"

    def connect(self, area: str) -> psycopg.Connection[Any]:
        """A superuser's connection to one service's database, past all walls."""
        return psycopg.connect(self.postgres.admin_url, dbname=database_of(area), autocommit=True)

    @contextmanager
    def seen(self) -> Iterator[Sight]:
        """What there is to see now."""
        with ExitStack() as stack:
            services = {name: stack.enter_context(self.connect(name)) for name in SERVICES}
            if self.broker is None:
                records = embedded_records(stack.enter_context(self.connect(EVENTS)))
            else:
                records = kafka_records(self.broker.bootstrap)
            yield Sight(services, received(self.folder / "data" / "mail"), records)


@contextmanager
def stack_on(log: str, *, with_disk: bool) -> Iterator[Stack]:
    """A started platform on the log `embedded` or `kafka`; everything is stopped at the end, also after a failure."""
    with ExitStack() as exits:
        folder = exits.enter_context(open_folder())
        clocks = folder / "clocks"
        platform = Platform(folder, environment={"ATTUNE_CLOCK_FAULTS": str(clocks)})
        stack = Stack(folder, platform, clocks)
        if log == "kafka":
            _add_kafka(stack, exits, with_disk=with_disk)
        elif with_disk:
            (folder / "data").mkdir(mode=0o700)
            open_keys(folder / "data" / "keys", may_make=True)  # before the mount makes the folder look used
            stack.disk = exits.enter_context(small_disk(folder / "data" / "postgres", DATABASE_DISK_MB))
        exits.callback(_end, platform)
        platform.start()
        stack.recover()
        yield stack


def _add_kafka(stack: Stack, exits: ExitStack, *, with_disk: bool) -> None:
    home = stack.folder / "kafka"
    home.mkdir()
    if with_disk:
        stack.disk = exits.enter_context(small_disk(home / "data", BROKER_DISK_MB))
    stack.broker = broker = KafkaBroker(home)
    exits.callback(broker.stop)
    broker.start()
    # The platform goes through the proxy; the checker asks the broker itself.
    through = proxy(("127.0.0.1", broker.proxy_port), ("127.0.0.1", broker.behind_port))
    stack.proxy = exits.enter_context(through)
    stack.platform.arguments = ("--kafka", f"127.0.0.1:{broker.proxy_port}")


def _end(platform: Platform) -> None:
    """Stop the supervisor; its processes end with it however it ends."""
    if platform.process is None or platform.process.poll() is not None:
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        platform.stop()
    if platform.process.poll() is None:
        platform.process.kill()
        platform.process.wait()
