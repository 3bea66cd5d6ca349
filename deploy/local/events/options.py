"""Options that the commands share: which platform, which services, which form of output, who asks."""

import functools
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from deploy.local.errors import UserError
from deploy.local.events.access import Access, open_access
from deploy.local.events.output import Output
from shared.eventlog.interface import LogUnavailable
from shared.path.acts import REFERENCE, Act, Operator, write_act
from shared.path.dead_letters.replaying import WORKER
from shared.settings import SERVICES
from shared.telemetry import logs

Body = Callable[..., int]

SERVICES_ARGUMENT = click.argument("services", nargs=-1, type=click.Choice(SERVICES), metavar="[SERVICE]…")

_UNITS = {"s": 1, "m": 60, "min": 60, "h": 3600, "d": 86400}
_PERIOD = re.compile(r"(\d{1,6})\s*(s|min|m|h|d)")


Check = Callable[[dict[str, Any]], None]
"""Looks at what was given, before any platform is opened; raises UsageError."""


def reaching(body: Body, *, check: Check | None = None) -> Body:
    """A command that gets `access` and `out`. What it raises about the platform becomes one plain line."""

    @click.option("--data", type=click.Path(path_type=Path), metavar="DIR",
                  help="Data folder of `attune up`. Default: a worker's settings, $ATTUNE_DATA, .attune")  # fmt: skip
    @click.option("--database-url", metavar="URL", envvar="ATTUNE_ADMIN_DATABASE_URL",
                  help="The PostgreSQL that `attune up` was given, if it was.")  # fmt: skip
    @click.option("--kafka", metavar="HOST:PORT", help="The Kafka that `attune up` was given, if it was.")
    @click.option("--json", "is_json", is_flag=True, help="One JSON object per line.")
    @functools.wraps(body)
    def run(
        *args: Any, data: Path | None, database_url: str | None, kafka: str | None, is_json: bool, **kw: Any
    ) -> int:
        if kw.get("reveal_ids") and kw.get("by") is None:
            raise click.UsageError("--reveal-ids is written down: say who you are with --by")
        if check is not None:
            check(kw)
        logs.configure(service="platform", process="events", level="critical")  # results and one line, no log
        access = open_access(data, database_url, kafka)
        try:
            return body(*args, access=access, out=Output(is_json=is_json), **kw)
        except LogUnavailable as error:
            raise UserError(f"{log_down(access)} ({error})") from error
        finally:
            access.close()

    return run


def log_down(access: Access) -> str:
    """In words that fit where it is: a Kafka, or tables beside the services' own."""
    if access.log_url.startswith("kafka://"):
        return f"the Kafka at {access.log_url.removeprefix('kafka://')} does not answer"
    return "the event log's database does not answer"


def asking(*, is_required: bool) -> Callable[[Body], Body]:
    """A command that gets `by` and `because`, as they are written down."""

    def decorate(body: Body) -> Body:
        by = click.option("--by", metavar="NAME", required=is_required, callback=_name,
                          help="Who asks: your name or account. Written down.")  # fmt: skip
        because = click.option("--because", metavar="REF", callback=_reference,
                               help="Number of the incident or ticket. Written down; no sentences.")  # fmt: skip
        return by(because(body))

    return decorate


REVEAL = click.option("--reveal-ids", is_flag=True,
                      help="Show ids of people and couples, not tags. Needs --by; written down.")  # fmt: skip


def reveal(
    access: Access, services: tuple[str, ...], by: str | None, because: str | None, **asked: object
) -> None:
    """Write down, before anything is shown, who is about to see which ids: with each service that is asked."""
    operator = Operator(by or "", because)
    for service in [one for one in services if one in access.services] or access.services:
        with access.database(service) as database, database.transaction(WORKER) as db:
            write_act(db, operator, Act.IDS_REVEALED, asked=asked)


class Period(click.ParamType[timedelta]):
    """A duration such as 90s, 10m, 2h or 3d."""

    name = "period"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        if isinstance(value, timedelta):
            return value
        found = _PERIOD.fullmatch(str(value).strip().lower())
        if found is None:
            self.fail(f"{value!r} is not a period: write 90s, 10m, 2h or 3d", param, ctx)
        return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def _name(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not (0 < len(value.strip()) <= 64 and value.isprintable()):
        raise click.BadParameter("a name of 1 to 64 characters")
    return value.strip() if value else value


def _reference(_ctx: click.Context, _param: click.Parameter, value: str | None) -> str | None:
    if value is not None and not REFERENCE.fullmatch(value):
        raise click.BadParameter(
            "the number of an incident or ticket, such as INC-2041: no spaces, no sentence"
        )
    return value
