"""Pure rules of the gateway: how long a sign-in lives, what state an invitation is in, what a slug looks like."""

import re
from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv6Address, ip_address, ip_network
from urllib.parse import urlsplit

IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
SEEN_STEP = timedelta(seconds=60)
"""A sign-in's last use is written at most this often; it may therefore end that much before IDLE."""
INVITATION_LASTS = timedelta(days=7)
OPERATOR_IDLE = timedelta(minutes=15)
OPERATOR_LONGEST = timedelta(hours=8)
LONGEST_KEY_DAYS = 366
SECRET_SHOWN = timedelta(minutes=5)
"""How long the same request shows a new key's secret again: its answer may have been lost on the way."""
SETTING_UP_LASTS = timedelta(hours=1)
"""How long somebody who followed a link may take to set up a first means of sign-in."""
PROOF_LASTS = timedelta(minutes=15)
"""How long after a means of sign-in was shown private answers are given without asking for it again."""
CHALLENGE_LASTS = timedelta(minutes=5)
RECOVERY_ASKED_LASTS = timedelta(minutes=30)
RECOVERY_LINK_LASTS = timedelta(hours=24)
LEAST_PASSWORD, MOST_PASSWORD = 12, 200
FURTHEST_CLOCK_S = 50 * 366 * 86400

SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{1,61}[a-z0-9])")
_SEGMENT = r"(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+"
_PATH = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")
_IN_A_QUERY = re.compile(rb"[\x21-\x7e]*")
_IN_A_HEADER = re.compile(r"[\t\x20-\x7e]*")
NEVER_FORWARDED = {"notify": frozenset({"contacts", "messages"})}
"""Nouns that only the gateway's own composed calls may reach: they take addresses and secrets."""
OF_OPERATORS = "ops"
"""The noun in every service that only the gateway's pages for operators reach."""


class InvitationState(StrEnum):
    """Where an invitation stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REPLACED = "replaced"
    EXPIRED = "expired"


class ProvedBy(StrEnum):
    """By what somebody showed last that it is them."""

    DEMO = "demo"  # one tap, which only a demo practice takes
    LINK = "link"  # a link that was sent to them
    PASSKEY = "passkey"
    ONE_TIME_PASSWORD = "one_time_password"  # noqa: S105 - a name
    RECOVERY_CODE = "recovery_code"
    PASSWORD = "password"  # noqa: S105
    OPENID = "openid"


def is_proved(*, proved_at: datetime, proved_by: str, is_demo: bool, now: datetime) -> bool:
    """Whether a sign-in may see private answers now. In a demo practice the one tap is the proof, and stays it."""
    if is_demo:
        return True
    shown = proved_by not in (ProvedBy.DEMO, ProvedBy.LINK)
    return shown and now < proved_at + PROOF_LASTS


def is_sign_in_live(
    *, seen_at: datetime, ends_at: datetime, ended_at: datetime | None, now: datetime
) -> bool:
    """Whether a sign-in still counts at `now`, in real time: not signed out, not idle, not too old."""
    return ended_at is None and now < ends_at and now < seen_at + IDLE


def is_operator_live(
    *, seen_at: datetime, ends_at: datetime, ended_at: datetime | None, now: datetime
) -> bool:
    """The same for an operator's sign-in, which is shorter."""
    return ended_at is None and now < ends_at and now < seen_at + OPERATOR_IDLE


def is_key_live(*, expires_at: datetime, revoked_at: datetime | None, now: datetime) -> bool:
    """Whether a key still opens something at `now`, in real time."""
    return revoked_at is None and now < expires_at


def invitation_state(
    *, expires_at: datetime, accepted_at: datetime | None, replaced_at: datetime | None, now: datetime
) -> InvitationState:
    """An invitation's state at the practice's `now`."""
    if accepted_at is not None:
        return InvitationState.ACCEPTED
    if replaced_at is not None:
        return InvitationState.REPLACED
    return InvitationState.OPEN if now < expires_at else InvitationState.EXPIRED


def normal_address(address: str) -> str:
    """An address as it is compared: who types it in capitals means the same mailbox."""
    return address.strip().casefold()


def network_of(address: str) -> str:
    """What counts as one address: an IPv6 network of 64 bits, which is what one household or machine is given."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)


def may_be_forwarded(service: str, path: str) -> bool:
    """Whether a path below /api/v1/<service>/ is plain (no dots to climb, nothing odd) and not the gateway's own."""
    if not _PATH.fullmatch(path):
        return False
    return not stays_inside(service, path)


def stays_inside(service: str, path: str) -> bool:
    """Whether a path (or its template) below /api/v1/<service>/ is nothing for callers from outside."""
    noun = path.split("/", 1)[0]
    return noun == OF_OPERATORS or noun in NEVER_FORWARDED.get(service, frozenset())


def is_plain(*, query: bytes, headers: Iterable[str]) -> bool:
    """Whether a request's query and headers hold only bytes that HTTP is written in, and so can be sent on."""
    return _IN_A_QUERY.fullmatch(query) is not None and all(_IN_A_HEADER.fullmatch(one) for one in headers)


def is_from_our_own_page(*, fetch_site: str | None, origin: str | None, ours: frozenset[str]) -> bool:
    """Whether a browser's unsafe request came from a page of ours.

    `fetch_site` (Sec-Fetch-Site) decides where the browser sends it; else `origin` must be one of `ours`.
    With neither it is refused: a browser that sends a cookie with a form sends one of them.
    """
    if fetch_site is not None:
        return fetch_site == "same-origin"
    return origin is not None and origin in ours


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL, as a browser writes them in Origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def host_of(url: str) -> str:
    """The host of a URL, without its port."""
    return urlsplit(url).hostname or ""


def is_taken_from(password: str, address: str) -> bool:
    """Whether a password is hardly more than the address it goes with."""
    name = normal_address(address).partition("@")[0]
    return len(name) >= 4 and name in password.casefold() and len(password) < LEAST_PASSWORD + len(name)
