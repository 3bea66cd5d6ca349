"""Enquiries."""

from typing import Any

from sqlalchemy import select

from services.intake.commands import care as commands
from services.intake.models import Enquiry
from services.intake.queries import care as queries
from services.intake.routes import bp
from services.intake.schemas import EnquiriesView, EnquiryView, PageQuery, ReceiveEnquiry
from shared.web.context import now, transaction
from shared.web.idempotency import once
from shared.web.paging import page


@bp.post("/enquiries")
@bp.arguments(ReceiveEnquiry)
@bp.response(201, EnquiryView)
def receive_enquiry(body: dict[str, Any]) -> Any:
    """Take an enquiry for the free consultation."""
    return once(lambda db: commands.receive_enquiry(db, **body, now=now(db)).id, show=queries.enquiry)


@bp.get("/enquiries")
@bp.arguments(PageQuery, location="query")
@bp.response(200, EnquiriesView)
def list_enquiries(query: dict[str, Any]) -> Any:
    """Enquiries, newest first."""
    with transaction() as db:
        return page(db, select(Enquiry), by=(Enquiry.received_at, Enquiry.id), newest_first=True, **query)
