"""What one service projects, its owner can state again: every projection can be rebuilt."""

import importlib

import pytest

from shared.events import EVENTS
from shared.events.base import Event
from shared.events.intake import BreakGlassEnded, BreakGlassOpened, IntentionShared, IntentionUnshared
from shared.events.integration import JournalEntryShared, JournalEntryUnshared
from shared.events.sessions import (
    MedicineSessionCancelled,
    MedicineSessionConfirmed,
    MedicineSessionEnded,
    MedicineSessionHeld,
    MedicineSessionStarted,
    MedicineSessionStated,
    SessionBooked,
    SessionCancelled,
    SessionStated,
)
from shared.path.worker import WorkerSpec
from shared.settings import SERVICES

STATED_IN_ONE: dict[type[Event], type[Event]] = {
    # Steps on the way: told again, a reader would believe for a moment that a session which is off is on.
    SessionBooked: SessionStated,
    SessionCancelled: SessionStated,
    MedicineSessionConfirmed: MedicineSessionStated,
    MedicineSessionHeld: MedicineSessionStated,
    MedicineSessionCancelled: MedicineSessionStated,
    MedicineSessionStarted: MedicineSessionStated,
    MedicineSessionEnded: MedicineSessionStated,
    # Stated again, an access has the end that holds: there is no moment in which it is open again.
    BreakGlassEnded: BreakGlassOpened,
    # Its owner keeps nothing of what was taken back. What a reader has no sharing of, it tells nobody of.
    IntentionUnshared: IntentionShared,
    JournalEntryUnshared: JournalEntryShared,
}
"""Events whose outcome another one states."""


def spec(service: str) -> WorkerSpec:
    made: WorkerSpec = importlib.import_module(f"services.{service}.worker").SPEC
    return made


@pytest.mark.parametrize("reader", SERVICES)
def test_every_projected_event_has_a_snapshot_at_its_owner(reader: str) -> None:
    projected = spec(reader).handlers.projections
    stated = {kind: STATED_IN_ONE.get(kind, kind) for kind in projected}
    missing = [kind.__name__ for kind, by in stated.items() if by not in spec(by.OWNER).snapshots]
    assert missing == []
    unheard = [by.__name__ for by in stated.values() if reader not in by.CONSUMERS or by not in projected]
    assert unheard == []


@pytest.mark.parametrize("owner", SERVICES)
def test_a_service_states_only_what_is_its_own_and_somebody_projects(owner: str) -> None:
    snapshots = spec(owner).snapshots
    assert [kind.__name__ for kind in snapshots if owner != kind.OWNER] == []
    projected = {kind for reader in SERVICES for kind in spec(reader).handlers.projections}
    assert [kind.__name__ for kind in snapshots if kind not in projected] == []


@pytest.mark.parametrize("owner", SERVICES)
def test_each_snapshot_is_named_after_its_event(owner: str) -> None:
    for kind, snapshot in spec(owner).snapshots.items():
        assert snapshot.state.__name__ == f"snapshot_{kind.TYPE.split('.')[2]}"  # type: ignore[attr-defined]


def test_no_reason_outlives_its_event() -> None:
    for kind, by in STATED_IN_ONE.items():
        assert kind in EVENTS.values()
        assert by in spec(by.OWNER).snapshots
        assert kind not in spec(kind.OWNER).snapshots
