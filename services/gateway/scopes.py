"""What a key of a practice may do: the one table from scope to routes, and what is for no key, with the reason.

A key acts as the practice's front desk, so a scope can only narrow what that may. A route that stands in neither
table is closed to keys; a test says so until somebody decides.
"""

from collections.abc import Collection, Mapping

from services.gateway.api_routes import ApiRoute, route


def _routes(*named: str) -> tuple[ApiRoute, ...]:
    return tuple(route(one) for one in named)


SCOPES: Mapping[str, tuple[ApiRoute, ...]] = {
    "couples:read": _routes("GET intake/couples", "GET intake/couples/{couple_id}"),
    "couples:write": _routes("POST intake/couples", "PUT intake/couples/{couple_id}/care-team"),
    "enquiries:read": _routes("GET intake/enquiries"),
    "bookings:read": _routes("GET sessions/bookings", "GET sessions/bookings/{session_id}"),
    "bookings:write": _routes(
        "POST sessions/bookings",
        "POST sessions/bookings/{session_id}/cancel",
        "POST sessions/consultations",
    ),
    "calendar:read": _routes(
        "GET sessions/practitioners", "GET sessions/rooms", "GET sessions/consultation-times"
    ),
    "deliveries:read": _routes("GET notify/deliveries"),
}

CLINICAL = "clinical: read and written by people who treat the couple"
ONES_OWN = "a person's own"
ADMINS_OWN = "set up by the practice's admin in person"
PART_OF_A_WHOLE = "one step of what the gateway composes: it takes a contact's id"
TELLS_TIME = "tells the time to whoever is signed in"

NOT_FOR_KEYS: Mapping[str, tuple[ApiRoute, ...]] = {
    CLINICAL: _routes(
        "* integration/couples/**",
        "* integration/safety-concerns",
        "* integration/safety-concerns/**",
        "* intake/couples/{couple_id}/partners/**",
        "* intake/couples/{couple_id}/readiness",
        "* intake/couples/{couple_id}/told",
        "* intake/couples/{couple_id}/confidentiality-policy",
        "* intake/couples/{couple_id}/break-glass",
        "* intake/couples/{couple_id}/conflict-marks",
        "* intake/couples/{couple_id}/conflict-marks/**",
        "* intake/break-glass",
        "* intake/break-glass/**",
        "* sessions/medicine-sessions",
        "* sessions/medicine-sessions/**",
        "POST sessions/bookings/{session_id}/complete",
        "* notify/alerts",
        "* notify/alerts/**",
    ),
    ONES_OWN: _routes("* intake/me/**", "* sessions/me/**", "* integration/me/**", "* notify/me/**"),
    ADMINS_OWN: _routes(
        "POST sessions/practitioners/**", "POST sessions/rooms", "GET notify/sender", "PUT notify/sender"
    ),
    PART_OF_A_WHOLE: _routes("POST intake/enquiries"),
    TELLS_TIME: _routes(
        "GET intake/clock", "GET sessions/clock", "GET integration/clock", "GET notify/clock"
    ),
}


def may(scopes: Collection[str], method: str, path: str) -> bool:
    """Whether a key with these scopes may make this request; `path` without /api/v1/."""
    return any(one.fits(method, path) for scope in scopes for one in SCOPES.get(scope, ()))


def scope_of(wanted: ApiRoute) -> str | None:
    """The scope that opens a route; None: it is for no key."""
    return next((scope for scope, routes in SCOPES.items() if wanted in routes), None)
