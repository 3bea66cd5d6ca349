"""The rules of care that a whole stack must keep: B1, C1, and that nobody who is not safe is forgotten."""

from collections import Counter

from tests.chaos.commands import Journal
from tests.chaos.sight import Sight
from tests.chaos.verdict import Judgement

_OVERLAPPING_HOLDS = (
    "SELECT a.session_id, b.session_id, a.resource_no FROM occupancy a JOIN occupancy b"
    " ON a.resource_no = b.resource_no AND a.id < b.id AND a.during && b.during"
)
_TAKEN = (
    "SELECT id, starts_at, ends_at, unnest(practitioner_ids || partner_ids || array_remove(ARRAY[room_id], NULL))"
    " AS who FROM booking WHERE state IN ('booked', 'completed') AND NOT is_called_off"
    " UNION ALL SELECT id, starts_at, ends_at, unnest(practitioner_ids || taking_ids || attending_ids || room_id)"
    " FROM medicine_session WHERE state IN ('planned', 'confirmed', 'in_progress', 'ended')"
)
_OVERLAPPING = (
    f"WITH taken AS ({_TAKEN}) SELECT a.id, b.id, a.who FROM taken a JOIN taken b"
    " ON a.who = b.who AND a.id < b.id AND a.starts_at < b.ends_at AND b.starts_at < a.ends_at"
)
_STARTED = (
    "SELECT DISTINCT s.id FROM medicine_session s JOIN consent_act a ON a.session_id = s.id"
    " WHERE s.started_at IS NOT NULL AND a.state = 'withdrawn' AND NOT s.is_stopped"
    " AND (s.ended_at IS NULL OR a.at <= s.ended_at)"
)


def check_bookings(found: Judgement, seen: Sight) -> None:
    """B1: by the time that is held, and by what the appointments themselves say."""
    for one, other, who in {
        *seen.rows("sessions", _OVERLAPPING_HOLDS),
        *seen.rows("sessions", _OVERLAPPING),
    }:
        found.note("double_bookings", f"{who} is taken for {one} and {other} at one time")


def check_starts(found: Judgement, seen: Sight, journal: Journal) -> None:
    """C1: no start in the database against a withdrawal, and none accepted that was sent after one was answered."""
    for (session_id,) in seen.rows("sessions", _STARTED):
        found.note("started_after_withdrawal", f"{session_id} runs against a withdrawn consent")
    withdrawn = {
        one.path.split("/")[-2]: one.answered_at
        for one in journal.accepted()
        if one.path.endswith("/withdraw")
    }
    for one in journal.accepted():
        session_id = one.path.split("/")[-2] if one.path.endswith("/start") else ""
        if session_id in withdrawn and one.sent_at > withdrawn[session_id] and not _was_on(seen, session_id):
            found.note("started_after_withdrawal", f"a start of {session_id} was accepted after it")


def _was_on(seen: Sight, session_id: str) -> bool:
    """Whether the session had begun before the withdrawal, which was then a stop."""
    query = "SELECT is_stopped FROM medicine_session WHERE id = %s::uuid"
    return any(is_stopped for (is_stopped,) in seen.rows("sessions", query, session_id))


def check_nobody_is_forgotten(found: Judgement, seen: Sight) -> None:
    """Each concern and each withdrawal has its alert, once, and somebody was told of it."""
    alerts = Counter(
        seen.rows(
            "notify",
            "SELECT kind, CASE WHEN kind = 'consent_withdrawn' THEN person_id ELSE source_id END FROM alert",
        )
    )
    wanted = Counter(
        ("safety", concern) for (concern,) in seen.rows("integration", "SELECT id FROM safety_concern")
    )
    wanted += Counter(
        ("consent_withdrawn", person)
        for (person,) in seen.rows("sessions", "SELECT person_id FROM consent_act WHERE state = 'withdrawn'")
    )
    for one, count in wanted.items():
        if alerts[one] < count:
            found.note("forgotten", f"{one} has {alerts[one]} alerts, not {count}", count - alerts[one])
        elif alerts[one] > count:
            found.note("doubled", f"{one} has {alerts[one]} alerts, not {count}", alerts[one] - count)
    told = (
        "SELECT id FROM alert a WHERE NOT EXISTS (SELECT FROM notice n JOIN delivery d ON d.notice_id = n.id"
        " WHERE n.occasion = 'alert' AND n.about_id = a.id)"
    )
    for (alert_id,) in seen.rows("notify", told):
        found.note("forgotten", f"nobody was told of alert {alert_id}")
