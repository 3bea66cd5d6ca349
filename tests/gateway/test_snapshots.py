"""What gateway states of practices, staff and invitations."""

from uuid import UUID

import psycopg

from services.gateway.tokens import INVITATION
from shared.db.tenancy import Scope
from shared.events.gateway import (
    InvitationAccepted,
    PartnerInvited,
    PracticeClockMoved,
    PracticeCreated,
    StaffJoined,
)
from shared.ids import NIL
from shared.path.rebuild import rebuild
from tests.gateway.door import Door, Practice
from tests.gateway.inviting import accept, invite
from tests.world.stating import dated, stated
from tests.world.world import World


def test_a_real_practice_has_no_clock_to_state(door: Door, world: World) -> None:
    real, demo = door.create_practice(is_demo=False), door.create_practice()
    (fact,) = stated(world, "gateway", real.id, PracticeCreated)
    assert (str(fact.zone), fact.is_demo) == ("America/Denver", False)
    assert stated(world, "gateway", real.id, PracticeClockMoved) == []
    assert stated(world, "gateway", demo.id, PracticeClockMoved) == [PracticeClockMoved(offset_s=0)]


def test_staff_is_stated_with_the_contact_they_joined_with(practice: Practice, world: World) -> None:
    joined = practice.join_staff("practitioner")
    older = practice.join_staff("front_desk")
    (contact_id,) = world.rows(
        "gateway", practice.id, "SELECT contact_id FROM account WHERE person_id = %s", joined
    )[0]
    with psycopg.connect(world.owner_urls["gateway"]) as db:
        db.execute("SELECT set_config('app.practice', %s, true)", (str(practice.id),))
        db.execute("UPDATE account SET contact_id = NULL WHERE person_id = %s", (older,))
    facts = {one.person_id: one for one in stated(world, "gateway", practice.id, StaffJoined)}
    assert facts[joined].contact_id == contact_id != NIL
    assert facts[older].contact_id == NIL, "one who joined before it was kept: nobody's contact point"
    assert facts[older].roles == ("front_desk",)


def test_a_partner_is_no_staff(practice: Practice, world: World) -> None:
    person_id = practice.register_partner()
    _join(practice, person_id)
    assert person_id not in {one.person_id for one in stated(world, "gateway", practice.id, StaffJoined)}
    assert [one.person_id for one in stated(world, "gateway", practice.id, InvitationAccepted)] == [person_id]


def test_an_older_contact_point_that_comes_back_is_not_the_newest(practice: Practice, world: World) -> None:
    """A partner who joined twice is written to at the newer point, also when only the older claim was lost."""
    person_id = practice.register_partner()
    older, newer = (_join(practice, person_id) for _ in range(2))
    invited = dated(world, "gateway", practice.id, PartnerInvited)
    at = {one.fact.contact_id: one.at for one in invited}
    assert at[older] < at[newer]
    world.pump()
    with world.sides["notify"].database.transaction(Scope(practice.id, role="worker")) as db:
        db.connection().exec_driver_sql(
            "UPDATE contact_point SET person_id = NULL, claimed_at = NULL, is_safe = false WHERE id = %s",
            (older,),
        )
    side = world.sides["gateway"]
    rebuild(side.database, side.spec.snapshots, reader="notify", by="operator", practices=[practice.id])
    world.pump()
    points = world.rows(
        "notify",
        practice.id,
        "SELECT id, is_safe FROM contact_point WHERE person_id = %s ORDER BY claimed_at",
        person_id,
    )
    assert [tuple(row) for row in points] == [(older, True), (newer, True)]


def _join(practice: Practice, person_id: UUID) -> UUID:
    """The partner is invited and comes; the contact point it went to."""
    desk = practice.signed_in("front_desk")
    invited = invite(practice, desk, person_id, email=f"{person_id}@example.org")
    assert invited.status_code == 201, invited.text
    invitation_id = UUID(invited.json["invitation_id"])
    token = practice.door.app.extensions["gateway_tokens"].make(INVITATION, practice.id, invitation_id)
    assert accept(practice, token).status_code == 201
    rows = practice.door.world.rows(
        "gateway", practice.id, "SELECT contact_id FROM invitation WHERE id = %s", invitation_id
    )
    return UUID(str(rows[0][0]))
