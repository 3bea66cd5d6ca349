"""What notify's reactions and timers change of records of care: alerts, and addresses that are erased."""

from shared.audit.by_workers import Audits, audited, not_clinical
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

_NOTICE = "a notice says that there is something to see, in words that are the same for everybody"
_SIGN_IN = "a notice of a sign-in, in words that are the same for everybody"
_APPOINTMENT = "an appointment's notices: when and whether, nothing of care"

AUDITS: Audits = {
    SignInRecovered: not_clinical(_SIGN_IN),
    WaysInChanged: not_clinical(_SIGN_IN),
    SafetyConcernRaised: audited("alert"),
    ConflictMarked: audited("alert"),
    ConsentWithdrawn: audited("alert"),
    MedicineSessionOverdue: audited("alert"),
    MedicineSessionEnded: audited("alert"),
    "alert": audited("alert"),
    "erase_contact": audited("contact_point"),
    CareTeamChanged: not_clinical(
        "it only moves up the moment when an alert climbs, and that is written down"
    ),
    SessionBooked: not_clinical(_APPOINTMENT),
    SessionCancelled: not_clinical(_APPOINTMENT),
    MedicineSessionConfirmed: not_clinical(_APPOINTMENT),
    MedicineSessionHeld: not_clinical(_APPOINTMENT),
    MedicineSessionCancelled: not_clinical(_APPOINTMENT),
    CheckInOpened: not_clinical(_NOTICE),
    IntentionShared: not_clinical(_NOTICE),
    JournalEntryShared: not_clinical(_NOTICE),
    "notice": not_clinical(_NOTICE),
    "release": not_clinical(_APPOINTMENT),
    "mail_guard": not_clinical("it marks a mail whose sending nobody saw the end of"),
}
