"""Cookies of the gateway: of this host alone, only over a secure channel, out of scripts' reach."""

from typing import Literal

from flask import Response

SameSite = Literal["Lax", "Strict"]


def keep(response: Response, name: str, value: str, *, lasts_s: int, same_site: SameSite = "Lax") -> Response:
    """Give the browser a cookie. `name` begins with __Host-, so nobody else's host can set it."""
    response.set_cookie(
        name, value, max_age=lasts_s, path="/", secure=True, httponly=True, samesite=same_site
    )
    return response


def forget(response: Response, name: str, *, same_site: SameSite = "Lax") -> Response:
    """Take it back."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite=same_site)
    return response
