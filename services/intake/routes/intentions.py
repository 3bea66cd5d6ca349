"""Intentions: each partner's own words, and the snapshots they share."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.intake.commands import care as commands
from services.intake.domain import Part
from services.intake.models import IntentionPart
from services.intake.queries import care as queries
from services.intake.routes import bp
from services.intake.schemas import (
    IntentionPartView,
    IntentionView,
    ShownIntentionView,
    ShownPartView,
    WriteIntentionPart,
)
from shared.audit.looks import concerning
from shared.web.concurrency import check_if_match
from shared.web.context import current_actor, respond, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing

PART = f"<any({', '.join(Part)}):part>"


@bp.get("/me/intention")
@bp.response(200, IntentionView)
def show_own_intention() -> Any:
    """The signed-in partner's own intention, part by part."""
    with transaction() as db:
        return respond(queries.intention(db, current_actor().person_id))


@bp.put(f"/me/intention/parts/{PART}")
@bp.arguments(WriteIntentionPart)
@bp.response(200, IntentionPartView)
def write_intention_part(body: dict[str, Any], part: str) -> Any:
    """Write one part of one's own intention; nobody sees it until it is shared."""
    me, mine = current_actor().person_id, Part(part)
    with transaction() as db:
        written = commands.lock_intention_part(db, me, mine)
        check_if_match(written.version if written else 0, is_needed=written is not None)
        written = commands.write_intention_part(db, me, mine, **body)
        concerning(db, record_id=written.id)
        return respond(queries.intention_part(db, written.id))


@bp.post(f"/me/intention/parts/{PART}/share")
@bp.arguments(Nothing)
@bp.response(201, IntentionPartView)
def share_intention(_: dict[str, Any], part: str) -> Any:
    """Share one part, as it stands now, with the other partner."""
    me, mine = current_actor().person_id, Part(part)

    def share(db: Session) -> UUID:
        _check_it_is_what_was_previewed(commands.lock_intention_part(db, me, mine))
        return commands.share_intention(db, me, mine).id

    return once(share, show=queries.intention_part)


@bp.post(f"/me/intention/parts/{PART}/unshare")
@bp.arguments(Nothing)
@bp.response(201, IntentionPartView)
def unshare_intention(_: dict[str, Any], part: str) -> Any:
    """Take back what was shared of one part."""
    me, mine = current_actor().person_id, Part(part)
    return once(lambda db: commands.unshare_intention(db, me, mine).id, show=queries.intention_part)


@bp.get(f"/me/intention/preview/{PART}")
@bp.response(200, ShownPartView)
def preview_intention(part: str) -> Any:
    """What the other partner would see if this part were shared now."""
    with transaction() as db:
        return respond(queries.preview(db, current_actor().person_id, part))


@bp.get("/me/intention/shared")
@bp.response(200, ShownIntentionView)
def show_intention_as_shared() -> Any:
    """What the signed-in partner shares of their intention now, as the other partner sees it."""
    with transaction() as db:
        return respond(queries.intention_as_shared(db, current_actor().person_id))


@bp.get("/me/intention/from-partner")
@bp.response(200, ShownIntentionView)
def show_intention_from_partner() -> Any:
    """What the other partner has shared of their intention."""
    with transaction() as db:
        return respond(queries.intention_from_partner(db, current_actor().person_id))


def _check_it_is_what_was_previewed(written: IntentionPart | None) -> None:
    """If-Match is welcome here: words changed in another window since the preview are then not shared unseen."""
    if written is not None:
        check_if_match(written.version, is_needed=False)
