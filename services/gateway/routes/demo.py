"""What only a demo offers: signing in with one tap, a clock that moves, a mailbox to look into."""

from typing import Any

import httpx
from flask import Response

from services.gateway import queries
from services.gateway.ceremonies import signing_in as ceremonies
from services.gateway.commands import practices
from services.gateway.context import (
    database,
    mailbox,
    practice_of_slug,
    upstream,
)
from services.gateway.names import learn_missing_names, nameless
from services.gateway.problems import DemoMailboxAbsent
from services.gateway.routes import bp
from services.gateway.routes.signing_in import signed_in
from services.gateway.schemas import (
    DemoQuery,
    ForwardClock,
    MailboxQuery,
    PeopleView,
    PracticeClockView,
    SettlingClockView,
    SignInToDemo,
    SignInView,
)
from shared.db.practice import current_practice
from shared.db.tenancy import Scope
from shared.errors import NotFound, Problem, Unavailable
from shared.ids import NIL
from shared.web.actor import PUBLIC
from shared.web.context import admit_by_role, current_actor, transaction
from shared.web.idempotency import once


@bp.post("/demo/sign-in")
@bp.arguments(SignInToDemo)
@bp.response(201, SignInView)
def sign_in_to_demo(body: dict[str, Any]) -> Any:
    """Sign in as somebody of a demo practice."""
    return ceremonies.sign_in_to_demo(signed_in, **body)


@bp.get("/demo/people")
@bp.arguments(DemoQuery, location="query")
@bp.response(200, PeopleView)
def list_demo_people(query: dict[str, Any]) -> Any:
    """Everybody one can sign in as in a demo practice."""
    admit_by_role()
    return {"items": demo_people(query["practice"])}


def demo_people(slug: str) -> list[Any]:
    """Everybody one can sign in as in a demo practice. Raises NotFound for any other practice."""
    practice_id = practice_of_slug(slug)
    if practice_id is None:
        raise NotFound
    with database().transaction(Scope(practice_id, NIL, PUBLIC)) as db:
        if not current_practice(db).is_demo:
            raise NotFound
    learn_missing_names(practice_id, nameless(practice_id))
    with database().transaction(Scope(practice_id, NIL, PUBLIC)) as db:
        return queries.people(db)


@bp.post("/demo/clock")
@bp.arguments(ForwardClock)
@bp.response(201, PracticeClockView)
def forward_clock(body: dict[str, Any]) -> Any:
    """Move a demo practice's clock ahead."""
    return once(lambda db: practices.forward_clock(db, **body), show=queries.clock_view)


@bp.get("/demo/clock")
@bp.response(200, SettlingClockView)
def show_clock() -> Any:
    """The practice's time, and whether all services have learned of it."""
    with transaction() as db:
        view = queries.clock_view(db)
    offsets = {name: _offset_at(name) for name in upstream().names}
    settled = all(offset == view["offset_s"] for offset in offsets.values())
    return {**view, "services": offsets, "is_settled": settled}


def _offset_at(service: str) -> int | None:
    """How far ahead a service believes this practice's clock to be; None when it can't say."""
    try:
        answer = upstream().call(service, "GET", "clock", actor=current_actor())
        return int(answer.json()["offset_s"]) if answer.status == 200 else None
    except (Problem, ValueError, KeyError, TypeError):
        return None


@bp.get("/demo/mailbox")
@bp.arguments(MailboxQuery, location="query")
@bp.response(200, description="`messages`, oldest first")
def show_mailbox(query: dict[str, Any]) -> Any:
    """What the demo's mail server took for one address."""
    admit_by_role()
    client = mailbox()
    if client is None:
        raise DemoMailboxAbsent
    try:
        answer = client.get("/messages", params={"to": query["to"]})
    except httpx.HTTPError:
        raise Unavailable from None
    if answer.status_code != 200:
        raise Unavailable
    return Response(answer.content, content_type="application/json")
