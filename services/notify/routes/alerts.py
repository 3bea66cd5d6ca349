"""Alerts to the care team."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.notify.commands import alerts
from services.notify.models import Alert
from services.notify.queries import climbs, views
from services.notify.routes import bp
from services.notify.schemas import AlertsView, AlertView, PageQuery
from shared.audit.looks import concerning
from shared.web.context import current_actor, now, transaction
from shared.web.idempotency import once
from shared.web.paging import page
from shared.web.schemas import Nothing


@bp.get("/alerts")
@bp.arguments(PageQuery, location="query")
@bp.response(200, AlertsView)
def list_alerts(query: dict[str, Any]) -> Any:
    """Alerts about couples one treats, or that climbed to one, newest first."""
    with transaction() as db:
        theirs = views.alerts_of(current_actor())
        found = page(db, theirs, by=(Alert.raised_at, Alert.id), newest_first=True, **query)
        for one in found["items"]:
            concerning(db, record_id=one.id, about_id=one.person_id or one.couple_id)
        return {**found, "items": climbs.alert_views(db, found["items"], now=now(db))}


@bp.post("/alerts/<uuid:alert_id>/acknowledge")
@bp.arguments(Nothing)
@bp.response(201, AlertView)
def acknowledge_alert(_: dict[str, Any], alert_id: UUID) -> Any:
    """Take up an alert: it climbs no further."""
    by = current_actor().person_id

    def show(db: Session, shown: UUID) -> Any:
        return climbs.alert_views(db, [views.alert(db, shown)], now=now(db))[0]

    return once(lambda db: alerts.acknowledge_alert(db, alert_id, by=by, now=now(db)), show=show)
