"""A practice that is lived in: a couple with words, sessions, a check-in and a concern, and somebody of each role."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

from tests.gateway.care_pages.clinic import Clinic, open_clinic
from tests.gateway.door import Door
from tests.gateway.pages.care import add_account, sign_in
from tests.world.world import World

WORDS = "canary-of-a-page"
"""Stands in everything that somebody wrote."""


@dataclass
class LivedIn:
    """`cookies` by role sign in; `ids` are what the addresses of pages name, by their names there."""

    clinic: Clinic
    cookies: Mapping[str, str]
    ids: Mapping[str, str]

    def cookie(self, person_id: UUID) -> str:
        """Of a new sign-in."""
        return sign_in(self.clinic.door, self.clinic.practice.id, person_id)


def live_in(world: World) -> LivedIn:
    """It is ten minutes before a confirmed medicine session; an older one ended elsewhere, and check-ins are open."""
    clinic = open_clinic(world, Door(world, world.sides["gateway"].app))
    couple, (sam, noor) = clinic.couple, clinic.couple.partner_ids
    for person_id, name in ((sam, "Sam"), (noor, "Noor")):
        add_account(clinic.door, clinic.practice.id, person_id, name)
    for person_id in (sam, noor):
        clinic.writes(person_id, "hope", f"{WORDS} of hopes", shares=True)
    entries = [_entry(clinic, person_id) for person_id in (sam, noor)]
    clinic.has_ended_elsewhere()
    clinic.worries(noor)
    session_id, integration_id = couple.confirmed()
    couple.move_to(couple.starts_at - timedelta(minutes=10))
    clinic.follow()
    world.pump(ticks=True)
    admin = clinic.practice.join_staff("practice_admin", name="Alex")
    people = {"partner": sam, "practitioner": couple.practitioner_id, "front_desk": clinic.fay_id}
    cookies = {
        role: sign_in(clinic.door, clinic.practice.id, person_id)
        for role, person_id in {**people, "practice_admin": admin}.items()
    }
    check_in, *_ = clinic.asks("integration", sam).get("/me/check-ins").json["items"]
    alerts = world.caller("integration", clinic.practice.id, couple.practitioner_id, "practitioner")
    ids = {
        "couple_id": str(couple.couple_id),
        "person_id": str(noor),
        "session_id": session_id,
        "appointment": integration_id,
        "entry_id": entries[0],
        "check_in_id": str(check_in["check_in_id"]),
        "concern_id": str(alerts.get("/safety-concerns").json["items"][0]["concern_id"]),
        "number": "1",
        "slug": clinic.practice.slug,
        # Pages of links only ask, and tell nobody whether there is such a link.
        "token": clinic.door.app.extensions["gateway_tokens"].make(
            b"invitation", clinic.practice.id, uuid4()
        ),
        "link": clinic.door.app.extensions["gateway_tokens"].make(b"recovery", clinic.practice.id, uuid4()),
    }
    return LivedIn(clinic, cookies, ids)


def _entry(clinic: Clinic, person_id: UUID) -> str:
    """A page of a partner's journal, shared with both."""
    partner = clinic.asks("integration", person_id)
    made = partner.post("/me/journal", {"channel": "feelings", "text": f"{WORDS} of a journal", "mood": 6})
    assert made.status_code == 201, made.text
    entry_id = str(made.json["entry_id"])
    shared = partner.post(
        f"/me/journal/{entry_id}/share", {"audience": "both"}, headers={"If-Match": made.headers["ETag"]}
    )
    assert shared.status_code == 201, shared.text
    clinic.world.pump()
    return entry_id
