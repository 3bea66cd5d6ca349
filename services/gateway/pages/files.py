"""Style sheets, scripts, letters and icons: each under an address with its hash, so browsers may keep it."""

import hashlib
from functools import cache
from pathlib import Path

from flask import Response, send_from_directory

from services.gateway.pages import bp

STATIC = Path(__file__).parent.parent / "static"
KEPT = "public, max-age=31536000, immutable"


@bp.get("/static/<path:name>")
def static(name: str) -> Response:
    response = send_from_directory(STATIC, name)
    response.headers["Cache-Control"] = KEPT
    return response


@cache
def address_of(name: str) -> str:
    """The address of a file; another content is another address."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?v={digest}"
