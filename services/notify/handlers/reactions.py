"""Reactions: an event becomes a command. Each comes after its projection in the same transaction."""

from sqlalchemy.orm import Session

from services.notify.commands import alerts, appointments
from services.notify.commands.notices import announce
from services.notify.domain.occasions import Occasion
from shared.db.practice import practice_now
from shared.events.base import Received
from shared.events.gateway import SignInRecovered, WaysInChanged
from shared.events.intake import CareTeamChanged, ConflictMarked, IntentionShared
from shared.events.integration import CheckInOpened, JournalEntryShared, SafetyConcernRaised
from shared.events.sessions import (
    ConsentWithdrawn,
    MedicineSessionCancelled,
    MedicineSessionConfirmed,
    MedicineSessionEnded,
    MedicineSessionHeld,
    MedicineSessionOverdue,
    SessionBooked,
    SessionCancelled,
)


def on_sign_in_recovered(db: Session, one: Received[SignInRecovered]) -> None:
    """Redelivery is harmless: the notice is unique by the event."""
    _warn(db, Occasion.SIGN_IN_RECOVERED, one)


def on_ways_in_changed(db: Session, one: Received[WaysInChanged]) -> None:
    """Redelivery is harmless: the notice is unique by the event."""
    _warn(db, Occasion.WAYS_IN_CHANGED, one)


def _warn(db: Session, occasion: Occasion, one: Received[SignInRecovered] | Received[WaysInChanged]) -> None:
    person_id = one.event.person_id
    announce(db, occasion, str(one.event_id), about_id=person_id, now=practice_now(db), person_id=person_id)


def on_care_team_changed(db: Session, one: Received[CareTeamChanged]) -> None:
    """Redelivery is harmless: an alert that has met its team isn't found again."""
    alerts.meet_care_team(db, one.event.couple_id, now=practice_now(db))


def on_conflict_marked(db: Session, one: Received[ConflictMarked]) -> None:
    """Redelivery is harmless: an alert that has been passed on has reached somebody else."""
    alerts.pass_on(db, one.event.couple_id, now=practice_now(db))


def on_session_booked(db: Session, one: Received[SessionBooked]) -> None:
    """Redelivery is harmless: notices are unique by session and start, until a cancellation was told."""
    appointments.announce_booking(db, one.event.session_id, now=practice_now(db))


def on_session_cancelled(db: Session, one: Received[SessionCancelled]) -> None:
    """Redelivery is harmless: a cancellation is announced once, until the session is booked again."""
    appointments.announce_cancellation(
        db,
        one.event.session_id,
        is_with_medicine=one.event.follows_session_id is not None,
        now=practice_now(db),
    )


def on_medicine_session_confirmed(db: Session, one: Received[MedicineSessionConfirmed]) -> None:
    """Redelivery is harmless: a state that has been told is not told again."""
    appointments.release(db, one.event.session_id, now=practice_now(db))


def on_medicine_session_held(db: Session, one: Received[MedicineSessionHeld]) -> None:
    """Redelivery is harmless: a state that has been told is not told again."""
    appointments.release(db, one.event.session_id, now=practice_now(db))


def on_medicine_session_cancelled(db: Session, one: Received[MedicineSessionCancelled]) -> None:
    """Redelivery is harmless: only a session that was going ahead is given up."""
    appointments.give_up(db, one.event.session_id, now=practice_now(db))


def on_medicine_session_overdue(db: Session, one: Received[MedicineSessionOverdue]) -> None:
    """Redelivery is harmless: an alert is unique by its event, and one open for each session."""
    alerts.raise_not_ended(
        db,
        event_id=one.event_id,
        session_id=one.event.session_id,
        couple_id=one.event.couple_id,
        practitioner_ids=one.event.practitioner_ids,
        now=practice_now(db),
    )


def on_medicine_session_ended(db: Session, one: Received[MedicineSessionEnded]) -> None:
    """Redelivery is harmless: what is closed isn't open any more."""
    alerts.close_not_ended(db, one.event.session_id)


def on_consent_withdrawn(db: Session, one: Received[ConsentWithdrawn]) -> None:
    """Redelivery is harmless: an alert is unique by the event it comes from."""
    alerts.raise_alert(
        db,
        kind="consent_withdrawn",
        source_id=one.event_id,
        couple_id=one.event.couple_id,
        person_id=one.event.person_id,
        practitioner_ids=one.event.practitioner_ids,
        now=practice_now(db),
    )


def on_safety_concern_raised(db: Session, one: Received[SafetyConcernRaised]) -> None:
    """Redelivery is harmless: an alert is unique by its concern."""
    alerts.raise_alert(
        db,
        kind="safety",
        source_id=one.event.concern_id,
        couple_id=one.event.couple_id,
        person_id=one.event.person_id,
        now=practice_now(db),
    )


def on_check_in_opened(db: Session, one: Received[CheckInOpened]) -> None:
    """Redelivery is harmless: the notice is unique by the check-in."""
    fact = one.event
    announce(
        db,
        Occasion.CHECK_IN_OPENED,
        str(fact.check_in_id),
        about_id=fact.check_in_id,
        now=practice_now(db),
        couple_id=fact.couple_id,
        person_id=fact.person_id,
    )


def on_intention_shared(db: Session, one: Received[IntentionShared]) -> None:
    """Redelivery is harmless: the notice is unique by the event."""
    announce(
        db,
        Occasion.INTENTION_SHARED,
        str(one.event_id),
        about_id=one.event.sharing_id or one.event.couple_id,
        now=practice_now(db),
        couple_id=one.event.couple_id,
        person_id=one.event.person_id,
    )


def on_journal_entry_shared(db: Session, one: Received[JournalEntryShared]) -> None:
    """Redelivery is harmless: the notice is unique by the event."""
    announce(
        db,
        Occasion.ENTRY_SHARED,
        str(one.event_id),
        about_id=one.event.sharing_id or one.event.couple_id,
        now=practice_now(db),
        couple_id=one.event.couple_id,
        person_id=one.event.person_id,
        audience=one.event.audience.value,
    )
