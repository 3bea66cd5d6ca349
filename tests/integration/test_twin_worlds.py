"""P1: whatever Bo writes, answers or skips, Ana observes the same to the byte; only sharing changes it."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from shared.confidentiality import ConfidentialityPolicy
from shared.events.intake import CareTeamChanged
from shared.events.notify import AlertAcknowledged
from shared.events.sessions import SessionCompleted, SessionKind
from tests.integration.story import ENTRY, FINE, UNSAFE, Couple, a_couple
from tests.world.world import World

Secret = Callable[[Couple], None]


def wrote_nothing(_: Couple) -> None:
    """Bo did nothing at all."""


def wrote_private_entries(couple: Couple) -> None:
    for channel in ("feelings", "beliefs", "images"):
        couple.bo.post("/me/journal", {"channel": channel, "text": "secret " * 300, "mood": 0})


def changed_an_entry(couple: Couple) -> None:
    entry = couple.bo.post("/me/journal", ENTRY)
    couple.bo.put(f"/me/journal/{entry.json['entry_id']}", {**ENTRY, "text": "x"}, etag=entry.headers["ETag"])


def changed_a_shared_entry(couple: Couple) -> None:
    for entry in couple.bo.get("/me/journal").json["items"]:
        if entry["audience"] is not None:
            changed = {**ENTRY, "text": "not what was shared"}
            couple.bo.put(f"/me/journal/{entry['entry_id']}", changed, etag=f'"{entry["version"]}"')


def shared_with_the_practitioner_alone(couple: Couple) -> None:
    entry = couple.bo.post("/me/journal", ENTRY).json["entry_id"]
    couple.bo.post(f"/me/journal/{entry}/share", {"audience": "practitioner"})


def shared_and_took_back(couple: Couple) -> None:
    entry = couple.bo.post("/me/journal", ENTRY).json["entry_id"]
    couple.bo.post(f"/me/journal/{entry}/share", {"audience": "both"})
    couple.bo.post(f"/me/journal/{entry}/unshare")


def close_two(couple: Couple, how: str, body: dict[str, Any]) -> None:
    for one in couple.bo.get("/me/check-ins").json["items"][:2]:
        assert couple.bo.post(f"/me/check-ins/{one['check_in_id']}/{how}", body).status_code == 201


def answered_that_all_is_well(couple: Couple) -> None:
    close_two(couple, "answer", {**FINE, "words": "words " * 200})


def skipped_check_ins(couple: Couple) -> None:
    close_two(couple, "skip", {})


def raised_concerns(couple: Couple) -> None:
    close_two(couple, "answer", {**UNSAFE, "mood": 0, "wants_contact": True})
    concerns = couple.therapist.get("/safety-concerns").json["items"]
    assert concerns
    couple.world.tell(
        couple.practice,
        AlertAcknowledged(
            alert_id=uuid4(),
            concern_id=concerns[0]["concern_id"],
            person_id=couple.bo_id,
            by=couple.therapist_id,
            at=couple.world.now(couple.practice),
        ),
    )


def had_an_integration_session_alone(couple: Couple) -> None:
    couple.world.tell(
        couple.practice,
        SessionCompleted(
            session_id=uuid4(),
            kind=SessionKind.INTEGRATION,
            couple_id=couple.couple_id,
            partner_ids=(couple.bo_id,),
            at=couple.world.now(couple.practice),
        ),
    )


def had_a_medicine_session_alone(couple: Couple) -> None:
    couple.ended(partner_ids=(couple.bo_id,))


def was_told_first(couple: Couple) -> None:
    couple.agrees_on(ConfidentialityPolicy.NO_SECRETS)
    shared_with_the_practitioner_alone(couple)
    journal = f"/couples/{couple.couple_id}/partners/{couple.bo_id}/journal"
    newest = couple.therapist.get(journal).json["items"][0]
    assert couple.therapist.post(f"{journal}/{newest['shared_id']}/told-first").status_code == 201


def was_read_by_a_stranger(couple: Couple) -> None:
    shared_with_the_practitioner_alone(couple)
    stranger = couple.world.caller("integration", couple.practice, uuid4(), "facilitator")
    couple.is_opened_to(stranger.actor.person_id, person_id=couple.bo_id)
    assert stranger.get(f"/couples/{couple.couple_id}/partners/{couple.bo_id}/journal").status_code == 200


SECRETS: list[Secret] = [
    wrote_private_entries, changed_an_entry, changed_a_shared_entry, shared_with_the_practitioner_alone,
    shared_and_took_back, answered_that_all_is_well, skipped_check_ins, raised_concerns,
    had_an_integration_session_alone, had_a_medicine_session_alone, was_told_first, was_read_by_a_stranger,
]  # fmt: skip


def a_couple_on_its_way(world: World) -> Couple:
    """Both have written and shared, and both have check-ins to answer."""
    couple = a_couple(world)
    couple.ended()
    couple.pass_days(100)
    for who in (couple.ana, couple.bo):
        for text in ("one", "two", "three"):
            entry = who.post("/me/journal", {**ENTRY, "text": text}).json["entry_id"]
            who.post(f"/me/journal/{entry}/share", {"audience": "partner"})
    return couple


def observe(couple: Couple) -> dict[str, tuple[int, list[tuple[str, str]], bytes]]:
    """Every answer Ana can read, whole: status, headers, body; her own pages and every door to Bo's."""
    ana, found = couple.ana, {}

    def look(path: str) -> Any:
        answer = ana.get(path)
        found[path] = (answer.status_code, sorted(answer.headers.items()), answer.data)
        return answer.json

    for path in (
        "/me/journeys",
        "/me/check-ins",
        "/me/check-ins/all",
        "/safety-concerns",
        f"/couples/{couple.couple_id}/journeys",
    ):
        look(path)
    look(f"/couples/{couple.couple_id}/partners/{couple.bo_id}/journal")
    for path in ("/me/journal", "/me/shared-with-me", "/me/shared-by-me"):
        look(path)
        cursor = look(f"{path}?limit=1")["next_cursor"]
        look(f"{path}?limit=1&cursor={cursor}")
    for entry in ana.get("/me/journal").json["items"]:
        look(f"/me/journal/{entry['entry_id']}")
        look(f"/me/journal/{entry['entry_id']}/preview")
    return found


@pytest.mark.P1
def test_nothing_that_bo_keeps_changes_a_byte_of_what_ana_reads(world: World) -> None:
    couple = a_couple_on_its_way(world)
    before = observe(couple)
    assert before == observe(couple)

    for secret in SECRETS:
        secret(couple)
        world.pump(ticks=True)
        assert observe(couple) == before, secret.__name__


@pytest.mark.P1
def test_sharing_changes_what_was_shared_and_nothing_else(world: World) -> None:
    couple = a_couple_on_its_way(world)
    before = observe(couple)
    entry = couple.bo.post("/me/journal", ENTRY).json["entry_id"]
    assert observe(couple) == before

    couple.bo.post(f"/me/journal/{entry}/share", {"audience": "both"})
    shared = observe(couple)
    couple.bo.post(f"/me/journal/{entry}/unshare")

    changed = {
        path.split("?")[0] for path in set(before) | set(shared) if before.get(path) != shared.get(path)
    }
    assert changed == {"/me/shared-with-me"}
    assert observe(couple) == before


def play(couple: Couple) -> list[str]:
    """Ana goes on with her own life; every answer she gets, with ids and moments replaced by their order."""
    ana, heard = couple.ana, []
    names: dict[str, str] = {}

    def hear(answer: Any) -> Any:
        words = f"{answer.status_code} {sorted(answer.headers.items())} {answer.get_data(as_text=True)}"
        words = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}", named("id"), words)
        words = re.sub(r"\d{4}-\d\d-\d\dT[0-9:.]+", "a moment", words)
        words = re.sub(r'(?<="next_cursor": ")[^"]+|(?<="next_cursor":")[^"]+', "a cursor", words)
        heard.append(words)
        return answer.json

    def named(kind: str) -> Callable[[re.Match[str]], str]:
        return lambda found: names.setdefault(found.group(), f"{kind} {len(names)}")

    entry = hear(ana.post("/me/journal", ENTRY))["entry_id"]
    hear(ana.post(f"/me/journal/{entry}/share", {"audience": "both"}))
    hear(ana.put(f"/me/journal/{entry}", {**ENTRY, "text": "later"}, etag='"2"'))
    for path in ("/me/journal?limit=2", "/me/shared-with-me?limit=2", f"/me/journal/{entry}/preview"):
        hear(ana.get(path))
    hear(ana.post(f"/me/journal/{entry}/unshare"))
    check_ins = hear(ana.get("/me/check-ins"))["items"]
    for one in check_ins:
        hear(ana.post(f"/me/check-ins/{one['check_in_id']}/answer", FINE))
        hear(ana.post(f"/me/check-ins/{one['check_in_id']}/skip"))
    couple.world.tell(
        couple.practice, CareTeamChanged(couple_id=couple.couple_id, practitioner_ids=(couple.therapist_id,))
    )
    for path in ("/me/journeys", "/me/check-ins", "/me/journal", "/me/shared-with-me"):
        hear(ana.get(path))
    return heard


@pytest.mark.P1
@pytest.mark.parametrize("secret", SECRETS)
def test_twins_whose_partners_keep_different_secrets_hear_the_same(world: World, secret: Secret) -> None:
    practice = world.practice()
    quiet, full = a_couple(world, practice=practice), a_couple(world, practice=practice)
    ended_at = world.now(practice) - timedelta(hours=1)
    for couple in (quiet, full):
        couple.ended(at=ended_at)
    quiet.pass_days(3)
    for couple, what in ((quiet, wrote_nothing), (full, secret)):
        entry = couple.bo.post("/me/journal", ENTRY).json["entry_id"]
        couple.bo.post(f"/me/journal/{entry}/share", {"audience": "partner"})
        what(couple)
    quiet.pass_days(4)

    assert play(quiet) == play(full)


@pytest.mark.P1
def test_bos_things_and_things_that_never_were_are_the_same_to_ana(world: World) -> None:
    couple = a_couple_on_its_way(world)
    entry = couple.bo.get("/me/journal").json["items"][0]["entry_id"]
    shared = couple.ana.get("/me/shared-with-me").json["items"][0]["shared_id"]
    check_in = couple.bo.get("/me/check-ins").json["items"][0]["check_in_id"]
    doors = [
        ("get", "/me/journal/{}", None), ("get", "/me/journal/{}/preview", None),
        ("put", "/me/journal/{}", ENTRY), ("post", "/me/journal/{}/share", {"audience": "both"}),
        ("post", "/me/journal/{}/unshare", {}), ("post", "/me/check-ins/{}/answer", FINE),
        ("post", "/me/check-ins/{}/answer", {**FINE, "mood": 99}), ("post", "/me/check-ins/{}/skip", {}),
    ]  # fmt: skip
    for method, path, body in doors:
        answers = []
        for ident in (entry, shared, check_in, uuid4()):
            kw = {} if body is None else {"body": body}
            answer = getattr(couple.ana, method)(path.format(ident), **kw)
            answers.append((answer.status_code, sorted(answer.headers.items()), answer.data))
        assert all(one == answers[-1] for one in answers), path
        assert answers[-1][0] in (404, 422)
