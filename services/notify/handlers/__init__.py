"""What notify does with others' events and with time."""

from collections.abc import Mapping

from services.notify.handlers import facts, people, reactions, sharings, stated
from services.notify.handlers.audits import AUDITS
from services.notify.handlers.timers import TIMERS
from shared.db.practice import project_practice_clock_moved, project_practice_created
from shared.events.base import Event
from shared.events.gateway import (
    InvitationAccepted,
    PartnerInvited,
    PracticeClockMoved,
    PracticeCreated,
    SignInRecovered,
    StaffJoined,
    StaffLeft,
    WaysInChanged,
)
from shared.events.intake import (
    CareTeamChanged,
    ConflictMarked,
    ConflictMarkLifted,
    CoupleRegistered,
    EnquiryReceived,
    IntentionShared,
    IntentionUnshared,
)
from shared.events.integration import (
    CheckInAnswered,
    CheckInOpened,
    JournalEntryShared,
    JournalEntryUnshared,
    SafetyConcernRaised,
)
from shared.events.sessions import (
    ConsentWithdrawn,
    MedicineSessionCancelled,
    MedicineSessionConfirmed,
    MedicineSessionEnded,
    MedicineSessionHeld,
    MedicineSessionOverdue,
    MedicineSessionStarted,
    MedicineSessionStated,
    SessionBooked,
    SessionCancelled,
    SessionCompleted,
    SessionStated,
)
from shared.path.handlers import Projection, Reaction

__all__ = ["AUDITS", "PROJECTIONS", "REACTIONS", "TIMERS"]

PROJECTIONS: Mapping[type[Event], Projection] = {
    PracticeCreated: project_practice_created,
    PracticeClockMoved: project_practice_clock_moved,
    StaffJoined: people.project_staff_joined,
    StaffLeft: people.project_staff_left,
    PartnerInvited: people.project_partner_invited,
    InvitationAccepted: people.project_invitation_accepted,
    EnquiryReceived: people.project_enquiry_received,
    CoupleRegistered: people.project_couple_registered,
    CareTeamChanged: people.project_care_team_changed,
    ConflictMarked: people.project_conflict_marked,
    ConflictMarkLifted: people.project_conflict_mark_lifted,
    SessionBooked: facts.project_session_booked,
    SessionCancelled: facts.project_session_cancelled,
    SessionCompleted: facts.project_session_completed,
    MedicineSessionConfirmed: facts.project_medicine_session_confirmed,
    MedicineSessionHeld: facts.project_medicine_session_held,
    MedicineSessionStarted: facts.project_medicine_session_started,
    MedicineSessionEnded: facts.project_medicine_session_ended,
    SessionStated: stated.project_session_stated,
    MedicineSessionStated: stated.project_medicine_session_stated,
    CheckInOpened: facts.project_check_in_opened,
    CheckInAnswered: facts.project_check_in_answered,
    IntentionShared: sharings.project_intention_shared,
    IntentionUnshared: sharings.project_intention_unshared,
    JournalEntryShared: sharings.project_journal_entry_shared,
    JournalEntryUnshared: sharings.project_journal_entry_unshared,
}
REACTIONS: Mapping[type[Event], Reaction] = {
    SignInRecovered: reactions.on_sign_in_recovered,
    WaysInChanged: reactions.on_ways_in_changed,
    CareTeamChanged: reactions.on_care_team_changed,
    ConflictMarked: reactions.on_conflict_marked,
    SessionBooked: reactions.on_session_booked,
    SessionCancelled: reactions.on_session_cancelled,
    MedicineSessionConfirmed: reactions.on_medicine_session_confirmed,
    MedicineSessionHeld: reactions.on_medicine_session_held,
    MedicineSessionCancelled: reactions.on_medicine_session_cancelled,
    MedicineSessionOverdue: reactions.on_medicine_session_overdue,
    MedicineSessionEnded: reactions.on_medicine_session_ended,
    ConsentWithdrawn: reactions.on_consent_withdrawn,
    CheckInOpened: reactions.on_check_in_opened,
    IntentionShared: reactions.on_intention_shared,
    JournalEntryShared: reactions.on_journal_entry_shared,
    SafetyConcernRaised: reactions.on_safety_concern_raised,
}
