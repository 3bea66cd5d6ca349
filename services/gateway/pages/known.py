"""Which practice the sign-in page is of: the one that is named, that was signed in to here, or that is the only one."""

from typing import Any
from uuid import UUID

from flask import g, request
from sqlalchemy.exc import SQLAlchemyError

from services.gateway import queries, tokens
from services.gateway.commands.accounts import owner_of_sign_in
from services.gateway.context import database, practice_of_slug
from services.gateway.identity import COOKIE
from shared.db.practice import current_practice
from shared.db.tenancy import Scope
from shared.errors import Problem
from shared.ids import NIL
from shared.web.actor import PARTNER, PUBLIC, Actor


def known_practice(named: str) -> dict[str, Any]:
    """Its slug as `practice`, its name, and whether its staff may sign in elsewhere. Empty where none is known."""
    practice_id = practice_of_slug(named) or _of_cookie() or _the_only_one()
    if practice_id is None:
        return {"practice": "", "has_openid": False}
    with database().transaction(Scope(practice_id, NIL, PUBLIC)) as db:
        known = queries.practice_view(db, practice_id)
        settings = queries.sign_in_settings(db)
    return {
        "practice": known["slug"],
        "practice_name": known["name"],
        "is_demo": known["is_demo"],
        "has_openid": settings["openid_provider"] is not None,
    }


def is_demo_here() -> bool:
    """Whether a page that asks nobody who they are is a demo's: the request's practice, the browser's, or the only one.

    Not where that can't be known: a page that says what is wrong is shown all the same.
    """
    actor: Actor | None = g.get("actor")
    asked = actor.practice_id if actor is not None and actor.practice_id != NIL else None
    try:
        practice_id = asked or _of_cookie() or _the_only_one()
        if practice_id is None:
            return False
        with database().transaction(Scope(practice_id, NIL, PUBLIC)) as db:
            return current_practice(db).is_demo
    except (SQLAlchemyError, Problem):
        return False


def is_partners() -> bool:
    """Whether a partner is or was signed in to this browser: then they can leave any page at once."""
    parsed = tokens.parse(request.cookies.get(COOKIE, ""))
    if parsed is None:
        return False
    try:
        with database().transaction(Scope(parsed.practice_id, None, "sign_in")) as db:
            owner = owner_of_sign_in(db, token_hash=parsed.digest)
            account = None if owner is None else queries.find_account(db, owner)
    except SQLAlchemyError:  # the page that says so is shown all the same
        return False
    return account is not None and PARTNER in account.roles


def _of_cookie() -> UUID | None:
    """The practice of a sign-in that is or was in this browser."""
    parsed = tokens.parse(request.cookies.get(COOKIE, ""))
    if parsed is None:
        return None
    with database().transaction(Scope(NIL, NIL, PUBLIC)) as db:
        return parsed.practice_id if queries.is_practice(db, parsed.practice_id) else None


def _the_only_one() -> UUID | None:
    with database().transaction(Scope(NIL, NIL, PUBLIC)) as db:
        return queries.the_only_practice(db)
