"""Who works for the practice."""

from typing import Any

from services.gateway import queries
from services.gateway.commands import accounts as commands
from services.gateway.composing import store_address
from services.gateway.context import real_now
from services.gateway.routes import bp
from services.gateway.schemas import JoinStaff, PeopleView, PersonView
from shared.web.context import transaction
from shared.web.idempotency import once


@bp.post("/staff")
@bp.arguments(JoinStaff)
@bp.response(201, PersonView)
def join_staff(body: dict[str, Any]) -> Any:
    """Let somebody work for the practice, in these roles."""
    contact_id = store_address(body["email"])
    roles = sorted(set(body["roles"]))
    return once(
        lambda db: commands.join_staff(
            db, display_name=body["display_name"], roles=roles, contact_id=contact_id, at=real_now()
        ),
        show=queries.account,
    )


@bp.get("/staff")
@bp.response(200, PeopleView)
def list_staff() -> Any:
    """Everybody who works for the practice."""
    with transaction() as db:
        return {"items": queries.staff(db)}
