"""A partner writes for themselves, shares a snapshot when they want, and takes it back when they want."""

from typing import Any

import pytest

from tests.intake.stage import Stage, share, unshare, write


def test_a_part_is_written_for_oneself_and_keeps_its_place(stage: Stage) -> None:
    write(stage.ana, "an old worry", part="past")
    answer = write(stage.ana, "to understand us")

    assert answer.status_code == 200
    assert answer.json == {"part": "hope", "text": "to understand us", "is_shared": False, "version": 1}
    assert answer.headers["ETag"] == '"1"'
    assert [one["part"] for one in stage.ana.get("/me/intention").json["parts"]] == ["hope", "past"]
    assert stage.facts("IntentionShared") == []


@pytest.mark.P1
def test_the_order_of_parts_tells_nothing_of_when_they_were_written_or_shared(stage: Stage) -> None:
    shown = ["hope", "meeting_what_surfaces", "honouring_limits", "past"]
    for part in reversed(shown):
        write(stage.ana, "words", part=part)
        share(stage.ana, part=part)

    for who, path in ((stage.ana, "/me/intention"), (stage.bo, "/me/intention/from-partner")):
        assert [one["part"] for one in who.get(path).json["parts"]] == shown


def test_a_part_that_exists_is_changed_only_by_who_saw_it(stage: Stage) -> None:
    write(stage.ana, "first")

    assert write(stage.ana, "blind").status_code == 428
    assert write(stage.ana, "second", etag='"1"').json["version"] == 2
    assert write(stage.ana, "late", etag='"1"').status_code == 412
    assert write(stage.ana, "new", part="past", etag='"1"').status_code == 412
    assert [one["text"] for one in stage.ana.get("/me/intention").json["parts"]] == ["second"]


def test_words_can_be_taken_back(stage: Stage) -> None:
    write(stage.ana, "too much")
    assert write(stage.ana, "", etag='"1"').json["text"] == ""
    refused = share(stage.ana)
    assert (refused.status_code, refused.json["code"]) == (409, "intention_part_empty")


def test_what_is_shared_is_what_was_previewed(stage: Stage) -> None:
    write(stage.ana, "to be known")
    previewed = stage.ana.get("/me/intention/preview/hope")

    answer = share(stage.ana, headers={"If-Match": previewed.headers["ETag"]})

    assert (answer.status_code, answer.json["is_shared"]) == (201, True)
    assert stage.bo.get("/me/intention/from-partner").json == {"parts": [previewed.json]}
    assert previewed.json == {"part": "hope", "text": "to be known"}
    (told,) = stage.facts("IntentionShared")
    assert (told.couple_id, told.person_id) == (stage.couple_id, stage.ana_id)


def test_words_changed_since_the_preview_are_not_shared_unseen(stage: Stage) -> None:
    write(stage.ana, "mild")
    previewed = stage.ana.get("/me/intention/preview/hope").headers["ETag"]
    write(stage.ana, "raw", etag='"1"')

    assert share(stage.ana, headers={"If-Match": previewed}).status_code == 412
    assert _from_partner(stage.bo) == []


@pytest.mark.P1
def test_a_shared_part_is_a_snapshot(stage: Stage) -> None:
    write(stage.ana, "as shared")
    share(stage.ana)
    write(stage.ana, "as written later", etag='"1"')

    assert _from_partner(stage.bo) == ["as shared"]
    share(stage.ana)
    assert _from_partner(stage.bo) == ["as written later"]
    first, again = stage.facts("IntentionShared")
    assert first.sharing_id == again.sharing_id, "the same sharing, until it is taken back"
    unshare(stage.ana)
    share(stage.ana)
    assert stage.facts("IntentionShared")[-1].sharing_id != first.sharing_id
    assert [one.sharing_id for one in stage.facts("IntentionUnshared")] == [first.sharing_id]


def test_sharing_the_same_words_again_tells_nobody(stage: Stage) -> None:
    write(stage.ana, "once")
    first, again = share(stage.ana), share(stage.ana)
    assert (first.status_code, first.data) == (again.status_code, again.data)
    assert len(stage.facts("IntentionShared")) == 1


def test_the_same_request_sent_twice_shares_once(stage: Stage) -> None:
    write(stage.ana, "once")
    share(stage.ana, key="share-once")
    unshare(stage.ana)

    again = share(stage.ana, key="share-once")

    assert (again.status_code, again.json["is_shared"]) == (201, False)
    assert _from_partner(stage.bo) == []


@pytest.mark.P1
def test_what_is_taken_back_leaves_no_trace_at_the_partner(stage: Stage) -> None:
    before = stage.bo.get("/me/intention/from-partner")
    write(stage.ana, "for a moment")
    share(stage.ana)

    answer = unshare(stage.ana)

    after = stage.bo.get("/me/intention/from-partner")
    assert (answer.status_code, answer.json["is_shared"], answer.json["text"]) == (201, False, "for a moment")
    assert (before.data, dict(before.headers)) == (after.data, dict(after.headers))
    assert unshare(stage.ana).status_code == 201
    assert stage.world.rows("intake", stage.practice, "SELECT 1 FROM shared_intention_part") == []
    shared, taken_back = stage.facts("Intention")
    assert (type(shared).__name__, type(taken_back).__name__) == ("IntentionShared", "IntentionUnshared")
    assert taken_back.sharing_id == shared.sharing_id


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/me/intention/preview/hope"),
        ("post", "/me/intention/parts/hope/share"),
        ("post", "/me/intention/parts/hope/unshare"),
        ("get", "/me/intention/preview/diary"),
        ("post", "/me/intention/parts/diary/share"),
    ],
)
def test_a_part_that_is_not_written_is_not_found(stage: Stage, method: str, path: str) -> None:
    write(stage.bo, "bo's own")
    assert getattr(stage.ana, method)(path).status_code == 404


@pytest.mark.parametrize(
    "body", [{}, {"text": None}, {"text": "x" * 10_001}, {"text": "a\x07"}, {"text": "a", "b": 1}]
)
def test_words_that_are_not_well_formed_are_refused(stage: Stage, body: dict[str, Any]) -> None:
    assert stage.ana.put("/me/intention/parts/hope", body).status_code == 422
    assert stage.ana.get("/me/intention").json == {"parts": []}


def test_who_treats_the_couple_reads_each_partner_s_words(stage: Stage) -> None:
    write(stage.ana, "unshared")
    write(stage.bo, "bo's")
    share(stage.bo)

    ana, bo = (stage.clinician.get(f"{stage.of(one)}/intention").json for one in (stage.ana_id, stage.bo_id))

    kept = {"text": "unshared", "is_shared": False, "may_be_raised": "no"}
    given = {"text": "bo's", "is_shared": True, "may_be_raised": "yes"}
    assert ana == {"parts": [{"part": "hope", "version": 1, **kept}]}
    assert bo == {"parts": [{"part": "hope", "version": 1, **given}]}


@pytest.mark.P1
def test_a_writer_is_shown_what_they_share_as_it_is_seen(stage: Stage) -> None:
    write(stage.ana, "as shared")
    write(stage.ana, "kept", part="past")
    write(stage.bo, "bo's")
    share(stage.bo)
    assert stage.ana.get("/me/intention/shared").json == {"parts": []}

    share(stage.ana)
    write(stage.ana, "as written later", etag='"1"')

    shared = stage.ana.get("/me/intention/shared").json
    assert shared == {"parts": [{"part": "hope", "text": "as shared"}]}
    assert shared == stage.bo.get("/me/intention/from-partner").json
    unshare(stage.ana)
    assert stage.ana.get("/me/intention/shared").json == {"parts": []}


def _from_partner(who: Any) -> list[str]:
    return [one["text"] for one in who.get("/me/intention/from-partner").json["parts"]]
