"""How people may sign in to the practice: passwords for partners or none, and its OpenID provider."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.gateway import queries
from services.gateway.commands.openid import set_provider
from services.gateway.commands.passwords import allow_passwords
from services.gateway.context import openid, real_now
from services.gateway.routes import bp
from services.gateway.sign_in_schemas import AllowPasswords, SetOpenIdProvider, SignInSettingsView
from shared.db.tenancy import practice_of
from shared.web.context import transaction
from shared.web.idempotency import once, request_key


@bp.get("/practice/sign-in")
@bp.response(200, SignInSettingsView)
def show_sign_in_settings() -> Any:
    """How people may sign in to this practice."""
    with transaction() as db:
        return _settings(db)


@bp.post("/practice/sign-in/passwords")
@bp.arguments(AllowPasswords)
@bp.response(200, SignInSettingsView)
def allow_passwords_of_partners(body: dict[str, Any]) -> Any:
    """Take passwords of partners, or none."""
    return once(lambda db: allow_passwords(db, **body), show=_settings)


@bp.post("/practice/sign-in/openid-provider")
@bp.arguments(SetOpenIdProvider)
@bp.response(201, SignInSettingsView)
def set_openid_provider(body: dict[str, Any]) -> Any:
    """Let these roles sign in at the practice's own provider, which must answer now."""
    request_key()  # before anybody else is asked
    openid().endpoints(body["issuer"])
    return once(lambda db: set_provider(db, **body, at=real_now()), show=_settings)


def _settings(db: Session, _: UUID | None = None) -> dict[str, Any]:
    """`comes_back_to` is what a provider must know before anybody is sent there: its redirect URI."""
    return {**queries.sign_in_settings(db), "comes_back_to": openid().comes_back_to(practice_of(db))}
