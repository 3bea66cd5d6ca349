"""Freezing in a folder of its own: what is written, what is refused, and that nothing frozen is ever rewritten."""

import subprocess
import sys
from pathlib import Path
from uuid import UUID

import pytest

from shared.events import Event, freeze
from shared.events.history import History
from shared.path.handlers import Handlers
from tests.events.forms import Two, define

pytestmark = pytest.mark.D1

TYPE = "attune.intake.told.v1"


class Desk:
    """A folder with a history and pages, and the command on it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.pages = folder, folder / "pages"
        self.history = History(folder)

    def freeze(self, *events: type[Event]) -> list[str]:
        return freeze.freeze(self.history, self.pages, *self._told(events))

    def check(self, *events: type[Event]) -> list[str]:
        return freeze.out_of_date(self.history, self.pages, *self._told(events))

    def files(self) -> dict[str, str]:
        paths = (path for path in self.folder.rglob("*") if path.is_file())
        return {str(path.relative_to(self.folder)): path.read_text() for path in sorted(paths)}

    @staticmethod
    def _told(events: tuple[type[Event], ...]) -> tuple[dict[str, type[Event]], dict[str, Handlers]]:
        return {one.TYPE: one for one in events}, {"notify": Handlers("notify")}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_new_event_gets_a_schema_and_two_samples(desk: Desk) -> None:
    assert desk.freeze(define(x=(int | None, None))) == []
    assert set(desk.files()) == {
        f"schemas/{TYPE}.r1.json",
        f"examples/{TYPE}.r1.full.json",
        f"examples/{TYPE}.r1.minimal.json",
        "frozen.sha256",
        "pages/asyncapi.json",
        "pages/service-map.md",
    }
    assert desk.check(define(x=(int | None, None))) == []


def test_an_optional_field_makes_a_revision_beside_the_first(desk: Desk) -> None:
    desk.freeze(define())
    before = desk.files()
    later = define(x=(int | None, None))
    assert desk.freeze(later) == desk.check(later) == []
    after = desk.files()
    assert {one for one in after if ".r2" in one} == {
        f"schemas/{TYPE}.r2.json",
        f"examples/{TYPE}.r2.full.json",
        f"examples/{TYPE}.r2.minimal.json",
    }
    assert all(after[name] == text for name, text in before.items() if ".r1" in name)
    assert [(one.revision, "x" in one.payload) for one in desk.history.samples()] == [
        *((1, False), (1, False)),
        *((2, True), (2, False)),
    ]


def test_a_field_that_comes_back_must_be_what_it_was(desk: Desk) -> None:
    for step in (define(x=(int | None, None)), define()):
        assert desk.freeze(step) == []
    assert desk.check(define(x=(int | None, None)))[0].startswith(
        f"{TYPE} has changed since its last frozen revision: run python -m"
    )
    refused = desk.freeze(define(x=(UUID | None, None)))
    assert len(refused) == 2  # both ways
    assert all(f"{TYPE} breaks its revision 1: " in why and "x comes as" in why for why in refused)
    assert desk.freeze(define(x=(int | None, None))) == []
    assert len(desk.history.revisions(TYPE)) == 3


def test_a_break_is_refused_with_what_to_do_and_nothing_is_written(desk: Desk) -> None:
    desk.freeze(define(x=int))
    before = desk.files()
    [why] = desk.freeze(define(), define(name="Said"))
    assert why == (
        f"{TYPE} breaks its revision 1: for a reader of that revision, x may be missing, but must be there."
        " Leave this version as it was and define a new one beside it"
    )
    assert desk.files() == before


def test_other_words_are_no_revision(desk: Desk) -> None:
    desk.freeze(define(x=Two))
    assert desk.freeze(define(x=Two, about="Somebody told something.")) == []
    assert len(desk.history.revisions(TYPE)) == 1


def test_an_event_that_was_frozen_can_not_go(desk: Desk) -> None:
    desk.freeze(define())
    [why] = desk.freeze(define(name="Said"))
    assert why == f"{TYPE} is gone, but events of it are stored: keep its definition, or lift it to the next"


def test_a_frozen_file_can_not_be_changed_removed_or_written_by_hand(desk: Desk) -> None:
    desk.freeze(define())
    schemas, examples = desk.folder / "schemas", desk.folder / "examples"
    (schemas / f"{TYPE}.r1.json").write_text(
        (schemas / f"{TYPE}.r1.json").read_text().replace("uuid", "date-time")
    )
    (examples / f"{TYPE}.r1.full.json").unlink()
    (examples / f"{TYPE}.r2.full.json").write_text("{}")
    found = desk.history.problems({TYPE: define()})
    assert found[:3] == [
        f"examples/{TYPE}.r1.full.json was frozen and is gone: bring it back",
        f"examples/{TYPE}.r2.full.json is not frozen: only this command writes there",
        f"schemas/{TYPE}.r1.json was frozen and is changed: bring back what it said",
    ]
    assert desk.freeze(define()) == found


def test_the_seals_are_such_as_sha256sum_reads(desk: Desk) -> None:
    desk.freeze(define())
    told = subprocess.run(
        ["sha256sum", "--check", "frozen.sha256"], cwd=desk.folder, capture_output=True, text=True
    )
    assert told.returncode == 0, told.stdout
    assert told.stdout.count(": OK") == 3


@pytest.mark.parametrize("page", ["asyncapi.json", "service-map.md"])
def test_a_page_that_drifted_is_found_and_made_anew(desk: Desk, page: str) -> None:
    desk.freeze(define())
    right = (desk.pages / page).read_text()
    (desk.pages / page).write_text(right + "\n")
    [why] = desk.check(define())
    assert why.startswith(f"docs/events/{page} is not what the definitions say: run python -m")
    assert desk.freeze(define()) == []
    assert (desk.pages / page).read_text() == right


def test_a_consumer_that_leaves_makes_the_asyncapi_page_drift(desk: Desk) -> None:
    desk.freeze(define())
    [why] = desk.check(define(consumers=()))
    assert why.startswith("docs/events/asyncapi.json is not what the definitions say")


def test_a_check_writes_nothing(desk: Desk) -> None:
    assert len(desk.check(define())) == 3  # not frozen, and two pages missing
    assert desk.files() == {}


def test_the_command_checks_what_is_committed() -> None:
    command = [sys.executable, "-m", "shared.events.freeze", "--check"]
    told = subprocess.run(command, capture_output=True, text=True, timeout=100, cwd=freeze.HERE.parents[1])
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


def test_the_command_tells_what_is_wrong_by_its_exit_code(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert freeze.main(["--chekc"]) == 2
    assert capsys.readouterr().err.startswith("usage: ")
    monkeypatch.setattr(freeze, "HERE", desk.folder)
    monkeypatch.setattr(freeze, "PAGES", desk.pages)
    assert freeze.main(["--check"]) == 1
    assert "has no frozen revision: run python -m" in capsys.readouterr().err
    assert freeze.main([]) == freeze.main(["--check"]) == 0
    assert capsys.readouterr() == ("", "")
