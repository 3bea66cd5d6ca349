"""`attune up`: from a data folder to a running platform, in the order in which each step needs the last."""

import socket
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from deploy.local import databases, herald, processes
from deploy.local.apart import run_apart
from deploy.local.data_folder import DataFolder
from deploy.local.errors import UserError
from deploy.local.events.output import warn
from deploy.local.keys import open_keys
from deploy.local.logfile import LogFile
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.programs import Programs
from deploy.local.progress import Progress
from deploy.local.sockets import bind_all
from deploy.local.supervisor import ProcessSpec, Supervisor, forked
from deploy.local.wiring import Wiring
from shared.environment import Environment
from shared.settings import SERVICES, traces_from_env
from shared.telemetry import logs

KAFKA_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Options:
    """What the person asked for."""

    data: Path
    port: int = 8000
    demo: bool = True
    kafka: str | None = None
    database_url: str | None = None
    verbose: bool = False


def up(options: Options, programs: Programs) -> int:
    """Run the platform until it is told to stop; the exit code. Raises UserError when it can't start."""
    traces = traces_from_env(Environment())
    progress = Progress()
    with ExitStack() as stack:
        folder = DataFolder(options.data)
        stack.callback(folder.close)
        keys = open_keys(folder.keys, may_make=folder.is_new)
        folder.stamp()
        sockets = bind_all(options.port, with_mail=options.demo)
        stack.callback(sockets.close)
        if options.kafka:
            with progress.step(f"Asking Kafka at {options.kafka}"):
                _reach_kafka(options.kafka, programs)
        postgres = None
        if options.database_url is None:
            postgres = EmbeddedPostgres(folder.postgres)
            with progress.step("Starting PostgreSQL"):
                postgres.start()
            stack.callback(postgres.stop)
        wiring = Wiring(
            keys=keys,
            sockets=sockets,
            admin_url=options.database_url or postgres.admin_url,  # type: ignore[union-attr]
            kafka=options.kafka,
            data=folder.root,
            audit_folder=folder.audit,
            traces=traces,
        )
        with progress.step("Loading the services"):
            programs.load()
        with progress.step("Preparing the databases"):
            ours = postgres is not None
            run_apart("the databases can't be prepared", partial(_prepare, wiring, programs, ours))
        log = LogFile(folder.log, is_shown=options.verbose)
        logs.configure(service="platform", process="supervisor", stream=log.stream)
        specs = processes.specs(programs, wiring, folder, log, postgres)
        announce = partial(herald.announce, programs, wiring, demo=options.demo, log_name=log.name)
        specs.append(ProcessSpec(name="herald", begin=forked(announce), is_task=True))
        supervisor = Supervisor(
            specs,
            on_change=lambda pids: folder.list_processes(processes.listing(sockets, pids)),
            housekeeping=log.limit,
        )
        return supervisor.run()


def _prepare(wiring: Wiring, programs: Programs, is_ours_alone: bool) -> None:
    """Databases, roles and migrations. Runs in a process of its own."""
    with_events = wiring.kafka is None
    databases.prepare(
        wiring.admin_url, wiring.keys.password, is_ours_alone=is_ours_alone, with_events=with_events
    )
    for service in SERVICES:
        programs.migrate(service, wiring.database_url(service, "owner"))
        if again := programs.open_vault(wiring.settings(service)):
            warn(f"the database of {service} came from a copy: {again} erasures were applied again")
    if with_events:
        programs.create_event_log(wiring.event_log_url)
    else:
        programs.check_drained(
            wiring.admin_url, {name: wiring.database_url(name, "worker") for name in SERVICES}
        )


def _reach_kafka(servers: str, programs: Programs) -> None:
    """Raises UserError unless a Kafka answers at one of `servers` within KAFKA_S."""
    silent = UserError(f"Kafka at {servers} does not answer: start it, or leave --kafka out")
    if not any(_accepts(server) for server in servers.split(",")):
        raise silent
    try:
        run_apart("Kafka", lambda: programs.reach_event_log(f"kafka://{servers}"), patience_s=KAFKA_S)
    except UserError as error:
        raise silent from error


def _accepts(server: str) -> bool:
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), timeout=2):
            return True
    except (OSError, ValueError):
        return False
