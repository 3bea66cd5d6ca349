"""One couple for its care team: the gate, the consents, readiness, both partners' time. The desk sees names alone."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.pages import bp
from services.gateway.pages.care import (
    care_page,
    is_clinician,
    order,
    partners_of,
    place,
    span,
    what_is_wrong,
)
from services.gateway.pages.forms import Sent
from services.gateway.pages.parts import Ask, Part, gather
from services.gateway.pages.timeline import timeline
from shared.errors import NotFound
from shared.web.context import current_actor

_SEEN = timedelta(days=60)
_AHEAD = ("planned", "held", "confirmed", "in_progress")
_MOST_GATES = 3


@bp.get("/couples/<uuid:couple_id>")
def show_couple(couple_id: UUID) -> Response:
    try:
        return overview(couple_id)
    except NotFound:
        if not is_clinician():
            raise
    # The same page for a couple that one doesn't treat and for none: it tells neither that there is one.
    response = care_page("not_treating.html", couple_id=couple_id)
    response.status_code = NotFound.status
    return response


def overview(couple_id: UUID, *, wrong: Mapping[str, Any] | None = None) -> Response:
    """The page, or what came back of one of its forms. Raises NotFound."""
    here = place()
    asked = {
        "couple": Ask("intake", f"couples/{couple_id}", is_main=True),
        "policy": Ask("intake", f"couples/{couple_id}/confidentiality-policy"),
        "past": Ask("sessions", "bookings", span(here.now - _SEEN, here.now)),
        "ahead": Ask("sessions", "bookings", span(here.now, here.now + _SEEN)),
    }
    if is_clinician():
        asked |= {
            "readiness": Ask("intake", f"couples/{couple_id}/readiness"),
            "told": Ask("intake", f"couples/{couple_id}/told"),
            "journal": Ask("integration", f"couples/{couple_id}/told"),
            "journeys": Ask("integration", f"couples/{couple_id}/journeys"),
            "concerns": Ask("integration", "safety-concerns", {"limit": "100"}),
        }
    parts = gather(**asked)
    couple = parts["couple"].data
    partners = partners_of(couple)
    sessions = [one for one in (*parts["past"].items, *parts["ahead"].items) if _is_of(one, couple_id)]
    concerns = _of_couple(parts.get("concerns"), couple_id)
    gates = _gates(sessions) if is_clinician() else []
    return care_page(
        "couple.html",
        wrong=wrong,
        now=here.now,
        couple=couple,
        partners=partners,
        is_treating=str(current_actor().person_id) in couple["practitioner_ids"],
        gates=[one for one in gates if one["state"] in _AHEAD],
        consents=gates,
        programme=gates[-1]["programme"] if gates else None,
        concerns=concerns,
        alone=_told_alone(parts, partners, concerns),
        rows=timeline(partners, here, sessions, gates, parts, concerns),
        **{name: parts.get(name, Part()) for name in _PASSED},
    )


_PASSED = ("policy", "past", "ahead", "readiness", "journeys", "told", "journal")


@bp.post("/couples/<uuid:couple_id>/confidentiality")
def change_confidentiality(couple_id: UUID) -> Response:
    path = f"couples/{couple_id}/confidentiality-policy"
    return _done(
        couple_id, order("intake", "PUT", path, {"policy": request.form.get("policy", "")}, etag=_etag())
    )


def _done(couple_id: UUID, sent: Sent) -> Response:
    if not sent.is_done:
        return overview(couple_id, wrong=what_is_wrong(sent))
    return make_response(redirect(f"/couples/{couple_id}", 303))


def _etag() -> str:
    """What the page that the form stands on had read."""
    version = request.form.get("version", "")
    return f'"{version if version.isdecimal() else 0}"'


def _gates(sessions: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The couple's latest medicine sessions with gate and consents, where the reader may see them."""
    medicine = [one for one in sessions if one["kind"] == "medicine" and one["state"] != "cancelled"]
    asked = {
        f"m{number}": Ask("sessions", f"medicine-sessions/{one['session_id']}")
        for number, one in enumerate(medicine[-_MOST_GATES:])
    }
    return [part.data for part in gather(**asked).values() if part.data is not None]


def _told_alone(
    parts: Mapping[str, Any], partners: Sequence[Mapping[str, Any]], concerns: Sequence[Any]
) -> list[dict[str, Any]]:
    """Per partner, what the care team knows and the other partner does not: that there is something, not what."""
    found = []
    for one in partners:
        mine: list[Mapping[str, Any]] = [
            *_of_person(parts.get("told"), one["id"]),
            *_of_person(parts.get("journal"), one["id"]),
        ]
        alone = [told for told in mine if not told["is_released"]]
        worries = [told for told in concerns if told["person_id"] == one["id"]]
        if mine or worries:
            found.append({**one, "is_alone": bool(alone), "concerns": worries, "has_words": bool(mine)})
    return found


def _of_person(part: Part | None, person_id: str) -> list[Mapping[str, Any]]:
    return [one for one in part.items if one["person_id"] == person_id] if part is not None else []


def _of_couple(part: Part | None, couple_id: UUID) -> list[Any]:
    return [one for one in part.items if one["couple_id"] == str(couple_id)] if part is not None else []


def _is_of(one: Mapping[str, Any], couple_id: UUID) -> bool:
    return bool(one["couple_id"] == str(couple_id))
