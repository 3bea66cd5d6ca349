"""The command `attune doctor`."""

from collections.abc import Iterator
from pathlib import Path

import click

from deploy.local.doctor.checks import CHECKS
from deploy.local.doctor.finding import Finding, Level, fail, ok
from deploy.local.doctor.place import Place, place_of
from deploy.local.errors import UserError
from deploy.local.events.output import Output
from shared.settings import SettingsError
from shared.telemetry import logs

_MARKS = {Level.OK: "✓", Level.WARN: "!", Level.FAIL: "✗"}


@click.command(short_help="Look whether everything is as it must be, and what to do.")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR",
              help="Data folder of `attune up`. Default: a worker's settings, $ATTUNE_DATA, .attune")  # fmt: skip
@click.option("--database-url", metavar="URL", envvar="ATTUNE_ADMIN_DATABASE_URL",
              help="The PostgreSQL that `attune up` was given, if it was.")  # fmt: skip
@click.option("--kafka", metavar="HOST:PORT", help="The Kafka that `attune up` was given, if it was.")
@click.option("--smtp", metavar="URL", help="The mail server to look at. Default: $ATTUNE_SMTP_URL")
@click.option("--json", "is_json", is_flag=True, help="One JSON object per line.")
def doctor(
    data: Path | None, database_url: str | None, kafka: str | None, smtp: str | None, is_json: bool
) -> int:
    """Look at configuration, databases, roles, event log, clock, mail, keys, erasures, audit and disk.

    Changes and sends nothing, shows nothing private. Exit code 0: nothing fails (there may be warnings). 1: something
    does; each line says what, and below it what to do.
    """
    logs.configure(service="platform", process="doctor", level="critical")
    findings = list(look(data, database_url, kafka, smtp))
    show(findings, Output(is_json=is_json))
    return 1 if any(one.level is Level.FAIL for one in findings) else 0


def look(
    data: Path | None, database_url: str | None, kafka: str | None, smtp: str | None
) -> Iterator[Finding]:
    """Everything that is found. A check that breaks is a finding too, and stops no other."""
    try:
        place = place_of(data, database_url, kafka, smtp)
    except (UserError, SettingsError) as error:
        said, _, do = str(error).partition(": ")
        yield fail("configuration", said, do or "mend that, then look again: nothing else could be looked at")
        return
    yield ok("configuration", "settings and keys are all there")
    try:
        yield from of(place)
    finally:
        place.access.close()


def of(place: Place) -> Iterator[Finding]:
    """Every check of one place."""
    for name, check in CHECKS.items():
        try:
            yield from check(place)
        except Exception as error:  # without its words: they may quote a row
            yield fail(
                name, f"this could not be looked at ({type(error).__name__})", "tell who maintains Attune"
            )


def show(findings: list[Finding], out: Output) -> None:
    before = ""
    for one in findings:
        out.row("finding", check=one.check, level=one.level, says=one.says, do=one.do or None)
        name, before = (one.check if one.check != before else ""), one.check
        out.say(f"{_MARKS[one.level]} {name:<14}{one.says}")
        if one.do:
            out.say(f"  {'':<14}→ {one.do}")
    bad = sum(one.level is Level.FAIL for one in findings)
    odd = sum(one.level is Level.WARN for one in findings)
    out.row("verdict", failed=bad, warned=odd)
    out.say("", "Everything is as it must be." if not bad + odd else f"{bad} to mend now, {odd} to look at.")
