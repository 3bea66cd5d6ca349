"""A journey that is off ends with exit code 1 and the name of the step: a doubled notice, a leak, a byte."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner, Result

from deploy.local.journey import command, integration, medicine
from deploy.local.journey.people import Couple, MedicineSession
from deploy.local.journey.stage import Stage
from deploy.local.journey.story import Story
from tests.journey.views import Views, shown_views, stage_for

Act = Callable[[Stage, Couple], None]
SHARED_TEXT = "Anahita felt the door open."
ITEM = {"session_id": "s", "kind": "medicine", "state": "confirmed",
        "starts_at": "2030-01-01T10:00:00+00:00", "ends_at": "2030-01-01T14:00:00+00:00", "zone": "UTC"}  # fmt: skip


@pytest.fixture
def views() -> Iterator[Views]:
    with shown_views() as made:
        yield made


@pytest.fixture
def run(views: Views, monkeypatch: pytest.MonkeyPatch) -> Callable[[Act], Result]:
    """Runs `attune journey` with one act in place of the whole play."""

    def with_act(act: Act) -> Result:
        def play(story: Story, *_: Any, **__: Any) -> None:
            story._patience_s = 0.3  # what never comes is not waited for long
            stage, couple = stage_for(views, story)
            act(stage, couple)

        monkeypatch.setattr(command, "play", play)
        return CliRunner().invoke(command.journey, ["--operator-key", "key", "--url", views.url])

    return with_act


def confirmed(views: Views, *, told: Callable[[], None]) -> Act:
    """The act in which both partners learn that the session is confirmed."""

    def act(stage: Stage, couple: Couple) -> None:
        told()
        at = datetime(2030, 1, 1, 10, tzinfo=UTC)
        session = MedicineSession("s", "i", at, at, couple.care_team, "room")
        with stage.story.step("both are told"):
            medicine.check_state(stage, couple, session, "confirmed")
            stage.letters.told_alike(*couple.partners, of="the medicine session")
            stage.letters.nothing_more(*couple.partners)

    views.shown.setdefault("/sessions/me/sessions", {"items": [ITEM]})
    views.shown.setdefault("/sessions/me/sessions/s/calendar.ics", "BEGIN:VCALENDAR")
    return act


def test_both_told_once_and_alike_is_fine(views: Views, run: Callable[[Act], Result]) -> None:
    done = run(confirmed(views, told=lambda: views.tell("Anahita", "Benedikt")))
    assert done.exit_code == 0, done.stderr
    assert '"steps": 1, "events": 5, "seconds": ' in done.stdout.splitlines()[-1]


@pytest.mark.parametrize(
    ("told", "seen"),
    [
        (lambda views: views.tell("Anahita", "Benedikt", "Benedikt"), "saw 2 messages"),
        (lambda views: (views.tell("Anahita", "Benedikt"), views.send_mail("Anahita")), "saw 2 mails"),
        (lambda views: views.tell("Anahita"), "expected Benedikt's inbox to tell of the medicine session"),
        (lambda views: (views.tell("Anahita"), views.tell("Benedikt", text="Other words")), "the same words"),
        (lambda views: views.tell("Anahita", "Benedikt", text="Benedikt withdrew"), "in neutral words"),
    ],
    ids=["doubled in an inbox", "doubled by mail", "missing", "told unlike", "telling"],
)
def test_a_notice_that_is_off_names_the_step(
    views: Views, run: Callable[[Act], Result], told: Callable[[Views], None], seen: str
) -> None:
    done = run(confirmed(views, told=lambda: told(views)))
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1].startswith("step both are told: expected ")
    assert seen in done.stderr


def test_views_that_differ_in_a_byte_name_the_step(views: Views, run: Callable[[Act], Result]) -> None:
    views.shown["Benedikt", "/sessions/me/sessions"] = {"items": [{**ITEM, "zone": "UTc"}]}
    done = run(confirmed(views, told=lambda: views.tell("Anahita", "Benedikt")))
    assert done.exit_code == 1
    assert "step both are told: expected both partners to get the same bytes" in done.stderr


def test_a_calendar_file_that_tells_names_the_step(views: Views, run: Callable[[Act], Result]) -> None:
    views.shown["/sessions/me/sessions/s/calendar.ics"] = "SUMMARY:Ketamine"
    done = run(confirmed(views, told=lambda: views.tell("Anahita", "Benedikt")))
    assert done.exit_code == 1
    assert "step both are told: expected a calendar file in neutral words" in done.stderr


def test_a_mail_that_comes_again_in_place_of_another_names_the_step(
    views: Views, run: Callable[[Act], Result]
) -> None:
    def act(stage: Stage, couple: Couple) -> None:
        with stage.story.step("told twice"):
            views.tell("Benedikt")
            stage.letters.told(couple.second, of="one thing")
            views.tell("Benedikt")
            mails = views.mail["benedikt@willow.example"]
            mails[1] = mails[0]
            stage.letters.told(couple.second, of="another thing")

    done = run(act)
    assert done.exit_code == 1
    assert "step told twice: expected each mail once" in done.stderr


def test_a_mail_that_staff_is_shown_as_uncertain_may_be_missing(
    views: Views, run: Callable[[Act], Result]
) -> None:
    def told() -> None:
        views.tell("Anahita", "Benedikt")
        views.mail["benedikt@willow.example"].clear()
        row = {"person_id": "id-of-Benedikt", "contact_id": None, "state": "uncertain"}
        views.shown["/notify/deliveries"] = {"items": [row]}

    done = run(confirmed(views, told=told))
    assert done.exit_code == 0, done.stderr


def journal(views: Views, **leaks: Any) -> Act:
    """The act of writing and sharing, over views in which the sharing has happened already."""
    empty: dict[str, list[Any]] = {"items": []}
    entry = {"entry_id": "e", "audience": None, "text": SHARED_TEXT}
    views.shown |= {
        ("Anahita", integration.JOURNAL): entry,
        ("Anahita", f"{integration.JOURNAL}/e"): entry,
        ("Anahita", f"{integration.JOURNAL}/e/preview"): entry,
        ("Anahita", f"{integration.JOURNAL}/e/share"): entry,
        ("Anahita", integration.SHARED): empty,
        ("Benedikt", integration.JOURNAL): empty,
        ("Benedikt", integration.SHARED): {"items": [{"text": SHARED_TEXT}]},
        ("Clinician", "/integration/couples/id-of-couple/partners/id-of-Anahita/journal"): empty,
        **{("Benedikt", path): shown for path, shown in leaks.items()},
    }

    def act(stage: Stage, couple: Couple) -> None:
        views.tell("Benedikt")
        integration.keep_a_journal(stage, couple)

    return act


def test_a_shared_entry_and_nothing_else_is_fine(views: Views, run: Callable[[Act], Result]) -> None:
    done = run(journal(views))
    assert done.exit_code == 0, done.stderr


@pytest.mark.parametrize(
    ("path", "shown", "step"),
    [
        (f"{integration.JOURNAL}/e", {"text": "Only Anahita knows this."}, "Anahita writes a private entry"),
        (
            integration.SHARED,
            {"items": [{"text": SHARED_TEXT}, {"text": "Only Anahita knows this."}]},
            "Anahita shares another entry with Benedikt",
        ),
    ],
    ids=["by its address", "in the list"],
)
def test_a_leaked_entry_names_the_step(
    views: Views, run: Callable[[Act], Result], path: str, shown: Any, step: str
) -> None:
    done = run(journal(views, **{path: shown}))
    assert done.exit_code == 1
    assert done.stderr.splitlines()[-1].startswith(f"step {step}: expected ")


def test_a_denial_that_differs_from_absence_names_the_step(
    views: Views, run: Callable[[Act], Result], monkeypatch: pytest.MonkeyPatch
) -> None:
    act = journal(views)
    answer = views.answer

    def telling(path: str) -> Any:
        made = answer(path)
        if path.endswith("/e/preview") and made.status_code == 404:
            made.set_data(made.get_data() + b" ")
        return made

    monkeypatch.setattr(views, "answer", telling)
    done = run(act)
    assert done.exit_code == 1
    assert "to look like something that does not exist" in done.stderr
