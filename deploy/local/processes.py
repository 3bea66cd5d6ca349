"""The processes of the platform: what each runs, and in which order they stop."""

import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial

from deploy.local import mailbox
from deploy.local.data_folder import DataFolder, RunningProcess
from deploy.local.linux import die_with_parent
from deploy.local.logfile import LogFile
from deploy.local.postgres import EmbeddedPostgres
from deploy.local.programs import Programs
from deploy.local.sockets import Sockets, url_of
from deploy.local.supervisor import ProcessSpec, forked
from deploy.local.wiring import Wiring
from shared import clock
from shared.settings import SERVICES, Settings
from shared.telemetry import logs

WEB, WORKER, MAIL, DATABASE = range(4)  # stages: nobody is asked after those it would ask have gone


def run_web(programs: Programs, settings: Settings, sockets: Sockets) -> None:
    """The body of a service's web process."""
    from shared.web.serve import serve

    logs.configure(service=settings.service, process=f"{settings.service}-web", level=settings.log_level)
    clock.be_off(f"{settings.service}-web")
    listen, internal = sockets.of_web(settings.service), sockets.web_internal[settings.service]
    sockets.close_all_but([*listen, internal])
    serve(
        lambda: programs.create_app(settings.of_web()),
        listen=listen,
        threads=settings.web_threads,
        internal=internal,
        on_fork=die_with_parent,  # gunicorn's worker must not outlive its arbiter
    )


def run_worker(programs: Programs, settings: Settings, sockets: Sockets) -> None:
    """The body of a service's worker process."""
    logs.configure(service=settings.service, process=f"{settings.service}-worker", level=settings.log_level)
    clock.be_off(f"{settings.service}-worker")
    internal = sockets.worker_internal[settings.service]
    sockets.close_all_but([internal])
    sys.exit(programs.run_worker(settings, internal, None))


def run_mail(sockets: Sockets, folder: DataFolder) -> None:
    """The body of the demo's mail server."""
    logs.configure(service="mail", process="mail")
    assert sockets.smtp is not None
    assert sockets.mailbox is not None
    sockets.close_all_but([sockets.smtp, sockets.mailbox])
    mailbox.run(sockets.smtp, sockets.mailbox, folder.mail)


def specs(
    programs: Programs,
    wiring: Wiring,
    folder: DataFolder,
    log: LogFile,
    postgres: EmbeddedPostgres | None,
) -> list[ProcessSpec]:
    """Every process to keep running."""
    sockets = wiring.sockets
    made: list[ProcessSpec] = []

    def add(name: str, stage: int, run: Callable[[], None]) -> None:
        made.append(ProcessSpec(name=name, stage=stage, begin=forked(log.taking_output(run))))

    if postgres is not None:
        made.append(
            ProcessSpec(
                name="postgres",
                begin=partial(_begin_postgres, postgres),
                pid=postgres.pid,
                stage=DATABASE,
                stop_signal=signal.SIGINT,
                kill_signal=signal.SIGQUIT,
            )
        )
    if sockets.smtp is not None:
        add("mail", MAIL, partial(run_mail, sockets, folder))
    for service in SERVICES:
        settings = wiring.settings(service)
        add(f"{service}-web", WEB, partial(run_web, programs, settings, sockets))
        add(f"{service}-worker", WORKER, partial(run_worker, programs, settings, sockets))
    return made


def listing(sockets: Sockets, pids: dict[str, int]) -> Sequence[RunningProcess]:
    """What run/processes.json says about the processes that run."""
    return [_entry(sockets, name, pid) for name, pid in sorted(pids.items())]


def _entry(sockets: Sockets, name: str, pid: int) -> RunningProcess:
    service, _, kind = name.partition("-")
    if kind == "web":
        url = url_of(sockets.of_web(service)[0])
        internal = url_of(sockets.web_internal[service])
        return RunningProcess(name=name, kind=kind, service=service, pid=pid, url=url, internal_url=internal)
    if kind == "worker":
        internal = url_of(sockets.worker_internal[service])
        return RunningProcess(name=name, kind=kind, service=service, pid=pid, internal_url=internal)
    if name == "mail" and sockets.mailbox is not None:
        return RunningProcess(name=name, kind="mail", service=None, pid=pid, url=url_of(sockets.mailbox))
    return RunningProcess(name=name, kind="database", service=None, pid=pid)


def _begin_postgres(postgres: EmbeddedPostgres) -> int:
    postgres.start()
    return postgres.pid
