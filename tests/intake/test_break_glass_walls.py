"""Under the commands, the database lets an access only end, and be reviewed once, by an admin in their own name."""

import psycopg
import pytest
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.intake.stage import Stage, transaction
from tests.world.world import Caller, World

pytestmark = pytest.mark.P1

_ENDS = "expires_at = opened_at"
_LASTS = "expires_at = opened_at + interval '4 hours'"


def _reviews(by: Caller, outcome: str = "justified") -> str:
    return f"outcome = '{outcome}', reviewed_by = '{by.actor.person_id}', reviewed_at = now()"


def changed(stage: Stage, who: Caller, assignment: str) -> int:
    """How many rows somebody's transaction changes; -1 where the database refuses."""
    try:
        with transaction(stage, who) as db:
            done = db.connection().execute(text(f"UPDATE break_glass SET {assignment} RETURNING id"))
            return len(done.all())
    except DBAPIError as error:
        if isinstance(error.orig, InsufficientPrivilege):
            return -1
        raise


def test_an_opener_can_end_it_and_neither_lengthen_nor_review_it(stage: Stage) -> None:
    stage.break_glass(duration_min=60)
    assert changed(stage, stage.stranger, _LASTS) == -1
    assert changed(stage, stage.stranger, _reviews(stage.admin)) == -1
    assert changed(stage, stage.clinician, _ENDS) == 0
    assert changed(stage, stage.stranger, _ENDS) == 1


def test_an_admin_reviews_once_and_in_their_own_name(stage: Stage) -> None:
    stage.break_glass(duration_min=60)
    assert changed(stage, stage.admin, _LASTS) == -1
    assert changed(stage, stage.admin, _reviews(stage.clinician)) == -1
    assert changed(stage, stage.admin, _reviews(stage.admin, "not_justified")) == 1
    assert changed(stage, stage.admin, _reviews(stage.admin)) == -1
    assert changed(stage, stage.admin, _ENDS) == 1


def test_every_wall_around_it_says_what_may_be_left_behind(world: World) -> None:
    """Each policy for UPDATE has a WITH CHECK of its own."""
    with psycopg.connect(world.owner_urls["intake"]) as owner:
        found = owner.execute(
            "SELECT polname FROM pg_policy WHERE polrelid = 'break_glass'::regclass AND polcmd IN ('w', '*')"
            " AND polwithcheck IS NULL"
        ).fetchall()
    assert found == []
