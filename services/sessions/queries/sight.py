"""What the gate looks at, whoever's act has it looked at: all that concerns the session's couple.

A partner's transaction sees their own sessions, the desk's no consent, a clinician's the couples they treat. Whether
a medicine session may go ahead depends on more than that, for both partners, and must be worked out from all of it.
"""

from contextlib import AbstractContextManager

from sqlalchemy.orm import Session

from shared.db.tenancy import seeing_as

GATE = "gate"
"""A role of the database's walls (migration 0006). Nobody has it: a token with it is refused."""


def as_gate(db: Session) -> AbstractContextManager[None]:
    """Within, the walls let the gate's rules pass. Nothing that is read within is shown as it is."""
    return seeing_as(db, GATE)
