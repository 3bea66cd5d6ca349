"""Intake: owns enquiries, couples, the care team, intentions, preparation and readiness.

Emits EnquiryReceived, CoupleRegistered, CareTeamChanged, IntentionShared, PreparationCompleted,
ReadinessDecided. Listens to PracticeCreated, PracticeClockMoved, PartnerInvited, InvitationAccepted.
"""
