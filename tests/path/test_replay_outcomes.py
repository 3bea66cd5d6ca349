"""What a replay says of each letter, and what is written down, whatever happens on the way."""

from collections.abc import Callable
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from shared.path.acts import Operator
from shared.path.dead_letters import applying, rehearsing
from shared.path.dead_letters.outcome import Outcome, Result
from shared.path.dead_letters.rehearsing import Rehearsing
from shared.path.dead_letters.wanted import Wanted
from shared.path.replay import Replayed, replay_wanted
from tests.path.stage import Stage

pytestmark = [pytest.mark.D1, pytest.mark.parametrize("on", ["postgres"], indirect=True)]

Told = list[tuple[int, str, str | None, int | None]]


def put_aside(on: Stage, *keyed: tuple[UUID, tuple[int, ...]]) -> None:
    """Of each key the first number is poison and the rest park; then the handler is mended."""
    for key, numbers in keyed:
        on.poison = {numbers[0]}
        on.note(key, *numbers)
        on.relay()
        on.consume(until=on.position() + len(numbers))
    on.poison = set()


def replayed(on: Stage, **criteria: object) -> tuple[Replayed, Told]:
    told: Told = []

    def tell(one: Outcome) -> None:
        told.append((one.letter.id, one.result.value, one.error_type, one.behind_id))

    wanted = Wanted(**criteria)  # type: ignore[arg-type]
    sum_ = replay_wanted(
        on.reader_db, on.handlers(), event_key=on.event_key, wanted=wanted, operator=Operator("o"), tell=tell
    )
    return sum_, told


def acts(on: Stage) -> list[str]:
    return [act for (act,) in on.read("SELECT act FROM operator_act ORDER BY id")]


def test_a_failure_stops_its_key_and_no_other(on: Stage) -> None:
    sick, well = uuid4(), uuid4()
    put_aside(on, (sick, (1, 2)), (well, (3, 4)))
    on.poison = {1}
    assert replayed(on) == (
        Replayed(2, 2),
        [(1, "failed", "Poison", None), (2, "behind", None, 1), (3, "applied", None, None), (4, "applied", None, None)],
    )  # fmt: skip
    assert on.effects(sick) == []
    assert on.effects(well) == [3, 4]


def test_of_two_that_failed_one_alone_can_be_asked_for(on: Stage) -> None:
    """The second is a failure of its own: it does not follow, and what is parked behind it does not either."""
    key = uuid4()
    put_aside(on, (key, (1, 2, 3)))
    on.read("UPDATE dead_letter SET reason = 'failed' WHERE id = 2 RETURNING 1")
    assert replayed(on, ids=frozenset({1})) == (Replayed(1, 0), [(1, "applied", None, None)])
    assert replayed(on, ids=frozenset({3})) == (Replayed(0, 1), [(3, "behind", None, 2)])
    assert on.effects(key) == [1]
    assert replayed(on, reason="failed")[0] == Replayed(2, 0)
    assert on.effects(key) == [1, 2, 3]


def test_a_practice_that_comes_later_in_the_same_replay_is_waited_for(on: Stage) -> None:
    early, creating = uuid4(), uuid4()
    put_aside(on, (early, (1,)), (creating, (2,)))
    on.unknown = {1}
    apply = on.apply

    def create(db: object, one: object) -> None:
        apply(db, one)  # type: ignore[arg-type]
        on.unknown = set()

    on.apply = create  # type: ignore[method-assign,assignment]
    assert replayed(on) == (Replayed(2, 0), [(2, "applied", None, None), (1, "applied", None, None)])


def test_a_practice_that_is_missing_is_told_once(on: Stage) -> None:
    put_aside(on, (uuid4(), (1, 2)))
    on.unknown = {1}
    assert replayed(on) == (Replayed(0, 2), [(1, "no_practice", None, None), (2, "behind", None, 1)])


def test_an_event_that_was_applied_meanwhile_is_only_struck_off(on: Stage) -> None:
    key = uuid4()
    put_aside(on, (key, (1,)))
    on.read(
        "INSERT INTO inbox (event_id, practice_id, type)"
        " SELECT event_id, practice_id, type FROM dead_letter RETURNING 1"
    )
    assert replayed(on) == (Replayed(1, 0), [(1, "known", None, None)])
    assert on.effects(key) == []


def test_a_partition_that_is_held_is_told_and_not_waited_for_without_end(
    on: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "PATIENCE_S", 1)
    put_aside(on, (uuid4(), (1,)))
    with psycopg.connect(on.reader_url) as worker:
        worker.execute("SELECT 1 FROM log_position FOR UPDATE")
        assert replayed(on) == (Replayed(0, 1), [(1, "busy", None, None)])
    assert replayed(on)[0] == Replayed(1, 0)


def test_a_deadlock_is_tried_again(on: Stage) -> None:
    class Deadlock(Exception):
        sqlstate = "40P01"

    put_aside(on, (uuid4(), (1,)))
    on.outage = [OperationalError("", None, Deadlock()), OperationalError("", None, Deadlock())]
    assert replayed(on)[0] == Replayed(1, 0)


def test_a_database_that_is_lost_ends_it_and_what_was_done_stays_written_down(on: Stage) -> None:
    first, second = uuid4(), uuid4()
    put_aside(on, (first, (1,)), (second, (2,)))
    apply: Callable[..., None] = on.apply

    def lose(db: object, one: object) -> None:
        apply(db, one)
        on.outage = [OperationalError("", None, Exception())]

    on.apply = lose  # type: ignore[method-assign,assignment]
    with pytest.raises(OperationalError):
        replayed(on)
    on.apply = apply  # type: ignore[method-assign]
    on.outage = []
    assert on.effects(first) == [1]
    assert acts(on) == ["replay_begun", "replayed"]
    assert replayed(on)[0] == Replayed(1, 0)


def test_each_letters_act_commits_with_its_effect_or_not_at_all(on: Stage) -> None:
    put_aside(on, (uuid4(), (1, 2)))
    on.poison = {2}
    replayed(on)
    assert acts(on) == ["replay_begun", "replayed", "replay_ended"]
    assert on.read("SELECT letter_id FROM operator_act WHERE act = 'replayed'") == [(1,)]


def test_a_rehearsal_says_what_a_replay_would_say(on: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    sick, well = uuid4(), uuid4()
    put_aside(on, (sick, (1, 2, 3)), (well, (4, 5, 6)))
    on.poison = {2}
    monkeypatch.setattr(rehearsing, "MOST_OF_A_KEY", 2)

    def rehearsed(**criteria: object) -> list[tuple[list[tuple[int, Result, int | None]], int]]:
        wanted = Wanted(**criteria)  # type: ignore[arg-type]
        run = Rehearsing(on.reader_db, on.handlers(), on.event_key, wanted)
        return [
            ([(one.letter.id, one.result, one.behind_id) for one in key.outcomes], key.untried)
            for key in run.run()
        ]

    assert rehearsed() == [
        ([(1, Result.APPLIED, None), (2, Result.FAILED, None), (3, Result.BEHIND, 2)], 0),
        ([(4, Result.APPLIED, None), (5, Result.APPLIED, None)], 1),
    ]
    assert rehearsed(reason="parked", keys=frozenset({str(well).encode()})) == [
        ([(5, Result.BEHIND, 4), (6, Result.BEHIND, 4)], 0)
    ]
    assert rehearsed(ids=frozenset({99})) == []
    assert on.effects(sick) == on.effects(well) == []
    assert acts(on) == []
    assert replayed(on)[0] == Replayed(4, 2)
