"""Who may use which route, said a second time by hand: every other role finds nothing there, to the byte."""

from uuid import UUID, uuid4

import pytest

from shared.clock import utcnow
from shared.settings import SERVICES
from shared.web.actor import OPERATOR, PARTNER, PUBLIC, ROLES, Actor
from tests.chassis.routes import Route, routes_of
from tests.world.world import World

pytestmark = pytest.mark.P2

CLINICIANS = {"practitioner", "prescriber", "facilitator"}
DESK = {"front_desk", "practice_admin"}
STAFF = CLINICIANS | DESK
MEMBERS = STAFF | {PARTNER}
ADMINS = {"practice_admin", OPERATOR}

_NAMES_OF_OPERATORS = (
    "show_standing list_letters show_letter rehearse_letter replay_letter replay_letters"
    " show_replay list_events show_event list_timers list_acts"
)
OF_OPERATORS = {name: {OPERATOR} for name in _NAMES_OF_OPERATORS.split(" ")}
"""Every service has them."""

MAY: dict[str, dict[str, set[str]]] = {
    "intake": {
        **OF_OPERATORS,
        "receive_enquiry": DESK | {PUBLIC},
        "list_enquiries": DESK | {"practitioner"},
        "register_couple": STAFF,
        "list_couples": STAFF,
        "show_couple": STAFF,
        "change_care_team": DESK,
        "show_own_couple": {PARTNER},
        "show_own_intention": {PARTNER},
        "write_intention_part": {PARTNER},
        "share_intention": {PARTNER},
        "unshare_intention": {PARTNER},
        "preview_intention": {PARTNER},
        "show_intention_as_shared": {PARTNER},
        "show_intention_from_partner": {PARTNER},
        "show_intention_of_partner": CLINICIANS,
        "complete_preparation": CLINICIANS,
        "decide_readiness": CLINICIANS,
        "list_readiness": CLINICIANS,
        "show_confidentiality_policy": STAFF,
        "change_confidentiality_policy": CLINICIANS,
        "record_told_first": CLINICIANS,
        "open_break_glass": CLINICIANS,
        "list_break_glass": CLINICIANS | {"practice_admin"},
        "review_break_glass": {"practice_admin"},
        "mark_conflict": CLINICIANS | {"practice_admin"},
        "lift_conflict_mark": {"practice_admin"},
        "list_told": CLINICIANS,
        "list_conflict_marks": {"practice_admin"},
    },
    "sessions": {
        **OF_OPERATORS,
        "add_licence": ADMINS,
        "add_availability": CLINICIANS | ADMINS,
        "list_practitioners": STAFF,
        "add_room": ADMINS,
        "list_rooms": STAFF,
        "list_consultation_times": STAFF | {PUBLIC},
        "book_consultation": {PUBLIC, "front_desk"},
        "book_session": STAFF,
        "list_bookings": STAFF,
        "show_booking": STAFF,
        "complete_session": CLINICIANS,
        "cancel_session": STAFF,
        "list_my_sessions": {PARTNER},
        "show_my_calendar_file": {PARTNER},
        "plan_medicine_session": CLINICIANS,
        "show_medicine_session": CLINICIANS,
        "plan_transport": CLINICIANS,
        "withdraw_transport_plan": CLINICIANS,
        "cancel_medicine_session": CLINICIANS,
        "start_medicine_session": CLINICIANS,
        "end_medicine_session": CLINICIANS,
        "list_observations": CLINICIANS,
        "record_observation": CLINICIANS,
        "show_my_consent": {PARTNER},
        "list_my_consents": {PARTNER},
        "give_consent": {PARTNER},
        "reaffirm_consent": {PARTNER},
        "withdraw_consent": {PARTNER},
    },
    "notify": {
        **OF_OPERATORS,
        "store_contact": STAFF | {PUBLIC, OPERATOR},
        "send_message": STAFF | {OPERATOR},
        "show_sender": MEMBERS,
        "name_sender": ADMINS,
        "list_inbox": MEMBERS,
        "read_message": MEMBERS,
        "show_preferences": MEMBERS,
        "set_preferences": MEMBERS,
        "list_own_contacts": MEMBERS,
        "mark_contact": MEMBERS,
        "list_alerts": CLINICIANS | {"practice_admin"},
        "acknowledge_alert": CLINICIANS | {"practice_admin"},
        "list_deliveries": DESK,
    },
}
"""The gateway's and integration's tables stand in their own tests, with what is asked there beside the role."""


def routes(world: World, service: str) -> list[Route]:
    """The service's routes but for its clock, which tells everybody the time."""
    known = list(routes_of(service, world.sides[service].app))
    return [route for route in known if route.endpoint != f"{service}-clock.show_clock"]


def ask(world: World, practice_id: UUID, role: str, route: Route) -> tuple[int, bytes]:
    """The answer to one role, of a person and with ids that nobody knows; a write says nothing that could be meant."""
    person_id = UUID(int=0) if role in (PUBLIC, OPERATOR) else uuid4()
    actor = Actor(practice_id, person_id, frozenset({role}))
    token = world.signer.sign(actor, audience=route.service, now=utcnow())
    answer = (
        world.sides[route.service]
        .app.test_client()
        .open(
            route.path(),
            method=route.method,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex},
            json=None if route.method == "GET" else [],
        )
    )
    return answer.status_code, answer.data


def test_every_service_has_its_table_somewhere() -> None:
    assert set(MAY) | {"gateway", "integration"} == set(SERVICES)


@pytest.mark.parametrize("service", MAY)
def test_every_route_stands_in_the_table(world: World, service: str) -> None:
    assert {route.endpoint.partition(".")[2] for route in routes(world, service)} == set(MAY[service])


@pytest.mark.parametrize("service", MAY)
def test_who_has_none_of_the_roles_finds_nothing(world: World, service: str) -> None:
    practice_id = world.practice()
    nothing = world.caller(service, practice_id, uuid4(), PARTNER).get("/no-such-thing").data
    for route in routes(world, service):
        for role in ROLES - MAY[service][route.endpoint.partition(".")[2]]:
            assert ask(world, practice_id, role, route) == (404, nothing), (role, str(route))


@pytest.mark.parametrize("service", MAY)
def test_who_has_one_of_the_roles_gets_past_the_door(world: World, service: str) -> None:
    """A write is then read and refused for what it says; who may read is shown or told by the relation."""
    practice_id = world.practice()
    for route in routes(world, service):
        named = MAY[service][route.endpoint.partition(".")[2]]
        assert route.roles == named, str(route)
        for role in named if route.method != "GET" else ():
            assert ask(world, practice_id, role, route)[0] == 422, (role, str(route))
