"""A new couple, and what is missing from whom: logins, invitations, the care team."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway import queries
from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.forms import Sent, attempt, send, wrong
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.people import options, staff_names
from services.gateway.routes.invitations import invite_by_mail
from shared.web.context import now, transaction


@bp.get("/desk/couples/new")
def show_new_couple() -> Response:
    return _new()


@bp.post("/desk/couples/new")
def create_couple() -> Response:
    form = request.form
    names = [form.get("first", "").strip(), form.get("second", "").strip()]
    body: dict[str, Any] = {
        "partners": [{"display_name": name} for name in names if name or name is names[0]],
        "enquiry_id": form.get("enquiry") or None,
        "confidentiality_policy": form.get("policy", "discretion"),
    }
    sent = send(
        "intake", "POST", "couples", body, names={"partners": "first", "confidentiality_policy": "policy"}
    )
    if not sent.is_done:
        return _new(422 if sent.errors else 409, sent)
    return make_response(redirect(f"/desk/couples/{sent.data['couple_id']}", 303))


@bp.get("/desk/couples/<uuid:couple_id>")
def show_missing(couple_id: UUID) -> Response:
    return _missing(couple_id)


@bp.post("/desk/couples/<uuid:couple_id>/invite/<uuid:person_id>")
def invite_partner(couple_id: UUID, person_id: UUID) -> Response:
    email = request.form.get("email", "").strip()
    sent = attempt(lambda: invite_by_mail(person_id=person_id, email=email), names={"address": "email"})
    if not sent.is_done:
        return _missing(couple_id, 422, sent, wrong_for=person_id)
    return make_response(redirect(f"/desk/couples/{couple_id}", 303))


@bp.post("/desk/couples/<uuid:couple_id>/care-team")
def set_care_team(couple_id: UUID) -> Response:
    wanted = {"practitioner_ids": request.form.getlist("practitioner")}
    sent = send(
        "intake", "PUT", f"couples/{couple_id}/care-team", wanted, etag=request.form.get("version", "")
    )
    if not sent.is_done:
        return _missing(couple_id, 409, sent)
    return make_response(redirect(f"/desk/couples/{couple_id}", 303))


def _new(status: int = 200, sent: Sent | None = None) -> Response:
    texts = page_texts(language())
    policies = [
        (name, texts[f"policy_{name}"], texts[f"policy_{name}_hint"]) for name in ("discretion", "no_secrets")
    ]
    enquiry = request.values.get("enquiry", "")
    return page(
        "desk/new_couple.html",
        status,
        policies=policies,
        enquiry=enquiry,
        enquirer=_enquirer(enquiry),
        **wrong(sent),
    )


def _enquirer(enquiry_id: str) -> str:
    """Who sent the enquiry, if it is one of the newest: asked for here, so that no address holds a name."""
    if not enquiry_id:
        return ""
    newest = gather(enquiries=Ask("intake", "enquiries", query={"limit": "100"}))["enquiries"].items
    return next((str(one["display_name"]) for one in newest if one["enquiry_id"] == enquiry_id), "")


def _missing(
    couple_id: UUID, status: int = 200, sent: Sent | None = None, *, wrong_for: UUID | None = None
) -> Response:
    parts = gather(
        couple=Ask("intake", f"couples/{couple_id}", is_main=True, may_be_down=sent is not None),
        practitioners=Ask("sessions", "practitioners"),
    )
    couple = parts["couple"]
    # While intake is down: of whom the form was, with what was typed.
    partners = [{"person_id": str(wrong_for), "display_name": ""}] if couple.is_down and wrong_for else []
    partners = partners if couple.is_down else couple.data["partners"]
    people = [one["person_id"] for one in partners]
    with transaction() as db:
        logins = {one for one in people if queries.find_account(db, UUID(one)) is not None}
        invited = {str(one.person_id) for one in db.scalars(queries.open_invitations(now(db)))}
    names = staff_names()
    return page(
        "desk/missing.html",
        status,
        couple_id=couple_id,
        partners=partners,
        logins=logins,
        invited=invited,
        wrong_for=str(wrong_for),
        names=names,
        practitioner_options=options(
            {one["person_id"]: names.get(one["person_id"], "") for one in parts["practitioners"].items}
        ),
        **parts,
        **wrong(sent),
    )
