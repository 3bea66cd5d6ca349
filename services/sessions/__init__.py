"""Sessions: owns practitioners' licences and availability, rooms, bookings, consents, medicine sessions, their gate.

Emits SessionBooked, SessionCancelled, SessionCompleted, MedicineSessionConfirmed, MedicineSessionHeld,
MedicineSessionCancelled, MedicineSessionStarted, MedicineSessionOverdue, MedicineSessionEnded, ConsentWithdrawn;
for rebuilds SessionStated, MedicineSessionStated.
Listens to PracticeCreated, PracticeClockMoved, StaffJoined, StaffLeft, EnquiryReceived, CoupleRegistered,
CareTeamChanged, ConflictMarked, ConflictMarkLifted, ReadinessDecided, PreparationCompleted, BreakGlassOpened,
BreakGlassEnded, CheckInAnswered.

States. Booking: booked, completed, cancelled. Medicine session: planned, confirmed, held, in_progress, ended,
cancelled. Consent: not_given, given, reaffirmed, withdrawn. Public state, all that partners see of a session
(domain/public_state.py): not_scheduled_yet, confirmed, not_going_ahead, in_progress, completed.
Order of locks: couple, medicine sessions by id, booking, resources by number.
"""
