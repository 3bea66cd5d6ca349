"""The `attune` command.

Exit codes: 0 done, 1 failed with one line on standard error, 2 wrong usage, 130 interrupted.
"""

import importlib
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import cast

import click
import structlog

from deploy.installation.awaiting import await_
from deploy.installation.commands import databases, keys, mail
from deploy.local.audit import audit
from deploy.local.backup import commands as keeping
from deploy.local.doctor.command import doctor
from deploy.local.errors import UserError
from deploy.local.events import events
from deploy.local.linux import die_with_parent
from deploy.local.listening import listen
from deploy.local.programs import RealPrograms
from deploy.local.vault import vault
from shared import clock
from shared.settings import SERVICES, Settings, SettingsError, from_env, required_database_url
from shared.telemetry import logs

log = structlog.get_logger()
SERVICE = click.argument("service", type=click.Choice(SERVICES))


@click.group()
def attune() -> None:
    """Attune: a platform of services for group practices."""


@attune.command()
@click.option("--data", type=click.Path(path_type=Path), envvar="ATTUNE_DATA", default=Path(".attune"),
              show_default=True, help="Folder that keeps everything.")  # fmt: skip
@click.option("--port", type=click.IntRange(0, 65535), envvar="ATTUNE_PORT", default=8000, show_default=True,
              help="Port of the pages and the API.")  # fmt: skip
@click.option("--demo/--no-demo", default=True, show_default=True, help="A demo practice and a mail server.")
@click.option("--kafka", metavar="HOST:PORT", help="Use this Kafka instead of the embedded event log.")
@click.option("--database-url", metavar="URL", envvar="ATTUNE_ADMIN_DATABASE_URL",
              help="Use this PostgreSQL (a login that may create databases and roles).")  # fmt: skip
@click.option("--verbose", is_flag=True, help="Write the log to standard error, not to DATA/log/attune.log.")
def up(data: Path, port: int, demo: bool, kafka: str | None, database_url: str | None, verbose: bool) -> None:
    """Run the whole platform on this machine until Ctrl-C."""
    from deploy.local import platform

    options = platform.Options(
        data=data, port=port, demo=demo, kafka=kafka, database_url=database_url, verbose=verbose
    )
    sys.exit(platform.up(options, RealPrograms()))


@attune.command()
@SERVICE
@click.option("--bind", envvar="ATTUNE_BIND", default="0.0.0.0:8000", show_default=True)
@click.option("--internal-bind", envvar="ATTUNE_INTERNAL_BIND", default="0.0.0.0:9000", show_default=True)
def serve(service: str, bind: str, internal_bind: str) -> None:
    """Serve one service's HTTP API. Settings come from the environment."""
    from shared.web.serve import serve as serve_app

    settings = from_env(service)
    logs.configure(service=service, process=f"{service}-web", level=settings.log_level)
    clock.be_off(f"{service}-web")
    _open_vault(settings)
    serve_app(
        lambda: RealPrograms().create_app(settings.of_web()),
        listen=bind,
        threads=settings.web_threads,
        internal=listen(internal_bind),
        on_fork=die_with_parent,
    )


@attune.command()
@SERVICE
@click.option("--only", help="Parts to run, with commas: relay, consume, timers, seal. Default: all.")
@click.option("--internal-bind", envvar="ATTUNE_INTERNAL_BIND", default="0.0.0.0:9000", show_default=True)
def work(service: str, only: str | None, internal_bind: str) -> None:
    """Run one service's worker: outbox relay, event consumer, timers, sealer of the audit."""
    from shared.path.worker import PARTS

    parts = None if only is None else [part.strip() for part in only.split(",")]
    if wrong := set(parts or ()) - set(PARTS):
        raise click.BadParameter(f"there is no part {', '.join(sorted(wrong))}", param_hint="--only")
    settings = from_env(service)
    logs.configure(service=service, process=f"{service}-worker", level=settings.log_level)
    clock.be_off(f"{service}-worker")
    _open_vault(settings)
    sys.exit(RealPrograms().run_worker(settings, listen(internal_bind), parts))


@attune.command()
@SERVICE
def migrate(service: str) -> None:
    """Bring one service's database to this version, as its owner (ATTUNE_OWNER_DATABASE_URL, or …_FILE).

    Its password may be apart (ATTUNE_OWNER_DATABASE_PASSWORD, or …_FILE). Needs no other setting: whoever
    migrates need not hold the keys of the data.
    """
    RealPrograms().migrate(service, required_database_url("OWNER_DATABASE"))


@attune.command(
    add_help_option=False, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def journey(arguments: tuple[str, ...]) -> None:
    """Play a couple's whole way against a running platform, and check each effect."""
    command = cast(click.Command, importlib.import_module("deploy.local.journey").journey)
    code = command.main(args=list(arguments), prog_name="attune journey", standalone_mode=False)
    sys.exit(code if isinstance(code, int) else 0)


attune.add_command(keys)
attune.add_command(databases)
attune.add_command(await_)
attune.add_command(mail)
attune.add_command(events)
attune.add_command(vault)
attune.add_command(audit)
attune.add_command(keeping.backup)
attune.add_command(keeping.restore)
attune.add_command(doctor)


def main() -> None:
    """The entry point: failures that people can mend become one line, without a traceback."""
    signal.signal(signal.SIGTERM, _interrupt)  # until something installs its own: clean up as after Ctrl-C
    try:
        code = attune.main(standalone_mode=False)
    except (UserError, SettingsError) as error:
        sys.stderr.write(f"attune: {error}\n")
        code = 1
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    sys.exit(code if isinstance(code, int) else 0)


def _open_vault(settings: Settings) -> None:
    if again := RealPrograms().open_vault(settings):
        log.warning("erasures applied again: the database came from a copy", count=again)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
