"""What of a partner's journal, and of what worries, a practitioner may raise when both are there."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from shared.confidentiality import ConfidentialityPolicy
from tests.integration.story import CALL_ME, ENTRY, UNSAFE, Couple, a_couple
from tests.world.world import Caller, World

DISCRETION, NO_SECRETS = ConfidentialityPolicy.DISCRETION, ConfidentialityPolicy.NO_SECRETS


@pytest.fixture
def couple(world: World) -> Couple:
    return a_couple(world)


# The journal.


def test_without_a_word_of_a_policy_discretion_holds(couple: Couple) -> None:
    share(couple, "practitioner")
    assert raised(couple) == ["no"]


def test_under_no_secrets_it_may_be_raised_after_telling_them(couple: Couple) -> None:
    couple.agrees_on(NO_SECRETS)
    share(couple, "practitioner")
    assert raised(couple) == ["after_telling_them"]


def test_what_was_told_under_discretion_stays_so(couple: Couple) -> None:
    entry = share(couple, "practitioner")
    couple.agrees_on(NO_SECRETS)
    share(couple, "practitioner")
    assert raised(couple) == ["after_telling_them", "no"]

    share(couple, "practitioner", entry=entry)  # shared anew, told long ago
    assert raised(couple) == ["no", "after_telling_them"]


def test_a_change_back_holds_for_what_is_told_from_then_on(couple: Couple) -> None:
    couple.agrees_on(NO_SECRETS)
    entry = share(couple, "practitioner")
    couple.agrees_on(DISCRETION, sequence=3)
    share(couple, "practitioner")
    assert raised(couple) == ["no", "after_telling_them"]

    share(couple, "practitioner", entry=entry)  # the words may have changed since
    assert raised(couple) == ["no", "no"]


def test_taken_back_and_given_again_it_is_told_anew(couple: Couple) -> None:
    entry = share(couple, "practitioner")
    couple.agrees_on(NO_SECRETS)
    couple.bo.post(f"/me/journal/{entry}/unshare")
    share(couple, "practitioner", entry=entry)
    assert raised(couple) == ["after_telling_them"]


@pytest.mark.parametrize("policy", ConfidentialityPolicy)
def test_what_the_partner_reads_as_well_may_be_raised(couple: Couple, policy: ConfidentialityPolicy) -> None:
    couple.agrees_on(policy)
    entry = share(couple, "both")
    assert raised(couple) == ["yes"]

    share(couple, "practitioner", entry=entry)
    assert raised(couple) == ["no" if policy is DISCRETION else "after_telling_them"]


def test_a_policy_that_arrives_late_still_counts_from_its_moment(couple: Couple, world: World) -> None:
    since = world.now(couple.practice) - timedelta(hours=1)
    share(couple, "practitioner")
    assert raised(couple) == ["no"]
    couple.agrees_on(NO_SECRETS, since=since)
    couple.agrees_on(NO_SECRETS, since=since)  # stated again
    assert raised(couple) == ["after_telling_them"]
    assert not couple.has_failures()


def test_who_was_told_first_may_hear_it_together(couple: Couple, world: World) -> None:
    couple.agrees_on(NO_SECRETS)
    share(couple, "practitioner")

    answer = tell_first(couple)
    again = tell_first(couple)

    assert (answer.status_code, answer.json["may_be_raised"]) == (201, "yes")
    assert (again.status_code, again.data) == (201, answer.data)
    assert raised(couple) == ["yes"]
    assert len(world.rows("integration", couple.practice, "SELECT 1 FROM told_first")) == 1
    assert answer.json == couple.therapist.get(journal(couple)).json["items"][0]


def test_shared_anew_it_is_to_be_told_anew(couple: Couple) -> None:
    couple.agrees_on(NO_SECRETS)
    entry = share(couple, "practitioner")
    tell_first(couple)
    share(couple, "practitioner", entry=entry)
    assert raised(couple) == ["after_telling_them"]


def test_under_discretion_telling_them_first_frees_nothing(couple: Couple) -> None:
    share(couple, "practitioner")
    answer = tell_first(couple)
    assert (answer.status_code, answer.json["code"]) == (409, "may_not_be_raised")
    assert raised(couple) == ["no"]


@pytest.mark.P2
def test_what_is_not_shared_with_practitioners_is_not_there_to_be_told(couple: Couple) -> None:
    couple.agrees_on(NO_SECRETS)
    share(couple, "partner")
    only_for_ana = couple.ana.get("/me/shared-with-me").json["items"][0]["shared_id"]
    missing = couple.therapist.post(f"{journal(couple)}/{uuid4()}/told-first")
    share(couple, "practitioner")
    theirs = couple.therapist.get(journal(couple)).json["items"][0]["shared_id"]
    for path in (f"{journal(couple)}/{only_for_ana}", f"{journal(couple, couple.ana_id)}/{theirs}"):
        answer = couple.therapist.post(f"{path}/told-first")
        assert (answer.status_code, answer.data) == (404, missing.data)


def test_what_partners_see_says_nothing_of_what_may_be_raised(couple: Couple) -> None:
    entry = share(couple, "both")
    for who, path in (
        (couple.ana, "/me/shared-with-me"),
        (couple.bo, "/me/journal"),
        (couple.bo, f"/me/journal/{entry}/preview"),
    ):
        assert b"raised" not in who.get(path).data


def test_the_care_team_is_told_that_there_are_entries_and_not_what_stands_in_them(couple: Couple) -> None:
    share(couple, "practitioner")
    share(couple, "both")
    share(couple, "partner")

    answer = couple.therapist.get(f"/couples/{couple.couple_id}/told")

    assert [one["is_released"] for one in answer.json["items"]] == [True, False]
    assert {one["person_id"] for one in answer.json["items"]} == {str(couple.bo_id)}
    assert set(answer.json["items"][0]) == {"shared_id", "person_id", "shared_at", "is_released"}
    assert ENTRY["text"].encode() not in answer.data


# What worries.


@pytest.mark.parametrize("policy", ConfidentialityPolicy)
@pytest.mark.parametrize("changed", [{"is_safe_at_home": False}, {"mood": 0}], ids=["violence", "suicide"])
def test_violence_and_suicide_are_never_raised(
    couple: Couple, policy: ConfidentialityPolicy, changed: dict[str, Any]
) -> None:
    couple.agrees_on(policy)
    concern = worries(couple, {**CALL_ME, **changed})

    answer = couple.therapist.post(f"/safety-concerns/{concern}/told-first")

    assert (answer.status_code, answer.json["code"]) == (409, "may_not_be_raised")
    assert couple.therapist.get(f"/safety-concerns/{concern}").json["may_be_raised"] == "no"


def test_a_wish_to_be_called_follows_the_policy(couple: Couple) -> None:
    concern = worries(couple, CALL_ME)
    assert couple.therapist.get(f"/safety-concerns/{concern}").json["may_be_raised"] == "no"

    couple.agrees_on(NO_SECRETS)
    later = worries(couple, CALL_ME)

    assert couple.therapist.get(f"/safety-concerns/{later}").json["may_be_raised"] == "after_telling_them"
    answer = couple.therapist.post(f"/safety-concerns/{later}/told-first")
    assert (answer.status_code, answer.json["may_be_raised"]) == (201, "yes")
    assert couple.therapist.get(f"/safety-concerns/{concern}").json["may_be_raised"] == "no"


def test_the_list_of_concerns_says_nothing_of_kinds_nor_of_what_may_be_raised(couple: Couple) -> None:
    worries(couple, UNSAFE)
    assert b'raised":' not in couple.therapist.get("/safety-concerns").data.replace(b"raised_at", b"")


def journal(couple: Couple, person_id: UUID | None = None) -> str:
    return f"/couples/{couple.couple_id}/partners/{person_id or couple.bo_id}/journal"


def share(couple: Couple, audience: str, *, entry: str | None = None) -> str:
    """Bo shares an entry, a new one unless named; returns its id."""
    entry = entry or str(couple.bo.post("/me/journal", ENTRY).json["entry_id"])
    assert couple.bo.post(f"/me/journal/{entry}/share", {"audience": audience}).status_code == 201
    return entry


def raised(couple: Couple) -> list[str]:
    """Whether what Bo shared may be raised, newest first."""
    items = couple.therapist.get(journal(couple)).json["items"]
    return [one["may_be_raised"] for one in items]


def tell_first(couple: Couple, *, by: Caller | None = None) -> Any:
    newest = couple.therapist.get(journal(couple)).json["items"][0]["shared_id"]
    return (by or couple.therapist).post(f"{journal(couple)}/{newest}/told-first")


def worries(couple: Couple, answers: dict[str, Any]) -> str:
    """Bo's next check-in is answered so; returns the id of the concern that it raises."""
    couple.ended()
    couple.pass_days(2)
    check_in = couple.bo.get("/me/check-ins").json["items"][-1]["check_in_id"]
    assert couple.bo.post(f"/me/check-ins/{check_in}/answer", answers).status_code == 201
    return str(couple.therapist.get("/safety-concerns").json["items"][0]["concern_id"])
