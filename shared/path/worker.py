"""`attune work SERVICE`: relay, consumer, timers, ticks and the audit's sealer on threads of one process."""

import gc
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from shared.audit.outside import OutsideFile
from shared.audit.sealer import Sealer
from shared.audit.signing import KeyUnusable, Signer
from shared.clock import Clock, utcnow
from shared.db.tenancy import Database, Scope
from shared.eventlog import open_log
from shared.eventlog.interface import EventLog
from shared.events.base import topic_of
from shared.path.carried import carried
from shared.path.consumer import Consumer
from shared.path.gauges import Horizon, measure
from shared.path.handlers import Handlers
from shared.path.outbox import Outbox
from shared.path.relay import Relay
from shared.path.restored import Restored
from shared.path.snapshots import Snapshots
from shared.path.timers import Timers
from shared.path.transient import is_transient
from shared.path.upkeep import tidy
from shared.settings import SERVICES, Settings, SettingsError
from shared.telemetry import exporting, logs, metrics
from shared.telemetry.build import tell_version
from shared.vault.opening import vault_of
from shared.web.internal import start_internal_server

log = structlog.get_logger()
PARTS = ("relay", "consume", "timers", "seal")
_POOL = 6  # consumer, timers, ticks, upkeep, the sealer, a service's own loop
_TICK_S = 5.0
_UPKEEP_S = 600.0
_TIMERS_S = 0.25
_STOP_DEADLINE_S = 10.0
_WAKES_S = 1.0
"""Python handles a signal on the main thread, which another thread that was given it does not wake up."""


@dataclass(frozen=True)
class Context:
    """What a service's own loop may use."""

    settings: Settings
    database: Database
    stop: threading.Event


Loop = Callable[[Context], None]
"""A thread of a service's own (notify sends mail in one): runs until `stop` is set."""

Measure = Callable[[Database], None]
"""Sets a gauge of a service's own. Runs every five seconds between timers, so it must be quick."""


@dataclass(frozen=True)
class WorkerSpec:
    """What `services/<name>/worker.py` declares."""

    handlers: Handlers
    loops: Mapping[str, Loop] = field(default_factory=dict)
    snapshots: Snapshots = field(default_factory=dict)
    measures: Sequence[Measure] = ()
    restored: Restored = field(default_factory=Restored)


def collect_seldom() -> None:
    """Have the garbage collector look at the thousands of objects of a batch seldom: a third of a batch's time.

    None of them is part of a cycle: they go when their batch is done.
    """
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


def run_worker(
    settings: Settings,
    spec: WorkerSpec,
    *,
    internal_socket: socket.socket | None = None,
    parts: Sequence[str] = PARTS,
) -> int:
    """Run the parts until SIGTERM or SIGINT; returns the exit code. A crashed part ends the process."""
    service = settings.service
    logs.configure(service=service, process=f"{service}-worker", level=settings.log_level)
    tell_version(service, "worker")
    exporting.start(settings.traces, service=service, process="worker")
    collect_seldom()
    stop, crashed = threading.Event(), threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())

    event_log = open_log(settings.event_log_url)
    database = worker_database(settings)
    handlers = spec.handlers
    consumer = Consumer(
        database,
        event_log,
        handlers,
        event_key=settings.event_key,
        member=f"{service}-{settings.instance}",
        dead_letter_ratio=settings.dead_letter_ratio,
        leaves_group=settings.leaves_group,
    )
    work: dict[str, Callable[[], None]] = {}
    if "relay" in parts:
        relay = Relay(settings.worker_database_url, event_log, service=service)
        work["relay"] = lambda: relay.run(stop)
        work["ticks"] = lambda: _ticks(database, service, stop)
        work["upkeep"] = lambda: _upkeep(database, event_log, stop)
    if "consume" in parts and handlers.topics():
        work["consume"] = lambda: consumer.run(stop)
    if "timers" in parts:
        timers = Timers(database, service=service, handlers=handlers.timers, audits=handlers.audits)
        work["timers"] = lambda: _fire(timers, database, service, spec.measures, stop)
        context = Context(settings, database, stop)
        for name, loop in spec.loops.items():
            work[name] = _bound(loop, context)

    if "seal" in parts:
        sealer = _sealer(settings, database)
        work["seal"] = lambda: sealer.run(stop)

    _create_topics(event_log, stop)
    threads = [
        threading.Thread(target=_guarded(name, body, stop, crashed), name=name, daemon=True)
        for name, body in work.items()
    ]
    for thread in threads:
        thread.start()
    if internal_socket is not None:
        start_internal_server(internal_socket, is_ready=lambda: _not_ready(consumer, work, stop))
    log.info("worker started", name=",".join(work))
    while not stop.wait(_WAKES_S):
        pass
    deadline = time.monotonic() + _STOP_DEADLINE_S
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    exporting.stop()
    late = [thread.name for thread in threads if thread.is_alive()]
    if late:
        log.error("worker stopped past its deadline", name=",".join(late))
        os._exit(1)  # what was not committed is done again by the next worker
    database.close()
    event_log.close()
    log.info("worker stopped")
    return 1 if crashed.is_set() else 0


def worker_database(settings: Settings, clock: Clock = utcnow) -> Database:
    """The worker role's pool, carrying what commands need."""
    carries = carried(event_key=settings.event_key, vault=vault_of(settings), clock=clock)
    return Database(
        settings.worker_database_url,
        pool_size=_POOL,
        name=f"{settings.service}-worker",
        carries=carries,
        is_patient=True,
    )


def _sealer(settings: Settings, database: Database) -> Sealer:
    """Raises SettingsError when the audit can't be signed: a worker that can't does not start."""
    if settings.audit_key is None:
        raise SettingsError("ATTUNE_AUDIT_KEY is missing: an Ed25519 private key in PEM (openssl genpkey)")
    if settings.audit_folder is None:
        raise SettingsError("ATTUNE_AUDIT_FOLDER is missing: where checkpoints of the audit are copied to")
    try:
        signer = Signer(settings.audit_key)
    except KeyUnusable as error:
        raise SettingsError("ATTUNE_AUDIT_KEY must be an Ed25519 private key in PEM") from error
    outside = OutsideFile(settings.audit_folder, settings.service)
    return Sealer(database, service=settings.service, signer=signer, outside=outside)


def _create_topics(event_log: EventLog, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            event_log.ensure_topics([topic_of(name) for name in SERVICES])
            return
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("waiting for the event log", error_type=type(error).__name__)
            stop.wait(1.0)


def _ticks(database: Database, service: str, stop: threading.Event) -> None:
    """A tick per partition every five seconds, and the path's gauges. Nothing slow: a late tick closes gates."""
    horizon = Horizon()
    while not stop.is_set():
        with database.transaction(Scope(role="worker")) as db:
            outbox: Outbox = db.info["outbox"]
            outbox.record_ticks(db, service)
        metrics.ticks.labels(service).inc()
        measure(database, service, horizon)
        stop.wait(_TICK_S)


def _upkeep(database: Database, event_log: EventLog, stop: threading.Event) -> None:
    """What tables and log may forget is deleted now and then."""
    while not stop.is_set():
        tidy(database)
        event_log.trim_expired(utcnow())
        stop.wait(_UPKEEP_S)


def _fire(
    timers: Timers, database: Database, service: str, measures: Sequence[Measure], stop: threading.Event
) -> None:
    reported = 0.0
    while not stop.is_set():
        timers.fire_due()
        metrics.timers_looked_at.labels(service).set_to_current_time()
        if time.monotonic() - reported > _TICK_S:
            metrics.timers_late_seconds.labels(service).set(timers.oldest_due_age())
            for measure_own in measures:
                measure_own(database)
            reported = time.monotonic()
        stop.wait(_TIMERS_S)


def _guarded(
    name: str, body: Callable[[], None], stop: threading.Event, crashed: threading.Event
) -> Callable[[], None]:
    """Wait out outages of the database; anything else ends the process, loudly, to start afresh."""

    def run() -> None:
        while not stop.is_set():
            try:
                body()
                return
            except Exception as error:
                if is_transient(error):
                    log.warning("part pauses", name=name, error_type=type(error).__name__, retry_in_s=1)
                    stop.wait(1.0)
                    continue
                log.error("part crashed", name=name, exc_info=True)
                crashed.set()
                stop.set()

    return run


def _bound(loop: Loop, context: Context) -> Callable[[], None]:
    return lambda: loop(context)


def _not_ready(consumer: Consumer, work: Mapping[str, object], stop: threading.Event) -> list[str]:
    if stop.is_set():
        return ["stopping"]
    if "consume" in work and consumer.trouble is not None:
        return [consumer.trouble]
    if "consume" in work and not consumer.is_assigned:
        return ["no partitions assigned yet"]
    return []
