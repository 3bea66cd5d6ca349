"""The processes of a soak. But for the writers and the operator, each is `run_worker`, as it runs in production."""

import faulthandler
import os
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from deploy.local.linux import die_with_parent
from shared.eventlog import open_log
from shared.eventlog.interface import LogUnavailable
from shared.path import failpoints
from shared.path.replay import replay
from shared.path.transient import is_transient
from shared.path.worker import WorkerSpec, run_worker, worker_database
from shared.settings import Settings
from shared.telemetry import logs
from tests.soak.facts import FOLLOWER, NOTES, PROJECTOR, REACTOR, TOPICS
from tests.soak.ground import Ground
from tests.soak.reading import handlers
from tests.soak.writing import write

log = structlog.get_logger()
REPLAY_EVERY_S = 1.0


@dataclass(frozen=True)
class Part:
    """One process: what it does, for which service, and which fail points it can meet."""

    role: str
    service: str
    instance: str = "1"
    parts: tuple[str, ...] = ("relay", "consume", "timers")


CAST: Mapping[str, Part] = {
    "writer-1": Part("writer", NOTES),
    "writer-2": Part("writer", NOTES, "2"),
    "relay-1": Part("relay", NOTES, "1", ("relay",)),
    "relay-2": Part("relay", NOTES, "2", ("relay",)),
    "projector-1": Part("consumer", PROJECTOR, "1", ("consume",)),
    "projector-2": Part("consumer", PROJECTOR, "2", ("consume",)),
    "reactor-1": Part("reactor", REACTOR, "1"),
    "reactor-2": Part("reactor", REACTOR, "2"),
    "follower-1": Part("consumer", FOLLOWER, "1", ("consume",)),
    "operator": Part("operator", NOTES),
}
ROLES_AT: Mapping[str, tuple[str, ...]] = {
    "outbox": ("writer", "reactor"),
    "transaction": ("writer", "consumer", "reactor"),
    "relay": ("relay", "reactor"),
    "consumer": ("consumer", "reactor"),
    "timer": ("reactor",),
}
"""Who can be killed where: by the first word of a fail point."""


def play(name: str, ground: Ground, quota: int) -> None:
    """The body of a process. SIGUSR1 arms the fail point that the file `<name>.arm` names."""
    die_with_parent()
    signal.signal(signal.SIGUSR1, lambda *_: _arm(ground.folder, name))
    with (ground.folder / f"{name}.log").open("ab") as written:
        os.dup2(written.fileno(), 2)
    faulthandler.register(signal.SIGUSR2)  # where every thread is, for whoever wonders why nothing moves
    up(ground.folder, name, os.getpid()).touch()
    part = CAST[name]
    if part.role == "relay":
        _create_topics(ground)
    if part.role not in ("writer", "operator"):
        spec = WorkerSpec(handlers(part.service, has_bug=True))
        raise SystemExit(run_worker(_settings(ground, part), spec, parts=part.parts))
    logs.configure(service=part.service, process=name)
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if part.role == "writer":
        write(ground, name, quota, stop)
    else:
        operate(ground, stop)


def operate(ground: Ground, stop: threading.Event) -> None:
    """An operator whose handlers are mended replays what was put aside, again and again."""
    databases = {
        service: worker_database(_settings(ground, Part("operator", service)))
        for service in (PROJECTOR, REACTOR, FOLLOWER)
    }
    while not stop.wait(REPLAY_EVERY_S):
        for service, database in databases.items():
            try:
                done = replay(
                    database, handlers(service, has_bug=False), event_key=ground.event_key, by="operator"
                )
                if done.applied or done.waiting:
                    log.info("replayed", name=service, count=done.applied)
            except Exception as error:
                if not is_transient(error):
                    raise
                time.sleep(0.2)


def _create_topics(ground: Ground) -> None:
    """`run_worker` makes the topics of the product's services; a soak's are made up."""
    while True:
        try:
            open_log(ground.log_url).ensure_topics(TOPICS)
            return
        except LogUnavailable:
            time.sleep(0.2)


def _arm(folder: Path, name: str) -> None:
    wish = wish_for(folder, name).read_text()
    wish_of(folder, name, os.getpid()).write_text(wish)  # so that its death can be told from another's
    failpoints.arm(wish)


def wish_for(folder: Path, name: str) -> Path:
    """Holds the fail point that a process is to meet next."""
    return folder / f"{name}.arm"


def wish_of(folder: Path, name: str, pid: int) -> Path:
    """Holds the fail point that this very process was last armed with."""
    return folder / f"{name}.{pid}.armed"


def up(folder: Path, name: str, pid: int) -> Path:
    """Exists when the process can be armed."""
    return folder / f"{name}.{pid}.up"


def _settings(ground: Ground, part: Part) -> Settings:
    return Settings(
        service=part.service,
        instance=part.instance,
        database_url=ground.urls[part.service],
        worker_database_url=ground.urls[part.service],
        event_log_url=ground.log_url,
        event_key=ground.event_key,
        vault_key=bytes(32),
        cursor_key=bytes(32),
        actor_public_key=b"",
        log_level="info",
    )
