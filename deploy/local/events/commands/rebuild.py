"""`attune events rebuild`: have an owner state again what is so, for a reader whose projections are wrong or new."""

import importlib
import time
from functools import partial

import click

from deploy.local.errors import UserError
from deploy.local.events.access import Access
from deploy.local.events.options import asking, reaching
from deploy.local.events.output import Output, warn
from shared.path.acts import Act, Operator, write_act
from shared.path.dead_letters.replaying import WORKER
from shared.path.rebuild import NothingToState, Progress, Rebuilt, is_applied, put_aside, rebuild, stated_for
from shared.path.snapshots import Snapshots
from shared.settings import SERVICES

_SAY_EVERY_S = 2.0
_LOOK_EVERY_S = 0.5


@click.command(short_help="Have an owner state again what is so, for one reader.")
@click.argument("reader", type=click.Choice(SERVICES), metavar="READER")
@click.option(
    "--from", "owner", type=click.Choice(SERVICES), required=True, help="Whose events. The gateway first."
)
@click.option(
    "--type", "types", multiple=True, metavar="NAME", help="Only this type of event. Can be repeated."
)
@click.option("--wait", "wait_s", type=click.IntRange(0), default=60, show_default=True, metavar="SECONDS",
              help="How long to wait until the reader has applied it.")  # fmt: skip
@asking(is_required=True)
@partial(reaching)
def command(
    reader: str,
    owner: str,
    types: tuple[str, ...],
    wait_s: int,
    by: str,
    because: str | None,
    *,
    access: Access,
    out: Output,
) -> int:
    """Rebuild READER's projections of the events of another service, while everything goes on.

    Nobody is told, alerted or booked a second time. What READER lost or got wrong comes back; rows that the owner
    knows nothing of stay. It may be interrupted and run again. Needs the owner's worker to run (its outbox is
    sent) and the reader's (it applies).

    Exit code 0: applied. 1: stated, but not applied yet; a line says what to look at.
    """
    snapshots = _snapshots(owner)
    try:
        stated_for(snapshots, reader, types or None)
    except NothingToState as error:
        raise UserError(str(error)) from error
    access.only((owner,))
    operator = Operator(by, because)
    asked = {"reader": reader, "types": sorted(types)}
    with access.database(owner) as database:
        with database.transaction(WORKER) as db:
            write_act(db, operator, Act.REBUILD_BEGUN, asked=asked)
        done = rebuild(
            database, snapshots, reader=reader, by=by, types=types or None, progress=_Telling(out, owner)
        )
        with database.transaction(WORKER) as db:
            write_act(db, operator, Act.REBUILD_ENDED, asked=asked, applied=done.stated)
    out.say(f"{owner} has stated {done.stated} events of {done.practices} practices for {reader}.")
    return _follow(access, out, owner, reader, done, wait_s)


def _follow(access: Access, out: Output, owner: str, reader: str, done: Rebuilt, wait_s: int) -> int:
    """Wait until the reader has applied it, as far as that can be seen from here."""
    if reader not in access.services:
        out.row(
            "rebuild",
            reader=reader,
            owner=owner,
            stated=done.stated,
            practices=done.practices,
            is_applied=None,
        )
        out.say(
            f"Whether {reader} has applied it can't be seen from here: run `attune events lag` in its worker."
        )
        return 0
    deadline = time.monotonic() + wait_s
    with access.database(reader) as database:
        while not (applied := is_applied(database, owner, done.since)) and time.monotonic() < deadline:
            time.sleep(_LOOK_EVERY_S)
        aside = put_aside(database, owner)
    out.row(
        "rebuild", reader=reader, owner=owner, stated=done.stated, practices=done.practices, is_applied=applied,
        put_aside=aside,
    )  # fmt: skip
    if applied:
        out.say(f"{reader} has applied all of it.")
        return 0
    if aside:
        warn(
            f"{aside} events of {owner} wait among {reader}'s dead letters: `attune events dead-letters {reader}`"
        )
    else:
        warn(
            f"{reader} has not applied all of it after {wait_s} s: `attune events lag {owner} {reader}` says why"
        )
    return 1


class _Telling:
    """Says now and then how far it is."""

    def __init__(self, out: Output, owner: str) -> None:
        self._out, self._owner = out, owner
        self._said_at = time.monotonic()

    def __call__(self, at: Progress) -> None:
        if time.monotonic() - self._said_at < _SAY_EVERY_S:
            return
        self._said_at = time.monotonic()
        self._out.row("progress", owner=self._owner, stated=at.stated, rows=at.rows, rows_in_all=at.rows_in_all,
                      practice=at.practice, practices=at.practices, is_waiting=at.is_waiting)  # fmt: skip
        waits = "; waiting for its relay to send what lies in the outbox" if at.is_waiting else ""
        self._out.say(
            f"{self._owner}: {at.rows} of about {at.rows_in_all} rows stated,"
            f" practice {at.practice} of {at.practices}{waits}"
        )


def _snapshots(owner: str) -> Snapshots:
    found: Snapshots = importlib.import_module(f"services.{owner}.worker").SPEC.snapshots
    return found
