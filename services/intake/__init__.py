"""Intake: owns enquiries, couples, the care team, intentions, preparation and readiness.

Emits EnquiryReceived, CoupleRegistered, CareTeamChanged, IntentionShared, PreparationCompleted,
ReadinessDecided. Listens to PracticeCreated, PracticeClockMoved, PartnerInvited, InvitationAccepted.

A partner's state: registered, invited, joined. The parts of an intention: hope, meeting_what_surfaces,
honouring_limits, past. A readiness decision: ready, not_yet, not_indicated. Released to the other partner:
the display name, and the snapshot of a part for as long as its writer shares it. Nothing else.
"""
