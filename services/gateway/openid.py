"""OpenID Connect as a client: authorization code with PKCE (S256), state, nonce; what comes back is checked whole.

An admin names the issuer, and this machine then calls it: only public https addresses are called, no redirect is
followed, little is read, and few calls go on at once, so that a slow provider does not take everybody's threads. (On
one's own machine, where the platform itself is at http://localhost, so may be the provider.)

Each practice has an address of its own to come back to (RFC 9700, 2.1.1 and 4.4): what one practice's provider sends
on to another's can't be finished at either.
"""

import hashlib
import hmac
import ipaddress
import json
import socket
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from services.gateway import domain
from services.gateway.problems import IssuerNotAllowed, ProviderNotThere, SignInRefused

log = structlog.get_logger()
_ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]
_LEEWAY_S = 60
_FRESH_S = 300
"""How long ago somebody who shows again that it is them may have signed in at their provider."""
_MOST_BYTES = 512 * 1024
_ANSWERS_S = 10.0
"""How long all of an answer may take to come."""
_AT_ONCE, _AT_ONCE_OF_ONE, _TURN_S = 4, 2, 1.0
"""Calls that may go on at the same time, those to one provider, and how long another waits for its turn."""
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_LEADS_INSIDE = tuple(
    ipaddress.ip_network(one) for one in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "::ffff:0:0/96")
)
"""Global by their looks, and on some networks the way to an address that is not."""


@dataclass(frozen=True, repr=False)
class Client:
    """The practice as its provider knows it."""

    practice_id: UUID
    issuer: str
    client_id: str
    client_secret: str


@dataclass(frozen=True)
class Endpoints:
    """Where a provider says that it is."""

    authorization: str
    token: str
    keys: str


@dataclass(frozen=True, repr=False)
class Trip:
    """One round trip to a provider, all of it made of the random bytes of its challenge."""

    state: str
    secret: bytes

    @property
    def nonce(self) -> str:
        return self._derived(b"nonce")

    @property
    def verifier(self) -> str:
        return self._derived(b"verifier")

    @property
    def code_challenge(self) -> str:
        """S256 of the verifier (RFC 7636, 4.2)."""
        return _plain_base64(hashlib.sha256(self.verifier.encode()).digest())

    @property
    def binding(self) -> str:
        """What stays in the browser that began: nobody finishes in one what began in another."""
        return self._derived(b"binding")

    def _derived(self, label: bytes) -> str:
        mac = hmac.digest(self.secret, b"attune openid " + label, hashlib.sha256)
        return _plain_base64(mac)


def _plain_base64(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


@dataclass(frozen=True, repr=False)
class Seen:
    """Whom a provider says it was, and when they last signed in there, if it says so."""

    subject: str
    signed_in_at: datetime | None

    def proved_at(self, at: datetime) -> datetime:
        """When they last showed that it is them: long ago, where the provider let them through without saying when."""
        return min(at, self.signed_in_at) if self.signed_in_at else at - domain.PROOF_LASTS


class OpenId:
    """Talks to providers. Thread-safe; one per process."""

    def __init__(self, *, public_url: str) -> None:
        own = urlsplit(public_url)
        self._may_be_local = own.scheme == "http" and own.hostname in _LOOPBACK
        self._public_url = public_url
        self._http = httpx.Client(timeout=5.0, trust_env=False, follow_redirects=False)
        self._turn = threading.BoundedSemaphore(_AT_ONCE)
        self._turn_of: dict[str, threading.BoundedSemaphore] = {}

    def comes_back_to(self, practice_id: UUID) -> str:
        """The address that a practice's provider sends people back to, and must know beforehand."""
        return f"{self._public_url}/sign-in/openid/callback/{practice_id}"

    def endpoints(self, issuer: str) -> Endpoints:
        """What the provider publishes of itself. Raises IssuerNotAllowed, ProviderNotThere."""
        self._check_address(issuer)
        said = self._json("GET", issuer.rstrip("/") + "/.well-known/openid-configuration")
        try:
            found = Endpoints(said["authorization_endpoint"], said["token_endpoint"], said["jwks_uri"])
            if said["issuer"] != issuer:
                raise ProviderNotThere
        except (KeyError, TypeError) as error:
            raise ProviderNotThere from error
        for url in (found.authorization, found.token, found.keys):
            self._check_address(url)
        return found

    def leave_for(self, client: Client, trip: Trip, *, is_fresh_needed: bool) -> str:
        """The provider's address to send the browser to. Raises IssuerNotAllowed, ProviderNotThere."""
        asked = {
            "response_type": "code",
            "client_id": client.client_id,
            "redirect_uri": self.comes_back_to(client.practice_id),
            "scope": "openid",
            "state": trip.state,
            "nonce": trip.nonce,
            "code_challenge": trip.code_challenge,
            "code_challenge_method": "S256",
            # A provider that is asked for an age must say when they signed in (OpenID Connect Core 1.0, 3.1.2.1).
            "max_age": "0" if is_fresh_needed else str(int(domain.LONGEST.total_seconds())),
            **({"prompt": "login"} if is_fresh_needed else {}),
        }
        where = self.endpoints(client.issuer).authorization
        return f"{where}{'&' if '?' in where else '?'}{urlencode(asked)}"

    def subject(self, client: Client, trip: Trip, code: str, *, is_fresh_needed: bool, now: datetime) -> Seen:
        """Whom the provider says it was who came back with this code. Raises SignInRefused, ProviderNotThere."""
        there = self.endpoints(client.issuer)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.comes_back_to(client.practice_id),
            "code_verifier": trip.verifier,
        }
        answer = self._json("POST", there.token, data=form, auth=(client.client_id, client.client_secret))
        claims = self._claims(str(answer.get("id_token", "")), there)
        try:
            _check(claims, client, trip, now)
            if is_fresh_needed and not now.timestamp() - _FRESH_S <= int(claims["auth_time"]):
                raise SignInRefused
            said = claims.get("auth_time")
            signed_in_at = None if said is None else datetime.fromtimestamp(int(said), UTC)
            return Seen(str(claims["sub"]), signed_in_at)
        except (KeyError, TypeError, ValueError, OverflowError, OSError) as error:
            raise SignInRefused from error

    def _claims(self, token: str, there: Endpoints) -> dict[str, Any]:
        try:
            keys = KeySet.import_key_set(self._json("GET", there.keys))  # type: ignore[arg-type]
            return dict(jwt.decode(token, keys, algorithms=_ALGORITHMS).claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            log.warning("an id token was refused", error_type=type(error).__name__)
            raise SignInRefused from error

    def _json(self, method: str, url: str, **sent: Any) -> dict[str, Any]:
        until = time.monotonic() + _ANSWERS_S
        try:
            with (
                self._turn_at(url),
                self._http.stream(method, url, headers={"Accept": "application/json"}, **sent) as answer,
            ):
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > _MOST_BYTES or time.monotonic() > until:
                        raise ProviderNotThere
                if answer.status_code == 400 and method == "POST":
                    raise SignInRefused  # the provider does not know this code (any more)
                if answer.status_code != 200:
                    raise ProviderNotThere
            said = json.loads(body)
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            log.warning("a provider did not answer", error_type=type(error).__name__)
            raise ProviderNotThere from None
        if not isinstance(said, dict):
            raise ProviderNotThere
        return said

    @contextmanager
    def _turn_at(self, url: str) -> Iterator[None]:
        """One of the calls that may go on. Raises ProviderNotThere when others take too long."""
        of_one = self._turn_of.setdefault(urlsplit(url).netloc, threading.BoundedSemaphore(_AT_ONCE_OF_ONE))
        with ExitStack() as held:
            for turn in (of_one, self._turn):
                if not turn.acquire(timeout=_TURN_S):
                    log.warning("a provider did not answer", error_type="TooManyAtOnce")
                    raise ProviderNotThere
                held.callback(turn.release)
            yield

    def _check_address(self, url: str) -> None:
        """Raise IssuerNotAllowed unless this is a public https address, with all that its name stands for."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port or 443
        except ValueError as error:
            raise IssuerNotAllowed from error
        if self._may_be_local and parts.scheme == "http" and host in _LOOPBACK:
            return
        if parts.scheme != "https" or not host or parts.username or parts.fragment:
            raise IssuerNotAllowed
        try:
            found = {str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
        except OSError as error:
            raise ProviderNotThere from error
        if not all(_is_outside(ipaddress.ip_address(one.partition("%")[0])) for one in found):
            raise IssuerNotAllowed


def _is_outside(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not any(address.version == one.version and address in one for one in _LEADS_INSIDE)
    )


def _check(claims: dict[str, Any], client: Client, trip: Trip, now: datetime) -> None:
    """Issuer, audience, nonce and times (OpenID Connect Core 1.0, 3.1.3.7). Raises SignInRefused."""
    moment, audience = now.timestamp(), claims["aud"]
    audiences = audience if isinstance(audience, list) else [audience]
    good = (
        claims["iss"] == client.issuer
        and client.client_id in audiences
        and (len(audiences) == 1 or claims.get("azp") == client.client_id)
        and hmac.compare_digest(str(claims["nonce"]), trip.nonce)
        and moment < int(claims["exp"]) + _LEEWAY_S
        and int(claims["iat"]) <= moment + _LEEWAY_S
        and bool(claims["sub"])
    )
    if not good:
        raise SignInRefused
