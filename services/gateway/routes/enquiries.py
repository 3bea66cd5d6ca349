"""A practice's public door: the enquiry and the free consultation."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import Response

from services.gateway.composing import ask, store_address
from services.gateway.context import enter_by_slug, limit
from services.gateway.routes import bp
from services.gateway.schemas import BookConsultation, EnquiryView, ReceiveEnquiry, TimesQuery
from services.gateway.upstream import Answer
from shared.web.context import admit_by_role
from shared.web.idempotency import request_key


@bp.post("/p/<string:slug>/enquiries")
@bp.arguments(ReceiveEnquiry)
@bp.response(201, EnquiryView)
def receive_enquiry(body: dict[str, Any], slug: str) -> Any:
    """Ask a practice for the free consultation."""
    _enter(slug)
    limit("enquiry")
    request_key()
    contact_id = store_address(body["email"])
    enquiry = {"contact_id": str(contact_id), "display_name": body["display_name"]}
    return ask("intake", "POST", "enquiries", body=enquiry, step="enquiry").json()


@bp.get("/p/<string:slug>/consultation-times")
@bp.arguments(TimesQuery, location="query")
@bp.response(200, description="As sessions offers them")
def list_consultation_times(query: dict[str, date | None], slug: str) -> Any:
    """Times at which the practice offers a free consultation: some of one day, or the earliest."""
    _enter(slug)
    limit("times")
    asked = {name: day.isoformat() for name, day in query.items() if day}
    return _as_it_is(ask("sessions", "GET", "consultation-times", query=asked))


@bp.post("/p/<string:slug>/enquiries/<uuid:enquiry_id>/consultation")
@bp.arguments(BookConsultation)
@bp.response(201, description="As sessions booked it")
def book_consultation(body: dict[str, Any], slug: str, enquiry_id: UUID) -> Any:
    """Book the one free consultation of an enquiry."""
    _enter(slug)
    limit("enquiry")
    wanted = {"enquiry_id": str(enquiry_id), "starts_at": body["starts_at"].isoformat()}
    return _as_it_is(ask("sessions", "POST", "consultations", body=wanted, step="consultation"))


def _enter(slug: str) -> None:
    enter_by_slug(slug)
    admit_by_role()


def _as_it_is(answer: Answer) -> Response:
    return Response(answer.body, answer.status, content_type=answer.headers.get("Content-Type"))
