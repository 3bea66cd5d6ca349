"""`attune events dead-letters`: what was put aside, by cause first, then one by one. No content, no traceback."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import click

from deploy.local.events.access import Access
from deploy.local.events.options import REVEAL, SERVICES_ARGUMENT, asking, reaching, reveal
from deploy.local.events.output import Output
from shared.clock import utcnow
from shared.path.dead_letters.letters import PARKED, REASONS, Key, Letter, every_letter
from shared.path.dead_letters.replaying import WORKER
from shared.path.dead_letters.wanted import Wanted
from shared.path.operating.tags import Tags
from shared.path.operating.type_names import short_type
from shared.path.operating.words import age, clock_time, many


@dataclass(frozen=True)
class _Kept:
    """One service's letters: those shown, and how many wait behind each key's cause."""

    service: str
    shown: Sequence[Letter]
    causes: Sequence[Letter]  # waiting, and not merely parked behind another
    parked: Counter[Key]
    evidence: int


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
        kept.append(_keep(service, letters, Wanted(type=wanted, reason=reason), is_waiting=is_waiting))
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


def _keep(service: str, letters: Sequence[Letter], wanted: Wanted, *, is_waiting: bool) -> _Kept:
    waiting = [letter for letter in letters if letter.is_waiting]
    own_fault = {letter.order_key for letter in waiting if letter.reason != PARKED}
    causes = [one for one in waiting if one.reason != PARKED or one.order_key not in own_fault]
    listed = letters if not is_waiting else waiting if wanted.reason == PARKED else causes
    return _Kept(
        service=service,
        shown=[letter for letter in listed if wanted.takes(letter)],
        causes=[letter for letter in causes if wanted.takes(letter)],
        parked=Counter(one.order_key for one in waiting if one.reason == PARKED),
        evidence=sum(letter.is_evidence for letter in letters),
    )


def _say_groups(out: Output, kept: Sequence[_Kept]) -> None:
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


def _show(out: Output, kept: _Kept, letter: Letter, tags: Tags) -> None:
    behind = kept.parked[letter.order_key] if letter in kept.causes else 0
    key = tags.of_key(letter.key)
    out.row(
        "letter", service=kept.service, id=letter.id, event_id=letter.event_id, type=letter.type,
        practice_id=letter.practice_id, owner=letter.topic.removeprefix("attune."), partition=letter.partition,
        offset=letter.offset, key=key, reason=letter.reason, error_type=letter.error_type,
        put_aside_at=letter.put_aside_at, age_s=_age_s(letter.put_aside_at), parked_behind=behind,
        state=_state(letter), replayed_at=letter.replayed_at, replayed_by=letter.replayed_by,
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


def _say_next(out: Output, kept: Sequence[_Kept]) -> None:
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


def _state(letter: Letter) -> str:
    if letter.is_evidence:
        return "evidence"
    return "replayed" if letter.replayed_at is not None else "waiting"


def _age_s(moment: datetime) -> float:
    return max(0.0, (utcnow() - moment).total_seconds())
