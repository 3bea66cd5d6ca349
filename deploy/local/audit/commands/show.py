"""`attune audit show --about ID`: who looked at this person's data, and by what right."""

from uuid import UUID

import click

from deploy.local.events.access import Access
from deploy.local.events.options import reaching
from deploy.local.events.output import Output
from shared.audit.reading import Seen, looks_at
from shared.ids import NIL
from shared.path.dead_letters.replaying import WORKER
from shared.path.operating.tags import Tags
from shared.path.operating.words import clock_time


@click.command(short_help="Who looked at this person's data?")
@click.option("--about", required=True, type=click.UUID, help="Id of the person, or of the couple.")
@reaching
def command(about: UUID, *, access: Access, out: Output) -> int:
    """List every look at and change of this person's data, in every service, oldest first.

    Ids are short tags: equal ids have equal tags. Exit code 0: there are some. 1: there are none.
    """
    tags = Tags(access.event_key)
    found: list[tuple[str, Seen]] = []
    for service in access.services:
        with access.database(service) as database, database.transaction(WORKER) as db:
            found += [(service, one) for one in looks_at(db, about)]
    found.sort(key=lambda pair: pair[1].at)
    for service, one in found:
        out.row(
            "look", at=one.at, service=service, actor=_who(tags, one), roles=one.roles, act=one.act,
            record_kind=one.kind, record=_tag(tags, one.record_id), relation=one.relation, route=one.route,
        )  # fmt: skip
    if not found:
        out.say(f"Nobody looked at data of {tags.of_id(about)} in {', '.join(access.services)}.")
        return 1
    out.table(
        ("WHEN", "SERVICE", "WHO", "ROLES", "ACT", "OF", "RECORD", "BY WHAT RIGHT"),
        [
            (clock_time(one.at), service, _who(tags, one), one.roles, one.act, one.kind,
             _tag(tags, one.record_id) or "-", one.relation)
            for service, one in found
        ],
    )  # fmt: skip
    return 0


def _who(tags: Tags, one: Seen) -> str:
    return one.roles if one.actor_id == NIL else tags.of_id(one.actor_id)


def _tag(tags: Tags, record_id: UUID | None) -> str | None:
    return None if record_id is None else tags.of_id(record_id)
