"""Who acts: a short-lived token the gateway signs (Ed25519) and every service verifies with the public key."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from shared.errors import NotSignedIn
from shared.ids import NIL

ISSUER = "attune-gateway"
LIFETIME = timedelta(seconds=60)
_LEEWAY_S = 5
_ALGORITHMS = ["Ed25519"]

PARTNER, OPERATOR, PUBLIC = "partner", "operator", "public"
CLINICIANS = frozenset({"practitioner", "prescriber", "facilitator"})
DESK = frozenset({"front_desk", "practice_admin"})
ADMINS = frozenset({"practice_admin", OPERATOR})
STAFF = CLINICIANS | DESK
ROLES = STAFF | {PARTNER, OPERATOR, PUBLIC}


@dataclass(frozen=True)
class Actor:
    """Who asks. What they may do is decided by each service's policy, from its own tables."""

    practice_id: UUID
    person_id: UUID  # NIL for the public and for the operator's key
    roles: frozenset[str]

    @property
    def is_partner(self) -> bool:
        return PARTNER in self.roles

    def role_name(self) -> str:
        """The roles as one word for the database's session settings."""
        return "+".join(sorted(self.roles))


def public_actor(practice_id: UUID) -> Actor:
    """Somebody who has not signed in, on a practice's public pages."""
    return Actor(practice_id, NIL, frozenset({PUBLIC}))


class Signer:
    """Makes actor tokens; only the gateway has the private key."""

    def __init__(self, private_key_pem: bytes) -> None:
        self._key = OKPKey.import_key(private_key_pem)

    def sign(self, actor: Actor, *, audience: str, now: datetime) -> str:
        """A token for one service, good for a minute."""
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": str(actor.person_id),
            "practice": str(actor.practice_id),
            "roles": sorted(actor.roles),
            "iat": int(now.timestamp()),
            "exp": int((now + LIFETIME).timestamp()),
        }
        return jwt.encode({"alg": "Ed25519"}, claims, self._key, algorithms=_ALGORITHMS)


class Verifier:
    """Checks actor tokens addressed to one service."""

    def __init__(self, public_key_pem: bytes, *, audience: str) -> None:
        self._key = OKPKey.import_key(public_key_pem)
        self._audience = audience

    def verify(self, token: str, *, now: datetime) -> Actor:
        """The actor of a token. Raises NotSignedIn when it is forged, expired or meant for another service."""
        moment = int(now.astimezone(UTC).timestamp())
        try:
            claims = jwt.decode(token, self._key, algorithms=_ALGORITHMS).claims
            issued, expires = int(claims["iat"]), int(claims["exp"])
            if claims["iss"] != ISSUER or claims["aud"] != self._audience:
                raise NotSignedIn
            if not issued - _LEEWAY_S <= moment <= expires + _LEEWAY_S:
                raise NotSignedIn
            if expires - issued > LIFETIME.total_seconds():
                raise NotSignedIn
            return Actor(UUID(claims["practice"]), UUID(claims["sub"]), _roles(claims["roles"]))
        except (JoseError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise NotSignedIn from error


def _roles(named: Iterable[str]) -> frozenset[str]:
    roles = frozenset(named)
    if not roles or not roles <= ROLES:
        raise NotSignedIn
    return roles
