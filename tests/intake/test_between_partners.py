"""Twin worlds: what one partner observes doesn't depend on anything the other has not shared."""

import re
from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from services.intake.domain import Part
from shared.db.tenancy import Scope
from shared.events.gateway import InvitationAccepted, PartnerInvited
from tests.intake.stage import Stage, set_stage, share, unshare, write
from tests.world.world import Caller, World

Observed = list[tuple[str, int, dict[str, str], bytes]]
_ID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _writes_everything(stage: Stage) -> None:
    for part in Part:
        write(stage.bo, "A long and private answer. " * 200, part=part)


def _shares_and_takes_back(stage: Stage) -> None:
    _writes_everything(stage)
    for part in Part:
        share(stage.bo, part=part)
        unshare(stage.bo, part=part)


def _changes_their_mind(stage: Stage) -> None:
    for version in range(5):
        write(stage.bo, f"draft {version}", etag=f'"{version}"' if version else None)


def _is_prepared(stage: Stage) -> None:
    assert stage.clinician.post(f"{stage.of(stage.bo_id)}/preparation-completed").status_code == 201


def _is_decided_on(decision: str) -> Callable[[Stage], None]:
    def decide(stage: Stage) -> None:
        for _ in range(3):
            assert stage.decide(stage.bo_id, decision, reason="Not a word. " * 50).status_code == 201

    return decide


def _joins(stage: Stage) -> None:
    bo = {"couple_id": stage.couple_id, "person_id": stage.bo_id}
    stage.world.tell(stage.practice, PartnerInvited(**bo, contact_id=uuid4()), InvitationAccepted(**bo))


def _is_given_another_care_team(stage: Stage) -> None:
    team = [str(uuid4()) for _ in range(5)]
    stage.desk.put(f"/couples/{stage.couple_id}/care-team", {"practitioner_ids": team}, etag='"2"')


def _is_read_by_a_stranger(stage: Stage) -> None:
    _writes_everything(stage)
    opened = stage.break_glass(person_id=str(stage.bo_id)).json
    assert len(stage.stranger.get(f"{stage.of(stage.bo_id)}/intention").json["parts"]) == len(Part)
    review = f"/break-glass/{opened['break_glass_id']}/review"
    assert stage.admin.post(review, {"outcome": "not_justified"}).status_code == 201


def _has_a_conflict_with_a_clinician(stage: Stage) -> None:
    for practitioner in (stage.clinician, stage.stranger):
        assert stage.mark_conflict(practitioner).status_code == 201


SECRETS: dict[str, Callable[[Stage], None]] = {
    "writes everything": _writes_everything,
    "shares and takes back": _shares_and_takes_back,
    "changes their mind": _changes_their_mind,
    "is prepared": _is_prepared,
    "is ready": _is_decided_on("ready"),
    "is not yet ready": _is_decided_on("not_yet"),
    "is not indicated": _is_decided_on("not_indicated"),
    "joins": _joins,
    "is given another care team": _is_given_another_care_team,
    "is read by a stranger": _is_read_by_a_stranger,
    "has a conflict with a clinician": _has_a_conflict_with_a_clinician,
}


@pytest.mark.P1
@pytest.mark.parametrize("secret", SECRETS)
def test_nothing_the_other_keeps_to_themselves_changes_what_a_partner_sees(stage: Stage, secret: str) -> None:
    write(stage.ana, "mine", part="past")
    share(stage.ana, part="past")
    before = _reads(stage, stage.ana)

    SECRETS[secret](stage)
    stage.world.pump(ticks=True)

    assert _reads(stage, stage.ana) == before


@pytest.mark.P1
@pytest.mark.parametrize("secret", SECRETS)
def test_two_worlds_that_differ_only_in_secrets_answer_the_same(world: World, secret: str) -> None:
    plain, full = set_stage(world), set_stage(world)
    SECRETS[secret](full)

    assert _nameless(_lives(plain)) == _nameless(_lives(full))


@pytest.mark.P1
def test_a_partner_s_answers_don_t_depend_on_who_else_is_in_the_practice(world: World) -> None:
    plain, full = set_stage(world), set_stage(world)
    for _ in range(3):
        couple = full.desk.post("/couples", {"partners": [{"display_name": "Cleo"}]}).json
        cleo = world.caller("intake", full.practice, UUID(couple["partners"][0]["person_id"]), "partner")
        write(cleo, "of another couple")
        share(cleo)

    assert _nameless(_lives(plain)) == _nameless(_lives(full))


@pytest.mark.P1
def test_sharing_one_part_shows_that_part_and_changes_nothing_else(stage: Stage) -> None:
    before = _reads(stage, stage.ana)
    write(stage.bo, "kept", part="past")
    write(stage.bo, "given")
    share(stage.bo)

    after = _reads(stage, stage.ana)

    differing = [(then[0], now[3]) for then, now in zip(before, after, strict=True) if then != now]
    assert [path for path, _ in differing] == ["/me/intention/from-partner"]
    assert b"given" in differing[0][1]
    assert b"kept" not in differing[0][1]


@pytest.mark.P1
@pytest.mark.P2
def test_a_partner_reaches_nothing_of_the_other_by_id(stage: Stage) -> None:
    write(stage.bo, "kept")
    stage.decide(stage.bo_id, "not_yet")
    nowhere = stage.ana.get(f"/couples/{uuid4()}/readiness")
    for path in (
        f"/couples/{stage.couple_id}",
        f"/couples/{stage.couple_id}/readiness",
        f"{stage.of(stage.bo_id)}/intention",
        f"{stage.of(stage.ana_id)}/intention",
        "/couples",
        "/enquiries",
    ):
        answer = stage.ana.get(path)
        assert (answer.status_code, answer.data, dict(answer.headers)) == (
            404,
            nowhere.data,
            dict(nowhere.headers),
        )


@pytest.mark.P1
def test_under_every_query_the_database_keeps_partners_apart(stage: Stage) -> None:
    for who in (stage.ana, stage.bo):
        write(who, "words")
        write(who, "kept", part="past")
    share(stage.bo)
    for person_id in (stage.ana_id, stage.bo_id):
        stage.decide(person_id, "not_yet")
        stage.clinician.post(f"{stage.of(person_id)}/preparation-completed")

    counts = {
        name: [_count(stage, who, table) for table in TABLES]
        for name, who in {
            "partner": stage.ana,
            "treating": stage.clinician,
            "stranger": stage.stranger,
            "desk": stage.desk,
        }.items()
    }

    assert counts == {"partner": [2, 1, 0, 0], "treating": [4, 1, 2, 2], "stranger": [0] * 4, "desk": [0] * 4}
    assert _whose(stage, stage.ana, "intention_part") == {stage.ana_id}
    assert _whose(stage, stage.ana, "shared_intention_part") == {stage.bo_id}


@pytest.mark.P1
def test_a_partner_s_transaction_can_t_take_back_the_other_s_snapshot(stage: Stage) -> None:
    write(stage.bo, "given")
    share(stage.bo)
    with _transaction(stage, stage.ana) as db:
        assert db.connection().execute(text("DELETE FROM shared_intention_part RETURNING id")).all() == []
    assert len(stage.ana.get("/me/intention/from-partner").json["parts"]) == 1


TABLES = ("intention_part", "shared_intention_part", "readiness_decision", "preparation")


def _transaction(stage: Stage, who: Caller) -> Any:
    scope = Scope(stage.practice, who.actor.person_id, who.actor.role_name())
    return stage.world.sides["intake"].app.extensions["attune_database"].transaction(scope)


def _count(stage: Stage, who: Caller, table: str) -> int:
    with _transaction(stage, who) as db:
        return int(db.connection().execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def _whose(stage: Stage, who: Caller, table: str) -> set[UUID]:
    with _transaction(stage, who) as db:
        return set(db.connection().execute(text(f"SELECT person_id FROM {table}")).scalars())


def _reads(stage: Stage, who: Caller) -> Observed:
    """Every page a partner can read, as the URL map lists them, and what the other's ids answer."""
    app = stage.world.sides["intake"].app
    paths = []
    for rule in sorted(app.url_map.iter_rules(), key=str):
        if "/me/" in rule.rule and "GET" in (rule.methods or ()):
            path = rule.rule.removeprefix("/api/v1/intake")
            stem, is_of_part, _ = path.partition("<")
            paths += [f"{stem}{part}" for part in Part] if is_of_part else [path]
    assert len(paths) == 4 + len(Part), "a new page of partners is observed here too"
    answers = [(path, who.get(path)) for path in [*paths, f"{stage.of(stage.bo_id)}/intention"]]
    return [(path, answer.status_code, dict(answer.headers), answer.data) for path, answer in answers]


def _lives(stage: Stage) -> Observed:
    """Everything a partner can do, in one order, with everything they can read before and after."""
    ana, seen = stage.ana, _reads(stage, stage.ana)
    acts = [
        ("share unwritten", share(ana)),
        ("write", write(ana, "mine")),
        ("write blindly", write(ana, "mine")),
        ("share", share(ana)),
        ("unshare", unshare(ana)),
        ("share again", share(ana)),
        ("change", write(ana, "mine, changed", etag='"1"')),
        ("too long", write(ana, "x" * 20_000, etag='"2"')),
        ("decide", stage.decide(stage.ana_id, "ready", by=ana)),
    ]
    seen += [(name, answer.status_code, dict(answer.headers), answer.data) for name, answer in acts]
    return seen + _reads(stage, ana)


def _nameless(observed: Observed) -> Observed:
    """Ids differ between worlds; their lengths don't."""
    bare = [
        (_ID.sub(b"#" * 36, path.encode()).decode(), s, h, _ID.sub(b"#" * 36, b))
        for path, s, h, b in observed
    ]
    assert all(h["Content-Length"] == str(len(b)) for _, _, h, b in bare)
    return bare
