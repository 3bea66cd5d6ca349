"""Whether messages went out, for the office."""

from typing import Any

from services.notify.models import Delivery
from services.notify.queries import views
from services.notify.routes import bp
from services.notify.schemas import DeliveriesQuery, DeliveriesView
from shared.web.context import transaction
from shared.web.paging import page


@bp.get("/deliveries")
@bp.arguments(DeliveriesQuery, location="query")
@bp.response(200, DeliveriesView)
def list_deliveries(query: dict[str, Any]) -> Any:
    """Whether notices went out, by state, for the office."""
    state = query.pop("state")
    with transaction() as db:
        return page(
            db, views.deliveries(state), by=(Delivery.changed_at, Delivery.id), newest_first=True, **query
        )
