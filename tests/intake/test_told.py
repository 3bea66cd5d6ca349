"""That a partner told practitioners something, without what: who learns it, and that each look is written down."""

import pytest

from tests.intake.stage import Stage, share, write


def test_the_care_team_is_told_that_there_are_words_and_not_which(stage: Stage) -> None:
    path = f"/couples/{stage.couple_id}/told"
    assert stage.clinician.get(path).json["items"] == []
    write(stage.ana, "Only for you.", part="past")
    written = write(stage.ana, "For Bo as well.")
    share(stage.ana)

    answer = stage.clinician.get(path)

    assert [(one["part"], one["is_released"]) for one in answer.json["items"]] == [
        ("hope", True),
        ("past", False),
    ]
    assert {one["person_id"] for one in answer.json["items"]} == {str(stage.ana_id)}
    for words in (b"Only for you", b"For Bo as well"):
        assert words not in answer.data
    write(stage.ana, "Newer words.", etag=written.headers["ETag"])
    assert [one["is_released"] for one in stage.clinician.get(path).json["items"]] == [False, False]


@pytest.mark.P2
def test_nobody_else_learns_that_there_are_words(stage: Stage) -> None:
    write(stage.ana, "Only for you.", part="past")
    for who in (stage.stranger, stage.desk, stage.ana, stage.bo, stage.admin):
        assert who.get(f"/couples/{stage.couple_id}/told").status_code == 404


@pytest.mark.A1
def test_looking_whether_there_are_words_is_written_down(stage: Stage) -> None:
    write(stage.ana, "Only for you.", part="past")
    rows = "SELECT count(*) AS n FROM audit_row WHERE kind = 'intention_part' AND act = 'read'"
    before = stage.world.rows("intake", stage.practice, rows)[0].n
    stage.clinician.get(f"/couples/{stage.couple_id}/told")
    assert stage.world.rows("intake", stage.practice, rows)[0].n > before
