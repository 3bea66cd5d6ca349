"""Beneath the queries the database says it again: who of the partners and of the staff sees which session.

Rooms, practitioners and what occupies them stay the practice's: who books must not take what is taken (rule B1).
"""

from alembic import op

revision = "0006"
down_revision = "0005"

_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
# The rules of the gate look at both partners, whoever's act has them looked at (queries/sight.py).
_IS_GATE = f"{_ROLES} && ARRAY['worker', 'gate']"
_IS_DESK = f"{_ROLES} && ARRAY['front_desk', 'practice_admin']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"
_IS_PARTNER = f"{_ROLES} && ARRAY['partner']"
_IS_PUBLIC = f"{_ROLES} && ARRAY['public']"

# Of one statement worked out once, not for each row.
_IN_CONFLICT = f"SELECT marked.couple_id FROM couple marked WHERE {_ACTOR} = ANY (marked.conflict_ids)"  # noqa: S608
_TREATED = (
    f"SELECT team.couple_id FROM couple team WHERE {_ACTOR} = ANY (team.practitioner_ids)"  # noqa: S608
    f" AND NOT {_ACTOR} = ANY (team.conflict_ids)"
)
_OPENED = (
    "SELECT glass.couple_id FROM break_glass glass"  # noqa: S608
    " JOIN practice ON practice.practice_id = glass.practice_id"
    f" WHERE glass.practitioner_id = {_ACTOR} AND glass.person_id IS NULL"
    " AND glass.expires_at > now() + make_interval(secs => practice.clock_offset_s)"
    f" AND glass.couple_id NOT IN ({_IN_CONFLICT})"
)
# Of a consultation there is no couple to be in conflict with.
_ATTENDS = f"({_ACTOR} = ANY (practitioner_ids) AND (couple_id IS NULL OR couple_id NOT IN ({_IN_CONFLICT})))"
_TREATS = f"{_IS_CLINICIAN} AND couple_id IN ({_TREATED})"
_WORKS_ON = f"{_IS_CLINICIAN} AND ({_ATTENDS} OR couple_id IN ({_TREATED}))"
_BROKE = f"{_IS_CLINICIAN} AND couple_id IN ({_OPENED})"


def upgrade() -> None:
    _couples()
    _bookings()
    _medicine_sessions()
    _of_medicine_sessions()
    _facts_of_the_gate()
    _public_changes()


def _couples() -> None:
    """Ids of who is together and who treats them: the staff's whole practice, a partner's own."""
    sees = f"{_IS_GATE} OR {_IS_DESK} OR {_IS_CLINICIAN} OR {_IS_PARTNER} AND {_ACTOR} = ANY (partner_ids)"
    _wall("couple", "SELECT", f"USING ({sees})")
    _written_by_worker("couple", lockable=sees)


def _bookings() -> None:
    own = f"{_IS_PARTNER} AND {_ACTOR} = ANY (partner_ids)"
    consultation = f"{_IS_PUBLIC} AND couple_id IS NULL"
    writes = f"{_IS_GATE} OR {_IS_DESK} OR {_WORKS_ON}"
    _wall("booking", "SELECT", f"USING ({writes} OR {_BROKE} OR {own} OR {consultation})")
    _wall("booking", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {_IS_DESK} OR {_TREATS} OR {consultation})")
    _wall("booking", "UPDATE", f"USING ({writes})")
    _wall("booking", "DELETE", f"USING ({_IS_WORKER})")


def _medicine_sessions() -> None:
    own = f"{_IS_PARTNER} AND {_ACTOR} = ANY (taking_ids || attending_ids)"
    # Whoever takes part locks it, and stops it: their withdrawal does.
    writes = f"{_IS_GATE} OR {_IS_DESK} OR {_WORKS_ON} OR {own}"
    _wall("medicine_session", "SELECT", f"USING ({writes} OR {_BROKE})")
    _wall("medicine_session", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {_TREATS})")
    _wall("medicine_session", "UPDATE", f"USING ({writes})")
    _wall("medicine_session", "DELETE", f"USING ({_IS_WORKER})")


def _of_medicine_sessions() -> None:
    """Nothing here is for the desk."""
    own = f"{_IS_PARTNER} AND person_id = {_ACTOR}"
    for table in ("consent", "consent_act", "transport_plan"):
        attends = f"{_ACTOR} = ANY (session.practitioner_ids)"
        treats = f"session.couple_id IN ({_TREATED})"
        works_on = _of_session(table, f"{attends} OR {treats}")
        reads = _of_session(table, f"{attends} OR {treats} OR session.couple_id IN ({_OPENED})")
        theirs = "" if table == "transport_plan" else f" OR {own}"
        _wall(table, "SELECT", f"USING ({_IS_GATE} OR {reads}{theirs})")
        if table == "transport_plan":
            _wall(table, "INSERT", f"WITH CHECK ({_IS_WORKER} OR {works_on})")
            _wall(table, "UPDATE", f"USING ({_IS_WORKER} OR {works_on})")
            _wall(table, "DELETE", f"USING ({_IS_WORKER} OR {works_on})")
        else:
            # Planning opens a consent, not given; what becomes of it is its person's act alone.
            opens = f" OR {works_on} AND state = 'not_given'" if table == "consent" else ""
            _wall(table, "INSERT", f"WITH CHECK ({_IS_WORKER}{theirs}{opens})")
            _wall(table, "UPDATE", f"USING ({_IS_WORKER}{theirs})")
            _wall(table, "DELETE", f"USING ({_IS_WORKER})")


def _of_session(table: str, whose: str) -> str:
    session = f"SELECT 1 FROM medicine_session session WHERE session.id = {table}.session_id AND ({whose})"  # noqa: S608
    return f"{_IS_CLINICIAN} AND EXISTS ({session})"


def _facts_of_the_gate() -> None:
    """Decisions, preparations and check-ins, as their owners told of them."""
    for table in ("readiness_decision", "preparation_done", "check_in"):
        _wall(table, "SELECT", f"USING ({_IS_GATE} OR {_TREATS} OR {_BROKE})")
        _written_by_worker(table)


def _public_changes() -> None:
    """Whoever sees the session: its own walls hold here too."""
    seen = " OR ".join(
        f"EXISTS (SELECT 1 FROM {kind} WHERE {kind}.id = public_change.session_id)"  # noqa: S608
        for kind in ("booking", "medicine_session")
    )
    _wall("public_change", "SELECT", f"USING ({_IS_GATE} OR {seen})")
    may = f"{_IS_DESK} OR {_IS_CLINICIAN} OR {_IS_PUBLIC}"
    _wall("public_change", "INSERT", f"WITH CHECK ({_IS_GATE} OR ({may}) AND ({seen}))")


def _written_by_worker(table: str, *, lockable: str = "false") -> None:
    """Nobody else changes what other services told of. `lockable`: who may hold a row still meanwhile."""
    _wall(table, "INSERT", f"WITH CHECK ({_IS_WORKER})")
    _wall(table, "UPDATE", f"USING ({_IS_WORKER} OR {lockable}) WITH CHECK ({_IS_WORKER})")
    _wall(table, "DELETE", f"USING ({_IS_WORKER})")


def _wall(table: str, act: str, condition: str) -> None:
    op.execute(f"CREATE POLICY people_{act.lower()} ON {table} AS RESTRICTIVE FOR {act} {condition}")
