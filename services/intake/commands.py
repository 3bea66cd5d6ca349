"""What intake does."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from services.intake.models import Enquiry
from shared.events.intake import EnquiryReceived
from shared.path import outbox


def receive_enquiry(db: Session, *, contact_id: UUID, display_name: str, now: datetime) -> Enquiry:
    """Keep an enquiry; the address lies in notify under `contact_id`."""
    enquiry = Enquiry(contact_id=contact_id, display_name=display_name, received_at=now)
    db.add(enquiry)
    db.flush()
    outbox.record(db, EnquiryReceived(enquiry_id=enquiry.id, contact_id=contact_id))
    return enquiry
