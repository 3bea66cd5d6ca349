"""`attune events dead-letters`: what was put aside, by cause first, then one by one. No content, no traceback."""

from collections.abc import Sequence
from datetime import datetime

import click

from deploy.local.events.access import Access
from deploy.local.events.options import REVEAL, SERVICES_ARGUMENT, asking, reaching, reveal
from deploy.local.events.output import Output
from shared.clock import utcnow
from shared.path.dead_letters.kept import Kept, keep
from shared.path.dead_letters.letters import REASONS, Letter, every_letter
from shared.path.dead_letters.replaying import WORKER
from shared.path.dead_letters.wanted import Wanted
from shared.path.operating.tags import Tags
from shared.path.operating.type_names import short_type
from shared.path.operating.words import age, clock_time, many


@click.command(short_help="What was put aside, and why.")
@SERVICES_ARGUMENT
@click.option("--waiting/--all", "is_waiting", default=True, show_default=True,
              help="All: also those that were replayed, and what was forged or unreadable.")  # fmt: skip
@click.option(
    "--type", "wanted", metavar="GLOB", help="Only these: SessionBooked, session_*, attune.intake.*"
)
@click.option(
    "--reason", type=click.Choice(REASONS), help="Only these. `parked` are behind another of their key."
)
@click.option(
    "--limit", type=click.IntRange(0), default=20, show_default=True, help="List so many per service."
)
@REVEAL
@asking(is_required=False)
@reaching
def command(
    services: tuple[str, ...],
    is_waiting: bool,
    wanted: str | None,
    reason: str | None,
    limit: int,
    reveal_ids: bool,
    by: str | None,
    because: str | None,
    *,
    access: Access,
    out: Output,
) -> int:
    """Show the events that services put aside: causes in groups, then letters (parked ones with --reason parked).

    Exit code 0 whether something waits or not; `attune events lag` tells by its code.
    """
    chosen = access.only(services)
    if reveal_ids:
        reveal(access, chosen, by, because, command="dead-letters", type=wanted, reason=reason)
    tags = Tags(access.event_key, reveal=reveal_ids)
    kept = []
    for service in chosen:
        with access.database(service) as database, database.transaction(WORKER) as db:
            letters = every_letter(db)
        kept.append(keep(service, letters, Wanted(type=wanted, reason=reason), is_waiting=is_waiting))
    _say_groups(out, kept)
    for one in kept:
        for letter in one.shown if out.is_json else one.shown[-limit:] if limit else []:
            _show(out, one, letter, tags)
        if not out.is_json and len(one.shown) > limit:
            out.say(
                f"… the newest {limit} of {many(len(one.shown), 'letter')} of {one.service} (--limit)", ""
            )
    _say_next(out, kept)
    return 0


def _say_groups(out: Output, kept: Sequence[Kept]) -> None:
    rows = []
    for one in kept:
        groups: dict[tuple[str | None, str, str | None], list[Letter]] = {}
        for letter in one.causes:
            groups.setdefault((letter.type, letter.reason, letter.error_type), []).append(letter)
        for (event_type, reason, error), letters in groups.items():
            keys = {letter.order_key for letter in letters}
            behind = sum(one.parked[key] for key in keys)
            oldest = min(letter.put_aside_at for letter in letters)
            out.row(
                "group", service=one.service, type=event_type, reason=reason, error_type=error,
                count=len(letters), keys=len(keys), parked_behind=behind, oldest_at=oldest,
                oldest_age_s=_age_s(oldest),
            )  # fmt: skip
            name, why = short_type(event_type), f"{reason} {error}" if error else reason
            rows.append((one.service, name, why, len(letters), len(keys), behind, age(_age_s(oldest))))
    if rows:
        out.table(("SERVICE", "EVENT", "WHY", "COUNT", "KEYS", "PARKED", "OLDEST"), rows)
        out.say()


def _show(out: Output, kept: Kept, letter: Letter, tags: Tags) -> None:
    behind = kept.parked_behind(letter)
    key = tags.of_key(letter.key)
    out.row(
        "letter", service=kept.service, id=letter.id, event_id=letter.event_id, type=letter.type,
        practice_id=letter.practice_id, owner=letter.topic.removeprefix("attune."), partition=letter.partition,
        offset=letter.offset, key=key, reason=letter.reason, error_type=letter.error_type,
        put_aside_at=letter.put_aside_at, age_s=_age_s(letter.put_aside_at), parked_behind=behind,
        state=letter.state, replayed_at=letter.replayed_at, replayed_by=letter.replayed_by,
    )  # fmt: skip
    if out.is_json:
        return
    why = f"{letter.reason}: {letter.error_type}" if letter.error_type else letter.reason
    out.say(f"#{letter.id}  {kept.service}  {short_type(letter.type)}  {why}")
    since = f"  since {clock_time(letter.put_aside_at)} ({age(_age_s(letter.put_aside_at))})"
    out.say(f"{since}, {many(behind, 'event')} parked behind it" if behind else since)
    if letter.event_id is not None:
        out.say(f"  event {letter.event_id}  key {key}")
        out.say(f"  practice {letter.practice_id}")
    out.say(f"  lay at {letter.topic.removeprefix('attune.')}[{letter.partition}] offset {letter.offset}")
    if letter.replayed_at is not None:
        out.say(f"  replayed {clock_time(letter.replayed_at)} by {letter.replayed_by}")
    elif letter.is_evidence:
        out.say("  kept as evidence: never applied, nothing waits behind it")
    out.say()


def _say_next(out: Output, kept: Sequence[Kept]) -> None:
    stuck = [one for one in kept if one.causes]
    if not stuck:
        out.say("Nothing waits." if not any(one.shown for one in kept) else "Nothing else waits.")
    if evidence := sum(one.evidence for one in kept):
        out.say(
            f"{many(evidence, 'record')} forged or unreadable: evidence, never applied (--all lists them)."
        )
    for one in stuck:
        first = one.causes[0]
        out.say(
            f"More of one:  attune events show {first.event_id}",
            f"Would it work: attune events replay {one.service} --id {first.id} --dry-run",
        )


def _age_s(moment: datetime) -> float:
    return max(0.0, (utcnow() - moment).total_seconds())
