"""A partner's own consent to a medicine session."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.sessions.commands import consents as commands
from services.sessions.queries.consents import consent_view, own_consents
from services.sessions.routes import bp
from services.sessions.schemas.medicine_sessions import ConsentView, GiveConsent, OwnConsentsView
from shared.db.tenancy import once_committed
from shared.telemetry import metrics
from shared.web.context import current_actor, now, since_arrival, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.get("/me/medicine-sessions/<uuid:session_id>/consent")
@bp.response(200, ConsentView)
def show_my_consent(session_id: UUID) -> Any:
    """The signed-in partner's own consent and the text it is given to."""
    with transaction() as db:
        return consent_view(db, session_id, current_actor().person_id)


@bp.get("/me/consents")
@bp.response(200, OwnConsentsView)
def list_my_consents() -> Any:
    """All of the signed-in partner's own consents, each with what they did and when."""
    with transaction() as db:
        return {"items": own_consents(db, current_actor().person_id)}


@bp.post("/me/medicine-sessions/<uuid:session_id>/consent")
@bp.arguments(GiveConsent)
@bp.response(201, ConsentView)
def give_consent(body: dict[str, Any], session_id: UUID) -> Any:
    """Consent to the text of this version."""
    return _act(session_id, lambda db, me: commands.give_consent(db, session_id, me, **body, now=now(db)))


@bp.post("/me/medicine-sessions/<uuid:session_id>/reaffirm")
@bp.arguments(Nothing)
@bp.response(201, ConsentView)
def reaffirm_consent(_: dict[str, Any], session_id: UUID) -> Any:
    """Consent again on the day, before anything is taken."""
    return _act(session_id, lambda db, me: commands.reaffirm_consent(db, session_id, me, now=now(db)))


@bp.post("/me/medicine-sessions/<uuid:session_id>/withdraw")
@bp.arguments(Nothing)
@bp.response(201, ConsentView)
def withdraw_consent(_: dict[str, Any], session_id: UUID) -> Any:
    """Withdraw one's own consent, at any time and without a reason."""

    def withdraw(db: Session, me: UUID) -> None:
        commands.withdraw_consent(db, session_id, me, now=now(db))
        once_committed(db, lambda: metrics.withdrawal_hold_seconds.observe(since_arrival()))

    return _act(session_id, withdraw)


def _act(session_id: UUID, act: Callable[[Session, UUID], None]) -> Any:
    me = current_actor().person_id

    def command(db: Session) -> UUID:
        act(db, me)
        return session_id

    return once(command, show=lambda db, shown_id: consent_view(db, shown_id, me))
