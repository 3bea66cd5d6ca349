"""Keys by which a practice's own programs use the API."""

from functools import partial
from typing import Any
from uuid import UUID

from services.gateway import key_queries
from services.gateway.commands import keys as commands
from services.gateway.context import real_now, token_maker
from services.gateway.key_schemas import KeysView, KeyView, MadeKeyView, MakeKey
from services.gateway.routes import bp
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once
from shared.web.schemas import Nothing


@bp.post("/keys")
@bp.arguments(MakeKey)
@bp.response(201, MadeKeyView)
def make_key(body: dict[str, Any]) -> Any:
    """Make a key. Its secret is in this answer and nowhere else."""
    return make_once(**body)


@bp.get("/keys")
@bp.response(200, KeysView)
def list_keys() -> Any:
    """The practice's keys, newest first, without their secrets."""
    with transaction() as db:
        return {"items": key_queries.keys(db, at=real_now())}


@bp.post("/keys/<uuid:key_id>/revoke")
@bp.arguments(Nothing)
@bp.response(200, KeyView)
def revoke_key(_: dict[str, Any], key_id: UUID) -> Any:
    """Close a key, at once."""
    return revoke_once(key_id)


def make_once(*, name: str, scopes: list[str], lasts_days: int) -> Any:
    """A new key with its secret, at most once per Idempotency-Key."""
    tokens, at, by = token_maker(), real_now(), current_actor().person_id
    return once(
        lambda db: commands.make_key(
            db, name=name, scopes=scopes, lasts_days=lasts_days, made_by=by, tokens=tokens, at=at
        ),
        show=partial(key_queries.made_key, tokens=tokens, at=at),
    )


def revoke_once(key_id: UUID) -> Any:
    """The key, which opens nothing any more. Raises NotFound."""
    at, by = real_now(), current_actor().person_id
    return once(
        lambda db: commands.revoke_key(db, key_id=key_id, by=by, at=at), show=partial(key_queries.key, at=at)
    )
