"""Integration: owns journeys, journals and what was shared from them, check-ins and safety concerns.

Emits JourneyOpened, JournalEntryShared, JournalEntryUnshared, CheckInOpened, CheckInAnswered, SafetyConcernRaised.
Listens to PracticeCreated, PracticeClockMoved, CoupleRegistered, CareTeamChanged, ConfidentialityPolicyChanged,
BreakGlassOpened, BreakGlassEnded, MedicineSessionEnded, SessionCompleted, AlertAcknowledged.

Words: channel = feelings | thoughts | images | sensations | beliefs; audience = practitioner | partner | both
(none: private); check-in state = open | answered | skipped; concern state = open | acknowledged; concern
kind = not_safe_at_home | very_low_mood | wants_contact; urgency = now | soon;
may be raised (shared/confidentiality.py) = no | after_telling_them | yes.
"""
