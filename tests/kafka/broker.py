"""A real Apache Kafka for the tests: one KRaft node, its own process, its own folder."""

import base64
import os
import signal
import socket
import subprocess
import time
import uuid
from pathlib import Path

from deploy.local.prerequisites import KAFKA_LIBS

START_S = 60.0
LOG4J2 = Path(__file__).resolve().parents[2] / "deploy" / "compose" / "kafka-log4j2.yaml"

# Small and quick: nothing is replicated, groups form without waiting for more members.
SETTINGS = """
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller_port}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller_port},BEHIND://127.0.0.1:{behind_port}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},BEHIND://127.0.0.1:{proxy_port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,BEHIND:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
log.dirs={data}
num.partitions=12
log.index.size.max.bytes=131072
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
log.cleaner.enable=false
controlled.shutdown.enable=true
"""


class BrokerFailed(Exception):
    """The broker can't be started; the text says why, or where its log lies."""


class KafkaBroker:
    """One broker. `restart` keeps its port and its data."""

    def __init__(self, folder: Path, *, libs: Path = KAFKA_LIBS) -> None:
        self.folder = folder
        self._libs = libs
        self.log = self.folder / "broker.log"
        self.port, self._controller_port = _free_port(), _free_port()
        # Who enters by `behind_port` is sent on to `proxy_port`, where a test's proxy listens.
        self.behind_port, self.proxy_port = _free_port(), _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"kafka://{self.bootstrap}"

    @property
    def pid(self) -> int:
        if self._process is None:
            raise BrokerFailed("the broker is not running")
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        """Whether it ended by itself since it was started."""
        return self._process is not None and self._process.poll() is not None

    def start(self) -> None:
        """Start and wait until it accepts requests; formats its folder the first time."""
        if not (self._libs / ".complete").exists():
            raise BrokerFailed("Apache Kafka's jars are missing: run `make test`, which fetches them")
        properties = self.folder / "server.properties"
        data = self.folder / "data"
        if not properties.exists():
            properties.write_text(
                SETTINGS.format(
                    port=self.port,
                    controller_port=self._controller_port,
                    behind_port=self.behind_port,
                    proxy_port=self.proxy_port,
                    data=data,
                )
            )
            storage = ["kafka.tools.StorageTool", "format", f"--cluster-id={_cluster_id()}"]
            done = subprocess.run(
                [*self._java("128m"), *storage, "--config", str(properties)],
                capture_output=True, text=True, cwd=self.folder,
            )  # fmt: skip
            if done.returncode != 0:
                raise BrokerFailed(f"the broker's folder can't be formatted: {done.stdout}{done.stderr}")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java("512m", f"-Dlog4j2.configurationFile={LOG4J2}"), "kafka.Kafka", str(properties)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, start_new_session=True,
            )  # fmt: skip
        deadline = time.monotonic() + START_S
        while not _accepts(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise BrokerFailed(f"the broker does not start: see {self.log}")
            time.sleep(0.05)

    def stop(self) -> None:
        """Orderly stop; a kill when that takes too long."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """As a crash would."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        self.stop()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _java(self, heap: str, *options: str) -> list[str]:
        # The serial collector and one compiler level: a test's broker lives for a minute on few cores.
        return [
            "java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true",
            *options, "-cp", os.fspath(self._libs / "*"),
        ]  # fmt: skip


def _accepts(port: int) -> bool:
    """Whether the broker's listener is open: in KRaft mode it opens when the broker is ready for clients."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _cluster_id() -> str:
    """A new one each time, as Kafka wants it: 16 bytes, base64 without padding."""
    return base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
