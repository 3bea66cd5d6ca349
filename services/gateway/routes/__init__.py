"""Gateway's HTTP interface, under /api/v1. Routes only translate."""

from flask_smorest import Blueprint

bp = Blueprint("gateway", __name__, url_prefix="/api/v1", description="Practices, sign-in, invitations")

from services.gateway.routes import (  # noqa: E402  (registers its routes on bp)
    demo,
    enquiries,
    invitations,
    keys,
    look,
    means,
    openid,
    own_sign_ins,
    practices,
    recovery,
    sign_in_settings,
    sign_ins,
    signing_in,
    staff,
)

__all__ = [
    "bp",
    "demo",
    "enquiries",
    "invitations",
    "keys",
    "look",
    "means",
    "openid",
    "own_sign_ins",
    "practices",
    "recovery",
    "sign_in_settings",
    "sign_ins",
    "signing_in",
    "staff",
]
