"""The signed-in person's own inbox."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.commands import messages
from services.notify.models import Delivery
from services.notify.queries import views
from services.notify.routes import bp
from services.notify.schemas import InboxMessageView, InboxView, PageQuery
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once
from shared.web.paging import page
from shared.web.schemas import Nothing


@bp.get("/me/inbox")
@bp.arguments(PageQuery, location="query")
@bp.response(200, InboxView)
def list_inbox(query: dict[str, Any]) -> Any:
    """The signed-in person's own inbox, newest first."""
    with transaction() as db:
        me = current_actor().person_id
        by = (Delivery.created_at, Delivery.id)
        found = page(db, views.inbox_of(me), by=by, newest_first=True, **query)
        return {**found, "items": views.inbox_messages(db, me, found["items"])}


@bp.post("/me/inbox/<uuid:message_id>/read")
@bp.arguments(Nothing)
@bp.response(201, InboxMessageView)
def read_message(_: dict[str, Any], message_id: UUID) -> Any:
    """Mark one's own message as read."""
    return once(lambda db: messages.mark_read(views.delivery(db, message_id)), show=_message)


def _message(db: Session, message_id: UUID) -> dict[str, Any]:
    (message,) = views.inbox_messages(db, current_actor().person_id, [views.delivery(db, message_id)])
    return message
