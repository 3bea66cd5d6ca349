"""Getting back in without any means: asked here, confirmed in person, finished where it was asked."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.gateway import queries, tokens
from services.gateway.ceremonies import Run, T
from services.gateway.ceremonies.signing_in import enter_to_sign_in
from services.gateway.commands import recovery as commands
from services.gateway.composing import post_message
from services.gateway.context import device, real_now, settings, token_maker
from services.gateway.guessing import counted
from shared.errors import NotFound
from shared.web.context import current_actor, transaction
from shared.web.idempotency import once, request_key


def ask_recovery(run: Run[T], *, practice: str) -> T:
    """Somebody asks, at the practice of this slug, and does not say who. Raises NotFound, TooManyRequests."""
    enter_to_sign_in(practice)
    made_by, at = token_maker(), real_now()
    return run(lambda db: commands.ask_recovery(db, tokens=made_by, at=at))


def confirm_recovery(*, person_id: UUID, code: str) -> dict[str, Any]:
    """Hand the link over, then end their old ways in and let the link work: once for the request's key.

    In this order: where no link may go (its owner said that mail there is not safe), nobody is locked out.
    Until then the link opens nothing. Raises NotFound, TriedTooOften, CodeWrong, NobodyToReach, Refused.
    """
    request_key()
    actor, made_by, at = current_actor(), token_maker(), real_now()

    def command(db: Session) -> UUID:
        check_may_confirm(db, person_id)
        return commands.confirm_recovery(
            db, person_id=person_id, code=code, by=actor.person_id, tokens=made_by, at=at
        )

    with transaction() as db:
        check_may_confirm(db, person_id)
    with counted(b"recovery code " + actor.person_id.bytes):
        with transaction() as db:
            waiting = commands.recovery_to_confirm(db, person_id=person_id, code=code, tokens=made_by, at=at)
        if waiting is not None:
            _hand_over(*waiting)
        view: dict[str, Any] = once(command, show=queries.confirmed_recovery_view)
    if view["is_message_sent"]:
        return view
    with transaction() as db:
        commands.note_link_sent(db, recovery_id=view["recovery_id"])
        return queries.confirmed_recovery_view(db, view["recovery_id"])


def _hand_over(recovery_id: UUID, contact_id: UUID) -> None:
    """Have a recovery's link mailed to this person: once, however often it is asked for."""
    link = token_maker().make(tokens.RECOVERY_LINK, current_actor().practice_id, recovery_id)
    post_message(
        contact_id=contact_id,
        link=f"{settings().public_url}/recovery/{link}",
        key=token_maker().sub_key("recovery link", str(recovery_id), str(contact_id)),
    )


def check_may_confirm(db: Session, person_id: UUID) -> None:
    """A clinician who treats a partner; for staff an admin, and never for oneself. Raises NotFound."""
    actor = current_actor()
    may = queries.may_confirm_recovery(db, actor, person_id)
    if person_id == actor.person_id or not may:
        raise NotFound


def finish_recovery(run: Run[T], *, link: str, device_token: str) -> T:
    """Follow the link, whose practice was entered, on the device that asked. Raises NotFound."""
    made_by, at, browser = token_maker(), real_now(), device()
    return run(
        lambda db: commands.finish_recovery(
            db, device=device_token, link=link, tokens=made_by, at=at, browser=browser
        )
    )
