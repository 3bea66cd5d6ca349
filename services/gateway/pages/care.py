"""What the care team's pages have in common: who people are, when it is, and how a form comes back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask import Response

from services.gateway.pages import care_words
from services.gateway.pages.forms import Sent, send
from services.gateway.pages.forms import wrong as wrong_of
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Part
from services.gateway.pages.people import staff_names
from shared.db.practice import current_practice
from shared.web.actor import CLINICIANS, DESK
from shared.web.context import current_actor, now, transaction

SHAPES = ("circle", "diamond")
NOTHING_WRONG: Mapping[str, Any] = {"errors": {}, "problem": "", "typed": None}

_FIRST, _LAST = date(2000, 1, 1), date(2199, 12, 31)


@dataclass(frozen=True)
class Place:
    """The practice's time: what a page calls now and today."""

    now: datetime
    zone: str

    def day(self, typed: str) -> date:
        """A date from an address; what is none, or none that a calendar here has, means today."""
        try:
            asked = date.fromisoformat(typed)
        except ValueError:
            asked = date.min
        return asked if _FIRST <= asked <= _LAST else self.now.astimezone(ZoneInfo(self.zone)).date()

    def bounds(self, day: date) -> tuple[datetime, datetime]:
        """Its first moment and that of the day after, however long a change of the clocks makes it."""
        here = ZoneInfo(self.zone)
        return datetime.combine(day, time(), here), datetime.combine(day + timedelta(days=1), time(), here)

    def moment(self, typed: str) -> str:
        """A local date and time from a form as RFC 3339; what is neither goes on as it was typed.

        In the hour that a clock shows twice the first one is meant.
        """
        try:
            return datetime.fromisoformat(typed).replace(tzinfo=ZoneInfo(self.zone)).isoformat()
        except ValueError:
            return typed

    def end_of(self, typed: str) -> str:
        """The last minute of a local date from a form; what is no date goes on as it was typed."""
        try:
            day = datetime.fromisoformat(typed).date()
        except ValueError:
            return typed
        return datetime.combine(day, time(23, 59), ZoneInfo(self.zone)).isoformat()


def span(start: datetime, until: datetime) -> dict[str, str]:
    """For a question to a service: from then until then."""
    return {"from": start.isoformat(), "until": until.isoformat()}


def place() -> Place:
    with transaction() as db:
        return Place(now(db), current_practice(db).zone)


def partners_of(couple: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The partners of a couple with the shape of each: the first a circle, the second a diamond."""
    return [
        {"id": one["person_id"], "name": one["display_name"], "state": one["state"], "shape": shape}
        for one, shape in zip(couple["partners"], SHAPES, strict=False)
    ]


def couples_by_id(part: Part) -> dict[str, list[dict[str, Any]]]:
    """The partners of each couple of a list."""
    return {one["couple_id"]: partners_of(one) for one in part.items}


def others(partners: Sequence[Mapping[str, Any]], person_id: str) -> str:
    """The name of the other partner; empty where there is none."""
    return next((str(one["name"]) for one in partners if one["id"] != person_id), "")


def is_clinician() -> bool:
    return bool(current_actor().roles & CLINICIANS)


def is_desk() -> bool:
    return bool(current_actor().roles & DESK)


def order(service: str, method: str, path: str, body: Mapping[str, Any], *, etag: str | None = None) -> Sent:
    """`send` that takes each different thing asked for as a new one: a page has several forms, and people go back.

    The same thing asked for twice from one page still counts once. Raises NotFound.
    """
    return send(service, method, path, body, etag=etag, step=f"{path} {body}")


def what_is_wrong(sent: Sent) -> dict[str, Any]:
    """For the page that a form comes back on: the sentences, and what was typed."""
    return {**wrong_of(sent), "code": sent.code}


def care_page(template: str, *, wrong: Mapping[str, Any] | None = None, **values: Any) -> Response:
    """A page of the care team; with `wrong` it is a form's that was not done."""
    known = {"say": care_words, "staff": staff_names(), "is_clinician": is_clinician(), "is_desk": is_desk()}
    status = 200 if wrong is None else 422
    return page(f"care/{template}", status, **{**NOTHING_WRONG, **known, **values, **(wrong or {})})
