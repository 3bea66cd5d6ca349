"""Contact points and the messages handed over whole: only the gateway's own calls come here."""

from typing import Any

from flask import current_app

from services.notify.commands import contacts, messages
from services.notify.queries import views
from services.notify.routes import bp
from services.notify.schemas import ContactView, MessageView, SendMessage, StoreContact
from shared.web.context import now
from shared.web.idempotency import once


@bp.post("/contacts")
@bp.arguments(StoreContact)
@bp.response(201, ContactView)
def store_contact(body: dict[str, Any]) -> Any:
    """Keep an address; whoever needs it elsewhere keeps only its id."""
    return once(lambda db: contacts.store_contact(db, **body, now=now(db)), show=views.stored_contact)


@bp.post("/messages")
@bp.arguments(SendMessage)
@bp.response(201, MessageView)
def send_message(body: dict[str, Any]) -> Any:
    """Hand over a message with a link, to be mailed at once."""
    public_url = current_app.extensions["attune_settings"].public_url
    return once(
        lambda db: messages.send_message(
            db, contact_id=body["contact_id"], link=body["link"], public_url=public_url, now=now(db)
        ),
        show=views.handed_in,
    )
