"""`attune events replay`: apply what was put aside, in order per key, after its cause was mended."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

import click

from deploy.local.errors import UserError
from deploy.local.events.access import Access, handlers_of
from deploy.local.events.options import asking, reaching
from deploy.local.events.output import Output
from deploy.local.events.replay_words import Report
from shared.path.acts import Operator
from shared.path.dead_letters.letters import Letter, every_letter
from shared.path.dead_letters.rehearsing import Rehearsing
from shared.path.dead_letters.replaying import WORKER, Replaying
from shared.path.dead_letters.wanted import Wanted
from shared.path.operating.tags import Tags, is_tag
from shared.settings import SERVICES

REASONS = ("failed", "malformed", "unknown_type", "parked")


def _check(given: dict[str, Any]) -> None:
    is_some = any(given[name] for name in ("ids", "events", "key", "wanted", "reason"))
    if given["is_all"] == is_some:
        raise click.UsageError("say which: --all, or some of --id, --event, --key, --type, --reason")
    if given["by"] is None and not given["dry_run"]:
        raise click.UsageError(
            "a replay is written down: say who you are with --by (or try it with --dry-run)"
        )


@click.command(short_help="Apply what a service put aside, in order, once its cause is mended.")
@click.argument("service", type=click.Choice(SERVICES), metavar="SERVICE")
@click.option("--all", "is_all", is_flag=True, help="All that waits.")
@click.option("--id", "ids", type=int, multiple=True, metavar="N", help="This letter (#N). Can be repeated.")
@click.option(
    "--event", "events", type=click.UUID, multiple=True, metavar="EVENT_ID", help="The letter of this event."
)
@click.option("--key", help="All of this key: its tag (id-…) or the id itself.")
@click.option(
    "--type", "wanted", metavar="GLOB", help="All of these: SessionBooked, session_*, attune.intake.*"
)
@click.option("--reason", type=click.Choice(REASONS), help="All that were put aside for this.")
@click.option(
    "--dry-run", is_flag=True, help="Try it for real, tell what would come of it, and take it back."
)
@asking(is_required=False)
@partial(reaching, check=_check)
def command(
    service: str,
    is_all: bool,  # noqa: ARG001 - _check has seen that nothing narrows it
    ids: tuple[int, ...],
    events: tuple[UUID, ...],
    key: str | None,
    wanted: str | None,
    reason: str | None,
    dry_run: bool,
    by: str | None,
    because: str | None,
    *,
    access: Access,
    out: Output,
) -> int:
    """Apply what SERVICE put aside, with the handlers of this program: run it from the version that has the fix.

    Each letter has a transaction of its own. Within a key the order holds: nothing older is passed, and what was
    only parked follows by itself. The worker may run meanwhile, and so may other replays.

    Exit code 0: all that was asked for has been applied (or would be). 1: something still waits; a line says why.
    """
    access.only((service,))
    tags = Tags(access.event_key)
    with access.database(service) as database:
        with database.transaction(WORKER) as db:
            letters = every_letter(db)
        keys = frozenset() if key is None else frozenset({_key(key, letters, tags)})
        choice = Wanted(frozenset(ids), frozenset(events), keys, wanted, reason)
        report = Report(out, service, tags, is_rehearsal=dry_run)
        report.say_missing(letters, ids, events)
        if dry_run:
            for one in Rehearsing(database, handlers_of(service), access.event_key, choice).run():
                report.tell_all(one.outcomes, untried=one.untried)
        else:
            operator = Operator(by or "", because)
            run = Replaying(database, handlers_of(service), access.event_key, choice, operator, report.tell)
            try:
                run.run()
            except Exception:
                report.say_cut_short()
                raise
        report.say_sum()
    return 1 if report.waiting else 0


def _key(given: str, letters: Sequence[Letter], tags: Tags) -> bytes:
    """The key that is meant by its tag, or by itself. Raises UserError when no letter that waits has it."""
    for letter in letters:
        name = tags.of_key(letter.key) if is_tag(given) else letter.key.decode(errors="replace")
        if letter.is_waiting and name == given:
            return letter.key
    raise UserError(f"nothing that waits has the key {given if is_tag(given) else 'given'}")
