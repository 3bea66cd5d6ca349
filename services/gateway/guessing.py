"""By what tries to sign in are counted: by the browser's device where it brings a genuine one, else by address.

A device is a random number in a cookie, with a keyed mark by which a made-up one is noticed. It is given at a sign-in
and stays after it: partners share an address, and neither may use up what the other is allowed. It tells of nobody
who they are, and means nothing in another practice.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from flask import Response, request

from services.gateway import cookies, domain, queries
from services.gateway.commands import waits
from services.gateway.context import database, limit, real_now, token_maker
from shared.db.tenancy import Scope
from shared.web.context import current_actor

COOKIE = "__Host-attune-device"
_LASTS_S = 365 * 86400


@contextmanager
def counted(subject: bytes) -> Iterator[None]:
    """A try to guess a secret of `subject`, counted before it is looked at; it was right unless what is within raises.

    Raises TriedTooOften.
    """
    practice_id, made, at = current_actor().practice_id, token_maker(), real_now()
    scope, whose, device = Scope(practice_id, None, "tries"), made.origin(practice_id, subject), _device()
    from_device = None if device is None else _place(practice_id, device)
    address = b"address " + domain.network_of(request.remote_addr or "").encode()
    from_address = made.origin(practice_id, address)
    with database().transaction(scope) as db:
        tried = waits.count_try(db, subject=whose, device=from_device, address=from_address, at=at)
    yield
    with database().transaction(scope) as db:
        waits.uncount_try(db, subject=whose, counted=tried)
        if from_device is not None:
            waits.know_device(db, subject=whose, device=from_device, at=at)


def limit_sign_in() -> None:
    """Count this request against its device or, without one, its address. Raises TooManyRequests."""
    limit("sign_in", by=_device())


def keep_device(response: Response, person_id: UUID) -> Response:
    """This person has signed in: their account knows the browser's device from now on. It is given where it lacks."""
    practice_id, made = current_actor().practice_id, token_maker()
    device = _device() or secrets.token_bytes(16)
    with database().transaction(Scope(practice_id, None, "tries")) as db:
        account = queries.find_account(db, person_id)
        if account is not None and account.address_hash is not None:
            whose = made.origin(practice_id, account.address_hash)
            waits.know_device(db, subject=whose, device=_place(practice_id, device), at=real_now())
    return cookies.keep(response, COOKIE, made.device(practice_id, device), lasts_s=_LASTS_S)


def _device() -> bytes | None:
    """The device of this request, where its cookie is one of ours, of this practice."""
    return token_maker().read_device(current_actor().practice_id, request.cookies.get(COOKIE, ""))


def _place(practice_id: UUID, device: bytes) -> bytes:
    return token_maker().origin(practice_id, b"device " + device)
