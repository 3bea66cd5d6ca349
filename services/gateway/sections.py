"""What a signed-in person sees on the plain page: a few lists, asked of the services with their own rights."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.gateway.context import upstream
from services.gateway.language import language
from shared.errors import Problem
from shared.web.actor import STAFF, Actor

Row = dict[str, Any]


def sections_for(actor: Actor, texts: Mapping[str, str]) -> list[dict[str, Any]]:
    """A partner's messages and sessions; a member of staff's couples. `rows` is None where it can't be had."""
    sections = []
    if actor.is_partner:
        inbox = _rows(actor, "notify", "me/inbox", _message)
        sessions = _rows(actor, "sessions", "me/sessions", lambda item: _session(item, texts))
        sections += [
            _section("inbox", "i-inbox", inbox, texts),
            _section("sessions", "i-door-open", sessions, texts),
        ]
    if actor.roles & STAFF:
        sections.append(_section("couples", "i-users", _rows(actor, "intake", "couples", _couple), texts))
    return sections


def _section(name: str, icon: str, rows: list[Row] | None, texts: Mapping[str, str]) -> dict[str, Any]:
    return {"heading": texts[name], "nothing": texts[f"{name}_nothing"], "icon": icon, "rows": rows}


def _rows(actor: Actor, service: str, path: str, row: Callable[[Any], Row]) -> list[Row] | None:
    try:
        headers = {"Accept-Language": language()}
        answer = upstream().call(service, "GET", path, actor=actor, headers=headers, is_repeatable=True)
        return [row(item) for item in answer.json()["items"]] if answer.status == 200 else None
    except (Problem, ValueError, KeyError, TypeError):
        return None


def _message(item: Any) -> Row:
    return {"words": item["text"], **_moment(item["received_at"], None)}


def _session(item: Any, texts: Mapping[str, str]) -> Row:
    kind = texts.get(f"kind_{item['kind']}", item["kind"])
    state = texts.get(f"state_{item['state']}", item["state"])
    return {"words": f"{kind}: {state}", **_moment(item["starts_at"], item["zone"])}


def _couple(item: Any) -> Row:
    return {"words": " · ".join(str(one["display_name"]) for one in item["partners"])}


def _moment(text: str | None, zone: str | None) -> Row:
    """A moment for reading, in its own place's time."""
    if text is None:
        return {}
    moment = datetime.fromisoformat(text)
    local = moment.astimezone(ZoneInfo(zone)) if zone else moment
    return {"at": moment.isoformat(), "when": f"{local:%Y-%m-%d %H:%M} {zone or 'UTC'}"}
