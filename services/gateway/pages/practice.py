"""The practice admin's checklist from nothing to the first consultation link: team, hours, licences, rooms, sender."""

from collections.abc import Mapping
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.context import settings
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, send, wrong
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, Part, gather
from services.gateway.pages.people import options, staff_names
from shared.web.context import current_actor, transaction

_WEEKDAYS = frozenset("0123456")


@bp.get("/practice")
def show_practice() -> Response:
    return setup_page()


@bp.post("/practice/sender")
def set_sender() -> Response:
    wanted = {"display_name": request.form.get("sender", "").strip()}
    return _after(
        send(
            "notify",
            "PUT",
            "sender",
            wanted,
            etag=request.form.get("version", ""),
            names={"display_name": "sender"},
        )
    )


@bp.post("/practice/rooms")
def add_room() -> Response:
    wanted = {"name": request.form.get("room", "").strip(), "kind": request.form.get("room_kind", "talk")}
    return _after(send("sessions", "POST", "rooms", wanted, names={"name": "room", "kind": "room_kind"}))


@bp.post("/practice/hours")
def add_hours() -> Response:
    """The same hours on each weekday that is ticked: a rule each."""
    form = request.form
    sent = Sent()
    for weekday in form.getlist("weekday"):
        rule = {
            "weekday": int(weekday) if weekday in _WEEKDAYS else -1,
            "from_time": form.get("from_time", ""),
            "until_time": form.get("until_time", ""),
            "zone": _zone(),
        }
        sent = send(
            "sessions", "POST", f"practitioners/{_whose()}/availability", rule, step=f"hours {weekday}"
        )
        if not sent.is_done:
            break
    return _after(sent)


@bp.post("/practice/licences")
def add_licence() -> Response:
    wanted = {
        name: request.form.get(name, "").strip()
        for name in ("profession", "jurisdiction", "valid_from", "valid_until")
    }
    return _after(send("sessions", "POST", f"practitioners/{_whose()}/licences", wanted))


def steps(practitioners: Part, rooms: Part, sender: Part) -> Mapping[str, bool]:
    """What there is already of all that the first consultation needs, in the order in which it is set up."""
    return {
        "clinician": any(one["roles"] for one in practitioners.items),
        "licence": any(one["licences"] for one in practitioners.items),
        "hours": any(one["availability"] for one in practitioners.items),
        "room": bool(rooms.items),
        "sender": bool(sender.data and sender.data["display_name"]),
    }


def _after(sent: Sent) -> Response:
    if not sent.is_done:
        return setup_page(422 if sent.errors else 409, sent)
    return make_response(redirect("/practice", 303))


def setup_page(status: int = 200, sent: Sent | None = None) -> Response:
    """The checklist; with what is wrong with a form of it."""
    parts = gather(
        practitioners=Ask("sessions", "practitioners"),
        rooms=Ask("sessions", "rooms"),
        sender=Ask("notify", "sender"),
    )
    with transaction() as db:
        slug = queries.practice_view(db, current_actor().practice_id)["slug"]
        look = queries.look(db)
    names = staff_names()
    return page(
        "practice/setup.html",
        status,
        steps=steps(parts["practitioners"], parts["rooms"], parts["sender"]),
        look=look,
        link=f"{settings().public_url}/p/{slug}",
        names=names,
        practitioner_options=options(
            {one["person_id"]: names.get(one["person_id"], "") for one in parts["practitioners"].items}
        ),
        **parts,
        **wrong(sent),
    )


def _zone() -> str:
    with transaction() as db:
        return str(queries.practice_view(db, current_actor().practice_id)["zone"])


def _whose() -> UUID:
    """The practitioner that the form names; nobody's id where it names none."""
    try:
        return UUID(request.form.get("practitioner", ""))
    except ValueError:
        return UUID(int=0)
