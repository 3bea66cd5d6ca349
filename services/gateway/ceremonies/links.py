"""Coming by a link that was mailed: an invitation of a partner, or the link of a member of staff."""

from uuid import UUID

from sqlalchemy.orm import Session

from services.gateway import queries, tokens
from services.gateway.ceremonies import Run, T
from services.gateway.commands.invitations import accept_invitation
from services.gateway.commands.staff import accept_staff_link
from services.gateway.context import device, enter_by_id, real_now, token_maker
from services.gateway.guessing import limit_sign_in
from shared.errors import NotFound
from shared.web.context import now


def follow_link(run: Run[T], *, token: str) -> T:
    """Take it up: a sign-in that sets up a way to sign in. Raises NotFound, TooManyRequests."""
    token_hash = enter_by_link(token)
    made_by, at, browser = token_maker(), real_now(), device()

    def command(db: Session) -> UUID:
        if queries.is_staff_link(db, token_hash):
            return accept_staff_link(db, token_hash=token_hash, tokens=made_by, at=at, device=browser)
        return accept_invitation(
            db, token_hash=token_hash, tokens=made_by, now=now(db), real_now=at, device=browser
        )

    return run(command)


def enter_by_link(token: str) -> bytes:
    """Enter the practice that a link's token names; its digest. Raises NotFound, TooManyRequests."""
    parsed = tokens.parse(token)
    if parsed is None:
        raise NotFound
    enter_by_id(parsed.practice_id)
    limit_sign_in()
    return parsed.digest
