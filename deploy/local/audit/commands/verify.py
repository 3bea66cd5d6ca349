"""`attune audit verify`: whether the chains still are what was sealed."""

from datetime import timedelta
from pathlib import Path

import click

from deploy.local.audit.trusted import trusted_keys
from deploy.local.errors import UserError
from deploy.local.events.access import Access
from deploy.local.events.options import reaching
from deploy.local.events.output import Output
from shared.audit import reading
from shared.audit.outside import LineDamaged, OutsideFile
from shared.audit.signing import Checkpoint, Keys
from shared.audit.verifying import Verdict, verify
from shared.clock import utcnow
from shared.path.dead_letters.replaying import WORKER
from shared.path.operating.words import many
from shared.settings import SERVICES

_LATE = timedelta(seconds=60)


@click.command(short_help="Was anything changed, taken out or put in?")
@click.option(
    "--service", "services", multiple=True, type=click.Choice(SERVICES), help="Only this one. Repeatable."
)
@click.option("--folder", type=click.Path(path_type=Path), help="Copies of the checkpoints kept elsewhere.")
@click.option("--key", "keys", multiple=True, type=click.Path(path_type=Path),
              help="A public key to trust instead of the platform's own. Repeatable.")  # fmt: skip
@reaching
def command(
    services: tuple[str, ...], folder: Path | None, keys: tuple[Path, ...], *, access: Access, out: Output
) -> int:
    """Walk each chain and hold it against its checkpoints, in the database and outside.

    Exit code 0: everything is as it was sealed. 1: something is not; a line each says what and from which row on.
    """
    trusted = trusted_keys(access, keys)
    place = folder or access.audit_folder
    if place is None:
        raise UserError("ATTUNE_AUDIT_FOLDER is not set here: name the folder of checkpoints with --folder")
    is_sound = True
    for service in access.only(services):
        is_sound &= _of_service(service, access, OutsideFile(place, service), trusted, out)
    out.row("verdict", is_sound=is_sound)
    return 0 if is_sound else 1


def _of_service(service: str, access: Access, file: OutsideFile, keys: Keys, out: Output) -> bool:
    complaints: list[str] = []
    outside = _read(file, complaints)
    with access.database(service) as database, database.transaction(WORKER) as db:
        waiting = reading.waiting(db)
        checkpoints = reading.checkpoints(db)
        verdict = verify(
            service, reading.links(db), checkpoints, outside, keys, copied=lambda: _read(file, [])
        )
    late = waiting.oldest_at is not None and utcnow() - waiting.oldest_at > _LATE
    if late:
        wait = "row waits" if waiting.rows == 1 else "rows wait"
        complaints.append(
            f"{waiting.rows:,} {wait} to be sealed for longer than a minute: does the worker run?"
        )
    _print(service, verdict, waiting.rows, complaints, out)
    return verdict.is_sound and not complaints


def _read(file: OutsideFile, complaints: list[str]) -> list[Checkpoint]:
    """The checkpoints outside. A line that is none is a complaint, and so is a file that can't be read."""
    try:
        return file.read()
    except LineDamaged as error:
        complaints.append(f"line {error.number} of {file.path} is no checkpoint: the file was changed")
    except OSError as error:
        complaints.append(f"{file.path} can't be read: {error.strerror}")
    return []


def _print(service: str, verdict: Verdict, waiting: int, complaints: list[str], out: Output) -> None:
    out.row(
        "chain", service=service, rows=verdict.rows, checkpoints=verdict.checkpoints, outside=verdict.outside,
        signed_up_to=verdict.signed_up_to, waiting=waiting, is_sound=verdict.is_sound and not complaints,
    )  # fmt: skip
    for one in verdict.findings:
        out.row("finding", service=service, problem=one.problem, sequence=one.sequence, text=one.text)
    for text in complaints:
        out.row("finding", service=service, problem="complaint", sequence=None, text=text)
    if verdict.is_sound and not complaints:
        end = f"signed up to row {verdict.signed_up_to:,}" if verdict.signed_up_to else "nothing signed yet"
        out.say(f"{service:<13}{many(verdict.rows, 'row')} as sealed; {end}")
    for text in [*(one.text for one in verdict.findings), *complaints]:
        out.say(f"{service:<13}! {text}")
