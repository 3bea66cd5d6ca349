"""What a partner tells a practitioner alone: whether it may be raised, and what each policy keeps."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from shared.confidentiality import (
    ALWAYS_PRIVATE,
    ConfidentialityPolicy,
    MayBeRaised,
    PolicyChange,
    Subject,
    may_be_raised,
    policy_of_telling,
)
from shared.events.intake import ConfidentialityPolicyChanged
from tests.intake.stage import Stage, share, transaction, unshare, write
from tests.world.stating import stated
from tests.world.world import Caller, World

DISCRETION, NO_SECRETS = ConfidentialityPolicy.DISCRETION, ConfidentialityPolicy.NO_SECRETS
NO, AFTER, YES = MayBeRaised.NO, MayBeRaised.AFTER_TELLING_THEM, MayBeRaised.YES
MONDAY = datetime(2026, 3, 2, 9, tzinfo=UTC)


# The rule itself.


@pytest.mark.parametrize(
    ("policy", "is_released", "is_told_first", "answer"),
    [
        (DISCRETION, False, False, NO),
        (DISCRETION, False, True, NO),
        (DISCRETION, True, False, YES),
        (NO_SECRETS, False, False, AFTER),
        (NO_SECRETS, False, True, YES),
        (NO_SECRETS, True, False, YES),
    ],
)
def test_the_policy_says_what_may_be_raised(
    policy: ConfidentialityPolicy, is_released: bool, is_told_first: bool, answer: MayBeRaised
) -> None:
    assert may_be_raised(policy, is_released=is_released, is_told_first=is_told_first) is answer


@pytest.mark.parametrize("subject", sorted(ALWAYS_PRIVATE))
def test_violence_and_suicide_are_never_raised(subject: Subject) -> None:
    for policy, is_released, is_told in product(ConfidentialityPolicy, (False, True), (False, True)):
        for subjects in ([subject], [Subject.ANYTHING_ELSE, subject]):
            answer = may_be_raised(policy, subjects=subjects, is_released=is_released, is_told_first=is_told)
            assert answer is NO


@pytest.mark.parametrize(
    ("told_h", "again_h", "policy"),
    [
        (-1, None, DISCRETION),  # before anybody chose
        (1, None, NO_SECRETS),
        (25, None, DISCRETION),  # changed back
        (49, None, NO_SECRETS),
        (0, None, NO_SECRETS),  # at the very moment
        (-1, 1, DISCRETION),  # told anew under no_secrets: it was told under discretion before
        (1, 25, DISCRETION),
        (1, 49, DISCRETION),  # discretion in between counts as well
        (1, 2, NO_SECRETS),
    ],
)
def test_words_stay_under_the_strictest_policy_they_were_told_under(
    told_h: int, again_h: int | None, policy: ConfidentialityPolicy
) -> None:
    chosen = (NO_SECRETS, DISCRETION, NO_SECRETS)
    changes = [PolicyChange(one, MONDAY + timedelta(days=day)) for day, one in enumerate(chosen)]
    again_at = None if again_h is None else MONDAY + timedelta(hours=again_h)
    assert policy_of_telling(changes, told_at=MONDAY + timedelta(hours=told_h), again_at=again_at) is policy


# Which policy holds.


def test_a_couple_starts_under_discretion_and_both_partners_can_see_it(stage: Stage) -> None:
    for who in (stage.ana, stage.bo):
        assert who.get("/me/couple").json["confidentiality_policy"] == "discretion"
    answer = stage.clinician.get(_policy(stage))
    assert (answer.json["policy"], answer.json["version"]) == ("discretion", 1)
    assert answer.headers["ETag"] == '"1"'
    assert stage.facts("Confidentiality") == []  # who listens knows discretion without a word


def test_another_policy_can_be_chosen_at_registration(stage: Stage) -> None:
    body = {"partners": [{"display_name": "Cleo"}], "confidentiality_policy": "no_secrets"}
    couple = stage.desk.post("/couples", body).json
    cleo = stage.world.caller("intake", stage.practice, UUID(couple["partners"][0]["person_id"]), "partner")
    assert cleo.get("/me/couple").json["confidentiality_policy"] == "no_secrets"
    (fact,) = stage.facts("ConfidentialityPolicyChanged")
    assert (str(fact.couple_id), fact.sequence, fact.policy) == (couple["couple_id"], 1, NO_SECRETS)


@pytest.mark.parametrize("policy", ["secrets", "NO_SECRETS", None, 1])
def test_a_policy_that_there_is_not_is_refused(stage: Stage, policy: object) -> None:
    assert stage.agree_on(policy).status_code == 422  # type: ignore[arg-type]
    body = {"partners": [{"display_name": "Cleo"}], "confidentiality_policy": policy}
    assert stage.desk.post("/couples", body).status_code == 422


def test_who_treats_the_couple_changes_the_policy_and_integration_is_told(stage: Stage) -> None:
    answer = stage.agree_on("no_secrets")

    assert (answer.status_code, answer.json["policy"], answer.headers["ETag"]) == (200, "no_secrets", '"2"')
    assert stage.ana.get("/me/couple").json["confidentiality_policy"] == "no_secrets"
    (fact,) = stage.facts("ConfidentialityPolicyChanged")
    assert (fact.couple_id, fact.sequence, fact.policy) == (stage.couple_id, 2, NO_SECRETS)
    assert fact.since.isoformat() == answer.json["since"]


def test_choosing_the_same_policy_again_tells_nobody(stage: Stage) -> None:
    assert stage.agree_on("discretion").json["version"] == 1
    assert stage.facts("ConfidentialityPolicyChanged") == []


def test_a_policy_that_somebody_else_changed_meanwhile_is_not_overwritten(stage: Stage) -> None:
    assert stage.agree_on("no_secrets", etag="").status_code == 428
    assert stage.agree_on("no_secrets").status_code == 200
    assert stage.agree_on("discretion").status_code == 412
    assert stage.clinician.get(_policy(stage)).json["policy"] == "no_secrets"


@pytest.mark.P2
def test_nobody_outside_the_care_team_changes_the_policy(stage: Stage) -> None:
    missing = stage.clinician.put(f"/couples/{uuid4()}/confidentiality-policy", _NO_SECRETS, etag='"1"')
    for who in (stage.stranger, stage.desk, stage.admin, stage.ana):
        denied = who.put(_policy(stage), _NO_SECRETS, etag='"1"')
        assert (denied.status_code, denied.data) == (404, missing.data)
    for who in (stage.stranger, stage.ana):
        assert who.get(_policy(stage)).data == missing.data
    assert stage.desk.get(_policy(stage)).json["policy"] == "discretion"


def test_every_change_is_stated_again_for_what_was_told_under_it(stage: Stage) -> None:
    stage.agree_on("no_secrets")
    stage.agree_on("discretion", etag='"2"')
    facts = stated(stage.world, "intake", stage.practice, ConfidentialityPolicyChanged)
    assert [one.policy for one in facts] == [NO_SECRETS, DISCRETION]
    assert facts == stage.facts("ConfidentialityPolicyChanged")


# What of a partner's intention may be raised.


def test_what_was_told_under_discretion_stays_so_when_the_policy_changes(stage: Stage) -> None:
    write(stage.bo, "told under discretion")
    stage.agree_on("no_secrets")
    write(stage.bo, "told under no secrets", part="past")
    write(stage.bo, "told under discretion, and some more", etag='"1"')

    assert stage.told(stage.bo_id) == {"hope": "no", "past": "after_telling_them"}

    stage.agree_on("discretion", etag='"2"')
    write(stage.bo, "told without a promise", part="honouring_limits")
    assert stage.told(stage.bo_id) == {"hope": "no", "honouring_limits": "no", "past": "after_telling_them"}
    write(stage.bo, "told again, under discretion now", part="past", etag='"1"')
    assert stage.told(stage.bo_id)["past"] == "no"


def test_who_was_told_first_may_hear_it_together(stage: Stage) -> None:
    stage.agree_on("no_secrets")
    write(stage.bo, "words")

    answer = _tell_first(stage, stage.bo_id, etag='"1"')
    again = _tell_first(stage, stage.bo_id)

    assert (answer.status_code, answer.json["may_be_raised"], answer.json["text"]) == (201, "yes", "words")
    assert (again.status_code, again.data) == (201, answer.data)
    assert stage.told(stage.bo_id) == {"hope": "yes"}
    assert len(stage.world.rows("intake", stage.practice, "SELECT 1 FROM told_first")) == 1


def test_words_written_after_they_were_told_are_to_be_told_anew(stage: Stage) -> None:
    stage.agree_on("no_secrets")
    write(stage.bo, "words")
    _tell_first(stage, stage.bo_id)
    write(stage.bo, "other words", etag='"1"')

    assert stage.told(stage.bo_id) == {"hope": "after_telling_them"}
    assert _tell_first(stage, stage.bo_id, etag='"1"').status_code == 412


def test_under_discretion_telling_them_first_frees_nothing(stage: Stage) -> None:
    write(stage.bo, "words")
    answer = _tell_first(stage, stage.bo_id)
    assert (answer.status_code, answer.json["code"]) == (409, "may_not_be_raised")
    assert stage.told(stage.bo_id) == {"hope": "no"}


def test_what_its_writer_shares_may_be_raised_as_it_was_shared(stage: Stage) -> None:
    write(stage.bo, "words")
    share(stage.bo)
    assert stage.told(stage.bo_id) == {"hope": "yes"}

    write(stage.bo, "words that are not shared", etag='"1"')
    assert stage.told(stage.bo_id) == {"hope": "no"}
    share(stage.bo)
    assert stage.told(stage.bo_id) == {"hope": "yes"}
    unshare(stage.bo)
    assert stage.told(stage.bo_id) == {"hope": "no"}


def test_nothing_is_told_of_a_part_that_nobody_wrote(stage: Stage) -> None:
    assert _tell_first(stage, stage.bo_id).status_code == 404


@pytest.mark.P2
def test_only_who_treats_them_records_that_they_told_them(stage: Stage) -> None:
    stage.agree_on("no_secrets")
    write(stage.bo, "words")
    stage.break_glass()
    missing = _tell_first(stage, uuid4())
    for who in (stage.stranger, stage.desk, stage.admin, stage.ana, stage.bo):
        denied = _tell_first(stage, stage.bo_id, by=who)
        assert (denied.status_code, denied.data) == (404, missing.data)


@pytest.mark.P1
def test_a_partner_never_learns_that_something_was_raised(stage: Stage) -> None:
    stage.agree_on("no_secrets")
    write(stage.bo, "words")
    paths = ("/me/couple", "/me/intention", "/me/intention/from-partner", "/me/intention/preview/hope")
    before = [
        (who.get(path).data, dict(who.get(path).headers)) for who in (stage.ana, stage.bo) for path in paths
    ]

    assert _tell_first(stage, stage.bo_id).status_code == 201

    after = [
        (who.get(path).data, dict(who.get(path).headers)) for who in (stage.ana, stage.bo) for path in paths
    ]
    assert after == before
    assert b"may_be_raised" not in b"".join(body for body, _ in after)
    for who in (stage.ana, stage.bo):
        with transaction(stage, who) as db:
            assert db.execute(text("SELECT count(*) FROM told_first")).scalar_one() == 0


@pytest.mark.P2
def test_under_every_query_the_database_lets_only_the_care_team_change_the_policy(
    world: World, stage: Stage
) -> None:
    change = text(
        "INSERT INTO confidentiality_change (id, couple_id, sequence, policy, since, changed_by)"
        " VALUES (gen_random_uuid(), :couple, 2, 'no_secrets', now(), :by)"
    )
    for who in (stage.ana, stage.desk, stage.stranger):
        values = {"couple": stage.couple_id, "by": who.actor.person_id}
        with pytest.raises(ProgrammingError, match="row-level security"), transaction(stage, who) as db:
            db.execute(change, values)
    with transaction(stage, stage.clinician) as db:
        db.execute(change, {"couple": stage.couple_id, "by": stage.clinician.actor.person_id})


_NO_SECRETS = {"policy": "no_secrets"}


def _policy(stage: Stage) -> str:
    return f"/couples/{stage.couple_id}/confidentiality-policy"


def _tell_first(
    stage: Stage, person_id: UUID, *, by: Caller | None = None, etag: str | None = None, part: str = "hope"
) -> Any:
    headers = {"If-Match": etag} if etag else {}
    path = f"{stage.of(person_id)}/intention/{part}/told-first"
    return (by or stage.clinician).post(path, headers=headers)
