"""Gateway: owns practices, accounts, roles, sign-in, invitations, the pages and the one public door.

Emits PracticeCreated, PracticeClockMoved, StaffJoined, StaffLeft, PartnerInvited, InvitationAccepted, SignInRecovered,
WaysInChanged.
Listens to CoupleRegistered, CareTeamChanged.
Only the gateway calls services: it forwards what signed-in people ask, and composes what spans two services.
Words: an `Account.role` is one of shared.web.actor.ROLES; an invitation is `open`, `accepted`, `replaced` or `expired`.
"""
