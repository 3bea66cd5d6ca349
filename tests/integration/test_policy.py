"""Every route admits whom it names; everybody else finds nothing there, to the byte."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.integration.policy import POLICY
from shared.confidentiality import ConfidentialityPolicy
from shared.db.tenancy import Scope
from shared.events.intake import CareTeamChanged
from shared.web.actor import CLINICIANS, ROLES
from tests.integration.story import CALL_ME, ENTRY, FINE, Couple, a_couple
from tests.world.world import Caller, World

PARTNER = frozenset({"partner"})
ROUTES: dict[str, tuple[str, str, Any, frozenset[str]]] = {
    # endpoint: method, path, body, roles that may
    "list_own_journeys": ("get", "/me/journeys", None, PARTNER),
    "write_entry": ("post", "/me/journal", ENTRY, PARTNER),
    "list_own_entries": ("get", "/me/journal", None, PARTNER),
    "show_own_entry": ("get", "/me/journal/{entry}", None, PARTNER),
    "rewrite_entry": ("put", "/me/journal/{entry}", ENTRY, PARTNER),
    "preview_entry": ("get", "/me/journal/{entry}/preview", None, PARTNER),
    "share_entry": ("post", "/me/journal/{entry}/share", {"audience": "both"}, PARTNER),
    "unshare_entry": ("post", "/me/journal/{entry}/unshare", {}, PARTNER),
    "list_shared_by_me": ("get", "/me/shared-by-me", None, PARTNER),
    "list_shared_with_me": ("get", "/me/shared-with-me", None, PARTNER),
    "list_open_check_ins": ("get", "/me/check-ins", None, PARTNER),
    "list_own_check_ins": ("get", "/me/check-ins/all", None, PARTNER),
    "answer_check_in": ("post", "/me/check-ins/{check_in}/answer", FINE, PARTNER),
    "skip_check_in": ("post", "/me/check-ins/{other_check_in}/skip", {}, PARTNER),
    "list_couple_journeys": ("get", "/couples/{couple}/journeys", None, CLINICIANS),
    "show_partner_journal": ("get", "/couples/{couple}/partners/{person}/journal", None, CLINICIANS),
    "list_told_entries": ("get", "/couples/{couple}/told", None, CLINICIANS),
    "list_safety_concerns": ("get", "/safety-concerns", None, CLINICIANS),
    "record_entry_told_first": (
        "post", "/couples/{couple}/partners/{person}/journal/{shared}/told-first", {}, CLINICIANS,
    ),
    "show_safety_concern": ("get", "/safety-concerns/{concern}", None, CLINICIANS),
    "record_concern_told_first": ("post", "/safety-concerns/{concern}/told-first", {}, CLINICIANS),
}  # fmt: skip
READ_OF_A_COUPLE = (
    "list_couple_journeys",
    "list_told_entries",
    "show_partner_journal",
    "show_safety_concern",
)
OF_A_COUPLE = (*READ_OF_A_COUPLE, "record_entry_told_first", "record_concern_told_first")
OF_A_PARTNER = [name for name, (_, path, _, _) in ROUTES.items() if "{entry}" in path or "check_in}" in path]


@dataclass
class Scene:
    """Bo wrote, shared, raised a concern and has check-ins to answer: where each route leads to."""

    couple: Couple
    ids: dict[str, str]

    def call(self, who: Caller, name: str) -> Any:
        method, path, body, _ = ROUTES[name]
        path = path.format(**self.ids)
        if method == "get":
            return who.get(path)
        return who.put(path, body, etag='"1"') if method == "put" else who.post(path, body)

    def finds_nothing(self, who: Caller, name: str) -> bool:
        """Whether the answer is the one for what was never there."""
        answer, nothing = self.call(who, name), self.couple.ana.get(f"/me/journal/{uuid4()}")
        return (answer.status_code, answer.data) == (404, nothing.data)


@pytest.fixture(scope="module")
def scene(world: World) -> Scene:
    """One for all tests here: being refused changes nothing, and the one test that gets in makes its own."""
    return make_scene(world)


def make_scene(world: World) -> Scene:
    couple = a_couple(world)
    couple.agrees_on(ConfidentialityPolicy.NO_SECRETS)
    couple.ended()
    couple.pass_days(7)
    one, two, three = (item["check_in_id"] for item in couple.bo.get("/me/check-ins").json["items"])
    couple.bo.post(f"/me/check-ins/{three}/answer", CALL_ME)
    shared = couple.bo.post("/me/journal", ENTRY).json["entry_id"]
    couple.bo.post(f"/me/journal/{shared}/share", {"audience": "practitioner"})
    (given,) = couple.therapist.get(f"/couples/{couple.couple_id}/partners/{couple.bo_id}/journal").json[
        "items"
    ]
    ids = {
        "shared": given["shared_id"],
        "entry": couple.bo.post("/me/journal", ENTRY).json["entry_id"],
        "check_in": one,
        "other_check_in": two,
        "couple": str(couple.couple_id),
        "person": str(couple.bo_id),
        "concern": couple.therapist.get("/safety-concerns").json["items"][0]["concern_id"],
    }
    return Scene(couple, ids)


@pytest.mark.P2
def test_every_route_stands_in_this_table() -> None:
    assert set(POLICY) == {f"integration.{name}" for name in ROUTES}


@pytest.mark.P2
@pytest.mark.parametrize("name", ROUTES)
def test_who_has_none_of_the_roles_finds_nothing(scene: Scene, world: World, name: str) -> None:
    admitted = ROUTES[name][3]
    for role in ROLES - admitted:
        for person in (scene.couple.therapist_id, scene.couple.bo_id):
            who = world.caller("integration", scene.couple.practice, person, role)
            assert scene.finds_nothing(who, name), role


@pytest.mark.P2
def test_who_stands_in_the_relation_gets_in(world: World) -> None:
    own = make_scene(world)
    for name, (_, _, _, admitted) in ROUTES.items():
        for role in admitted:
            person = own.couple.bo_id if role == "partner" else own.couple.therapist_id
            answer = own.call(world.caller("integration", own.couple.practice, person, role), name)
            assert answer.status_code in (200, 201), (name, role, answer.text)


@pytest.mark.P2
@pytest.mark.parametrize("name", OF_A_PARTNER)
def test_the_other_partner_finds_nothing(scene: Scene, name: str) -> None:
    assert scene.finds_nothing(scene.couple.ana, name)


@pytest.mark.P2
@pytest.mark.parametrize("name", OF_A_COUPLE)
def test_a_clinician_who_does_not_treat_them_finds_nothing(scene: Scene, world: World, name: str) -> None:
    colleague = a_couple(world, practice=scene.couple.practice).therapist
    newcomer = world.caller("integration", scene.couple.practice, uuid4(), "prescriber")

    assert scene.finds_nothing(colleague, name)
    assert scene.finds_nothing(newcomer, name)


@pytest.mark.P2
def test_a_clinician_who_left_the_care_team_finds_nothing_any_more(world: World) -> None:
    own = make_scene(world)
    world.tell(own.couple.practice, CareTeamChanged(couple_id=own.couple.couple_id, practitioner_ids=()))

    for name in OF_A_COUPLE:
        assert own.finds_nothing(own.couple.therapist, name), name


@pytest.mark.P2
def test_a_clinician_reads_a_partner_only_through_their_own_couple(scene: Scene, world: World) -> None:
    other = a_couple(world, practice=scene.couple.practice)

    path = f"/couples/{scene.couple.couple_id}/partners/{other.ana_id}/journal"

    assert scene.couple.therapist.get(path).status_code == 404


@pytest.mark.P2
def test_another_practice_finds_nothing(scene: Scene, world: World) -> None:
    elsewhere = world.practice()
    for name, (method, path, _, admitted) in ROUTES.items():
        person = scene.couple.bo_id if admitted == PARTNER else scene.couple.therapist_id
        who = world.caller("integration", elsewhere, person, *admitted)
        if "{" in path:
            assert scene.finds_nothing(who, name), name
        elif method == "get":
            assert scene.call(who, name).json["items"] == [], name


@pytest.mark.P1
@pytest.mark.parametrize(
    ("table", "for_staff"),
    [("journey", 1), ("journal_entry", 0), ("journal_snapshot", 1), ("check_in", 0), ("safety_concern", 1)],
)
def test_the_database_itself_hides_a_partners_rows_from_the_other(
    scene: Scene, world: World, table: str, for_staff: int
) -> None:
    """Beneath the queries: the same statement without any filter, as each of them."""
    couple = scene.couple
    database = world.sides["integration"].app.extensions["attune_database"]

    def seen_as(person: UUID, role: str) -> int:
        with database.transaction(Scope(couple.practice, person, role)) as db:
            count = f"SELECT count(*) FROM {table} WHERE person_id = %s"
            return int(db.connection().exec_driver_sql(count, (couple.bo_id,)).scalar_one())

    assert seen_as(couple.bo_id, "partner") > 0
    assert seen_as(couple.ana_id, "partner") == 0
    assert seen_as(couple.therapist_id, "practitioner") == for_staff
