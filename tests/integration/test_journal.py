"""The journal: private, versioned, and shared only as the writer chose and previewed."""

from typing import Any
from uuid import uuid4

import pytest

from services.integration.queries import journal
from shared.db.tenancy import Scope
from shared.events.intake import CoupleRegistered
from shared.events.integration import Audience, JournalEntryShared
from tests.integration.story import ENTRY, Couple, a_couple
from tests.world.world import Caller, World


@pytest.fixture
def couple(world: World) -> Couple:
    return a_couple(world)


@pytest.fixture(scope="module")
def quiet(world: World) -> Couple:
    """A couple for entries that are refused, so that nothing is ever written."""
    return a_couple(world)


def write(who: Caller, **changed: Any) -> str:
    answer = who.post("/me/journal", {**ENTRY, **changed})
    assert answer.status_code == 201, answer.text
    return str(answer.json["entry_id"])


def share(who: Caller, entry_id: str, audience: str, **kw: Any) -> Any:
    return who.post(f"/me/journal/{entry_id}/share", {"audience": audience}, **kw)


def seen_by_bo(couple: Couple) -> list[str]:
    return [one["text"] for one in couple.bo.get("/me/shared-with-me").json["items"]]


def seen_by_therapist(couple: Couple) -> list[str]:
    path = f"/couples/{couple.couple_id}/partners/{couple.ana_id}/journal"
    return [one["text"] for one in couple.therapist.get(path).json["items"]]


def test_an_entry_is_kept_for_its_writer(couple: Couple) -> None:
    answer = couple.ana.post("/me/journal", ENTRY)

    assert answer.status_code == 201
    assert answer.headers["ETag"] == '"1"'
    assert {**ENTRY, "audience": None, "version": 1}.items() <= answer.json.items()
    assert couple.ana.get(f"/me/journal/{answer.json['entry_id']}").json == answer.json
    assert couple.ana.get("/me/journal").json["items"] == [answer.json]
    assert couple.bo.get("/me/journal").json["items"] == []
    assert couple.events() == []


def test_mood_may_be_left_out(couple: Couple) -> None:
    entry_id = write(couple.ana, mood=None)
    assert couple.ana.get(f"/me/journal/{entry_id}").json["mood"] is None


def test_the_journal_comes_in_pages_newest_first(couple: Couple) -> None:
    for text in ("one", "two", "three"):
        write(couple.ana, text=text)

    first = couple.ana.get("/me/journal?limit=2").json
    rest = couple.ana.get(f"/me/journal?limit=2&cursor={first['next_cursor']}").json

    assert [one["text"] for one in first["items"] + rest["items"]] == ["three", "two", "one"]
    assert rest["next_cursor"] is None
    assert set(first) == {"items", "next_cursor"}
    stolen = couple.bo.get(f"/me/journal?limit=2&cursor={first['next_cursor']}")
    assert stolen.status_code == 400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("channel", "dreams"), ("channel", None), ("text", ""), ("text", "   "), ("text", "x" * 20_001),
        ("text", "bell\x07"), ("text", 5), ("mood", 11), ("mood", "fine"), ("mood", True), ("audience", "both"),
    ],
)  # fmt: skip
def test_a_field_that_is_wrong_is_named_and_nothing_is_kept(quiet: Couple, field: str, value: object) -> None:
    answer = quiet.ana.post("/me/journal", {**ENTRY, field: value})

    assert answer.status_code == 422, answer.text
    assert [error["pointer"] for error in answer.json["errors"]] == [f"/{field}"]
    assert quiet.ana.get("/me/journal").json["items"] == []


def test_the_same_entry_sent_twice_is_kept_once(couple: Couple) -> None:
    one = couple.ana.post("/me/journal", ENTRY, key="sent-twice")
    two = couple.ana.post("/me/journal", ENTRY, key="sent-twice")
    other = couple.ana.post("/me/journal", {**ENTRY, "mood": 1}, key="sent-twice")

    assert one.data == two.data
    assert other.json["code"] == "idempotency_key_reused"
    assert len(couple.ana.get("/me/journal").json["items"]) == 1


def test_a_change_needs_the_version_it_saw(couple: Couple) -> None:
    path = f"/me/journal/{write(couple.ana)}"

    missing = couple.ana.put(path, {**ENTRY, "text": "New."})
    changed = couple.ana.put(path, {**ENTRY, "text": "New."}, etag='"1"')
    stale = couple.ana.put(path, {**ENTRY, "text": "Newer."}, etag='"1"')

    assert (missing.status_code, changed.status_code, stale.status_code) == (428, 200, 412)
    assert changed.headers["ETag"] == '"2"'
    assert couple.ana.get(path).json == changed.json
    assert changed.json["text"] == "New."


@pytest.mark.parametrize(
    ("audience", "for_bo", "for_therapist"),
    [("partner", True, False), ("practitioner", False, True), ("both", True, True)],
)
def test_a_shared_entry_is_seen_by_its_audience_only(
    couple: Couple, audience: str, for_bo: bool, for_therapist: bool
) -> None:
    write(couple.ana, text="private")
    answer = share(couple.ana, write(couple.ana, text="given"), audience)

    assert answer.status_code == 201, answer.text
    assert answer.json["audience"] == audience
    assert seen_by_bo(couple) == (["given"] if for_bo else [])
    assert seen_by_therapist(couple) == (["given"] if for_therapist else [])
    assert couple.ana.get("/me/shared-with-me").json["items"] == []
    (fact,) = couple.events(JournalEntryShared)
    assert fact == JournalEntryShared(
        couple_id=couple.couple_id,
        person_id=couple.ana_id,
        audience=Audience(audience),
        sharing_id=fact.sharing_id,
    )
    assert fact.sharing_id is not None


@pytest.mark.P1
def test_the_queries_hide_what_is_not_shared_even_without_the_databases_walls(couple: Couple) -> None:
    """As the worker, for whom there are no walls between partners."""
    for audience in Audience:
        share(couple.ana, write(couple.ana, channel="images"), audience)
    write(couple.ana)
    database = couple.world.sides["integration"].database

    with database.transaction(Scope(couple.practice, role="worker")) as db:
        for_bo = db.scalars(journal.shared_with_partner(couple.bo_id)).all()
        for_ana = db.scalars(journal.shared_with_partner(couple.ana_id)).all()
        for_staff = db.scalars(journal.shared_with_practitioners(couple.couple_id, couple.ana_id)).all()
        written_by_bo = db.scalars(journal.own_entries(couple.bo_id)).all()

    assert sorted(one.audience for one in for_bo) == ["both", "partner"]
    assert sorted(one.audience for one in for_staff) == ["both", "practitioner"]
    assert not for_ana
    assert not written_by_bo


def test_the_preview_is_what_the_other_then_sees(couple: Couple) -> None:
    entry_id = write(couple.ana)
    path = f"/me/journal/{entry_id}/preview"

    before = couple.ana.get(path).json
    share(couple.ana, entry_id, "partner")
    after = couple.ana.get(path).json

    (seen,) = couple.bo.get("/me/shared-with-me").json["items"]
    assert before["shared"] is None
    assert after["shared"] == seen
    assert {name: seen[name] for name in ENTRY} == {name: before[name] for name in ENTRY} == ENTRY
    assert set(seen) == {"shared_id", "channel", "text", "mood", "shared_at"}
    assert seen["shared_id"] != entry_id


def test_a_later_change_does_not_reach_what_was_shared(couple: Couple) -> None:
    entry_id = write(couple.ana, text="as shared")
    share(couple.ana, entry_id, "both")
    etag = couple.ana.get(f"/me/journal/{entry_id}").headers["ETag"]

    couple.ana.put(f"/me/journal/{entry_id}", {**ENTRY, "text": "for me alone"}, etag=etag)

    assert seen_by_bo(couple) == seen_by_therapist(couple) == ["as shared"]
    preview = couple.ana.get(f"/me/journal/{entry_id}/preview").json
    assert (preview["text"], preview["shared"]["text"]) == ("for me alone", "as shared")


def test_sharing_again_replaces_what_was_shared(couple: Couple) -> None:
    entry_id = write(couple.ana, text="first")
    share(couple.ana, entry_id, "both")
    old_id = couple.bo.get("/me/shared-with-me").json["items"][0]["shared_id"]
    etag = couple.ana.get(f"/me/journal/{entry_id}").headers["ETag"]
    couple.ana.put(f"/me/journal/{entry_id}", {**ENTRY, "text": "second"}, etag=etag)

    share(couple.ana, entry_id, "partner")

    (seen,) = couple.bo.get("/me/shared-with-me").json["items"]
    assert seen["text"] == "second"
    assert seen["shared_id"] != old_id
    assert seen_by_therapist(couple) == []


def test_what_is_taken_back_is_gone_at_once(couple: Couple) -> None:
    entry_id = write(couple.ana)
    share(couple.ana, entry_id, "both")

    answer = couple.ana.post(f"/me/journal/{entry_id}/unshare")
    again = couple.ana.post(f"/me/journal/{entry_id}/unshare")

    assert answer.status_code == again.status_code == 201
    assert answer.json["audience"] is None
    assert seen_by_bo(couple) == seen_by_therapist(couple) == []
    rows = couple.world.rows("integration", couple.practice, "SELECT 1 FROM journal_snapshot")
    assert rows == []


def test_only_what_was_previewed_is_shared_when_the_version_is_named(couple: Couple) -> None:
    entry_id = write(couple.ana)
    couple.ana.put(f"/me/journal/{entry_id}", {**ENTRY, "text": "changed elsewhere"}, etag='"1"')

    answer = share(couple.ana, entry_id, "partner", headers={"If-Match": '"1"'})

    assert answer.status_code == 412
    assert seen_by_bo(couple) == []


def test_the_same_sharing_sent_twice_tells_once(couple: Couple) -> None:
    entry_id = write(couple.ana)

    one = share(couple.ana, entry_id, "partner", key="shared-twice")
    two = share(couple.ana, entry_id, "partner", key="shared-twice")

    assert one.data == two.data
    assert len(couple.events(JournalEntryShared)) == 1


def test_shared_entries_come_in_pages_newest_sharing_first(couple: Couple) -> None:
    ids = [write(couple.ana, text=text) for text in ("a", "b", "c")]
    for place in (1, 2, 0):
        share(couple.ana, ids[place], "partner")

    first = couple.bo.get("/me/shared-with-me?limit=2").json
    rest = couple.bo.get(f"/me/shared-with-me?limit=2&cursor={first['next_cursor']}").json

    assert [one["text"] for one in first["items"] + rest["items"]] == ["a", "c", "b"]


@pytest.mark.P1
def test_a_writer_is_shown_what_they_share_as_it_is_seen(couple: Couple) -> None:
    kept, given, told = (write(couple.ana, text=text) for text in ("kept", "given", "told"))
    share(couple.ana, given, "both")
    share(couple.ana, told, "practitioner")
    share(couple.bo, write(couple.bo, text="bo's"), "both")
    couple.ana.put(f"/me/journal/{given}", {**ENTRY, "text": "later"}, etag='"2"')

    listed = couple.ana.get("/me/shared-by-me").json["items"]

    assert [(one["entry_id"], one["audience"], one["text"]) for one in listed] == [
        (told, "practitioner", "told"),
        (given, "both", "given"),
    ]
    (seen,) = couple.bo.get("/me/shared-with-me").json["items"]
    assert seen == {name: listed[1][name] for name in seen}
    for entry in (given, told, kept):
        couple.ana.post(f"/me/journal/{entry}/unshare")
    assert couple.ana.get("/me/shared-by-me").json["items"] == []


def test_one_alone_shares_with_the_practitioner_and_a_later_partner_sees_nothing_of_it(world: World) -> None:
    couple = a_couple(world, partners=1)
    entry_id = write(couple.ana)

    for audience in ("partner", "both"):
        refused = share(couple.ana, entry_id, audience)
        assert (refused.status_code, refused.json["code"]) == (409, "no_partner_yet")
    assert share(couple.ana, entry_id, "practitioner").status_code == 201

    world.tell(
        couple.practice,
        CoupleRegistered(couple_id=couple.couple_id, partner_ids=(couple.ana_id, couple.bo_id)),
    )
    assert seen_by_bo(couple) == []
    assert share(couple.ana, entry_id, "both").status_code == 201
    assert seen_by_bo(couple) == [ENTRY["text"]]


def test_sharing_waits_until_the_couple_is_known_here(world: World) -> None:
    practice = world.practice()
    stranger = world.caller("integration", practice, uuid4(), "partner")

    assert share(stranger, write(stranger), "practitioner").status_code == 404
