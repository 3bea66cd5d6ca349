"""Notify: owns contact points, preferences, the notices schedule, deliveries, the in-app inbox and alerts.

Emits AlertAcknowledged. Listens to PracticeCreated, PracticeClockMoved, StaffJoined, StaffLeft, PartnerInvited,
InvitationAccepted, SignInRecovered, WaysInChanged (gateway); EnquiryReceived, CoupleRegistered, CareTeamChanged,
ConflictMarked, ConflictMarkLifted, IntentionShared, IntentionUnshared (intake);
SessionBooked, SessionCancelled, SessionCompleted, MedicineSessionConfirmed, MedicineSessionHeld,
MedicineSessionCancelled, MedicineSessionStarted, MedicineSessionOverdue, MedicineSessionEnded, ConsentWithdrawn,
SessionStated, MedicineSessionStated (sessions);
CheckInOpened, CheckInAnswered, JournalEntryShared, JournalEntryUnshared, SafetyConcernRaised (integration).

Enumerations: `channel` email | inbox; delivery `state` waiting | sending | sent | dropped | uncertain | failed |
held (due before a restore: not sent again, for a person to see to);
alert `kind` safety | consent_withdrawn | session_not_ended, `state` open | acknowledged | closed; `language` en | es.
"""
