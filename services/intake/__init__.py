"""Intake: owns enquiries, couples, the care team and who may look beside it, confidentiality policies,
intentions, preparation and readiness.

Emits EnquiryReceived, CoupleRegistered, CareTeamChanged, ConfidentialityPolicyChanged, IntentionShared,
IntentionUnshared, PreparationCompleted, ReadinessDecided, BreakGlassOpened, BreakGlassEnded, BreakGlassReviewed,
ConflictMarked, ConflictMarkLifted.
Listens to PracticeCreated, PracticeClockMoved, PartnerInvited, InvitationAccepted.

A partner's state: registered, invited, joined. The parts of an intention: hope, meeting_what_surfaces,
honouring_limits, past. A readiness decision: ready, not_yet, not_indicated. A couple's confidentiality
policy (shared/confidentiality.py): discretion, no_secrets. May be raised: no, after_telling_them, yes. What
an access outside the care team turned out to be: justified, not_justified. Released to the other partner: the
display name, and the snapshot of a part for as long as its writer shares it. Nothing else.
"""
