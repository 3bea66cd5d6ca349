"""Beneath the queries the database says it again: whose address, inbox, preferences and alerts these are.

What others told of is the worker's alone, which decides what is told to whom; of a couple only those an alert is for
see who is in it.
"""

from alembic import op

revision = "0007"
down_revision = "0006"

_ACTOR = "nullif(current_setting('app.actor', true), '')::uuid"
_ROLES = "string_to_array(coalesce(current_setting('app.role', true), ''), '+')"
_IS_WORKER = f"{_ROLES} && ARRAY['worker']"
# Keeps an address and hands in an invitation, whoever asked for it (queries/sight.py).
_IS_POST_ROOM = f"{_ROLES} && ARRAY['post_room']"
_IS_CLINICIAN = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator']"
_IS_ALERTED = f"{_ROLES} && ARRAY['practitioner', 'prescriber', 'facilitator', 'practice_admin']"
_IS_DESK = f"{_ROLES} && ARRAY['front_desk', 'practice_admin']"
_IS_ADMIN = f"{_ROLES} && ARRAY['practice_admin', 'operator']"
_MINE = f"person_id = {_ACTOR}"

# Of one statement worked out once, not for each row.
_TOLD_NOTICES = f"SELECT told.notice_id FROM delivery told WHERE told.person_id = {_ACTOR}"  # noqa: S608
_TOLD_ALERTS = "SELECT note.about_id FROM notice note WHERE note.occasion = 'alert'"
_TOLD_COUPLES = "SELECT note.couple_id FROM notice note WHERE note.occasion = 'alert'"
_TREATED = f"SELECT team.couple_id FROM couple team WHERE {_ACTOR} = ANY (team.practitioner_ids)"  # noqa: S608
_IN_CONFLICT = f"SELECT marked.couple_id FROM couple marked WHERE {_ACTOR} = ANY (marked.conflict_ids)"  # noqa: S608


def upgrade() -> None:
    _people()
    _messages()
    _alerts()
    for table in ("appointment", "check_in", "sharing"):
        _wall(table, "SELECT", f"USING ({_IS_WORKER})")
        _written_by_worker(table)


def _people() -> None:
    _wall("contact_point", "SELECT", f"USING ({_IS_WORKER} OR {_IS_POST_ROOM} OR {_MINE})")
    # A new address is nobody's, and safe for nothing, until an event says whose it is.
    is_new = "person_id IS NULL AND enquiry_id IS NULL AND claimed_at IS NULL AND NOT is_safe"
    _wall("contact_point", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {_IS_POST_ROOM} AND {is_new})")
    _wall("contact_point", "UPDATE", f"USING ({_IS_WORKER} OR {_MINE})")
    _wall("contact_point", "DELETE", f"USING ({_IS_WORKER})")
    _wall("preference", "SELECT", f"USING ({_IS_WORKER} OR {_MINE})")
    _wall("preference", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {_MINE})")
    _wall("preference", "UPDATE", f"USING ({_IS_WORKER} OR {_MINE})")
    _wall("preference", "DELETE", f"USING ({_IS_WORKER})")
    # Everybody reads the practice's name in every mail; admins give it.
    _wall("sender", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {_IS_ADMIN})")
    _wall("sender", "UPDATE", f"USING ({_IS_WORKER} OR {_IS_ADMIN})")
    _wall("sender", "DELETE", f"USING ({_IS_WORKER})")
    _wall("member", "SELECT", f"USING ({_IS_WORKER} OR {_IS_ALERTED})")
    _written_by_worker("member")


def _messages() -> None:
    invites = f"{_IS_POST_ROOM} AND occasion = 'invitation'"
    # A notice says whose doing it is, and whom else it was for: not even its readers see that, but for an alert's.
    alerts = f"{_IS_ALERTED} AND occasion = 'alert' AND id IN ({_TOLD_NOTICES})"
    _wall("notice", "SELECT", f"USING ({_IS_WORKER} OR {invites} OR {alerts})")
    _wall("notice", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {invites})")
    _wall("notice", "UPDATE", f"USING ({_IS_WORKER} OR {invites})")
    _wall("notice", "DELETE", f"USING ({_IS_WORKER})")
    # The desk sees whether mail went out; an inbox is its owner's.
    _wall(
        "delivery",
        "SELECT",
        f"USING ({_IS_WORKER} OR {invites} OR {_MINE} OR {_IS_DESK} AND channel = 'email')",
    )
    _wall("delivery", "INSERT", f"WITH CHECK ({_IS_WORKER} OR {invites})")
    _wall("delivery", "UPDATE", f"USING ({_IS_WORKER} OR {_MINE} AND channel = 'inbox')")
    _wall("delivery", "DELETE", f"USING ({_IS_WORKER})")


def _alerts() -> None:
    told = f"id IN ({_TOLD_ALERTS})"
    treats = f"{_IS_CLINICIAN} AND couple_id IN ({_TREATED})"
    theirs = f"{_IS_ALERTED} AND ({told} OR {treats}) AND couple_id NOT IN ({_IN_CONFLICT})"
    _wall("alert", "SELECT", f"USING ({_IS_WORKER} OR {theirs})")
    _wall("alert", "INSERT", f"WITH CHECK ({_IS_WORKER})")
    _wall("alert", "UPDATE", f"USING ({_IS_WORKER} OR {theirs})")
    _wall("alert", "DELETE", f"USING ({_IS_WORKER})")
    # Who is named in a couple finds that it is so; the wall of the alerts looks here.
    named = f"{_ACTOR} = ANY (practitioner_ids) OR {_ACTOR} = ANY (conflict_ids)"
    sees = f"{_IS_ALERTED} AND ({named} OR couple_id IN ({_TOLD_COUPLES}))"
    _wall("couple", "SELECT", f"USING ({_IS_WORKER} OR {sees})")
    _written_by_worker("couple")


def _written_by_worker(table: str) -> None:
    """Nobody else changes what other services told of."""
    _wall(table, "INSERT", f"WITH CHECK ({_IS_WORKER})")
    _wall(table, "UPDATE", f"USING ({_IS_WORKER})")
    _wall(table, "DELETE", f"USING ({_IS_WORKER})")


def _wall(table: str, act: str, condition: str) -> None:
    op.execute(f"CREATE POLICY people_{act.lower()} ON {table} AS RESTRICTIVE FOR {act} {condition}")
