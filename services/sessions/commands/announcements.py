"""Records changes of public states: what partners will see, and from when."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from services.sessions.domain.public_state import PublicState
from services.sessions.models import PublicChange


def announce(db: Session, session_id: UUID, state: PublicState, *, released_at: datetime) -> None:
    """Change the public state from `released_at` on. The session's row is locked or new."""
    last = db.scalar(select(func.max(PublicChange.number)).where(PublicChange.session_id == session_id))
    db.add(PublicChange(session_id=session_id, number=(last or 0) + 1, state=state, released_at=released_at))
    db.flush()
