"""D2 as the mail server saw it: no notice twice, and none against a fact that was committed 30 s before."""

from collections import Counter, defaultdict
from uuid import UUID

from tests.chaos.commands import Journal
from tests.chaos.sight import Sight
from tests.chaos.verdict import Judgement

STALE_AFTER_S = 30.0
_OF_SESSIONS = frozenset(
    {"session_booked", "consultation_booked", "medicine_confirmed", "reminder_24h", "reminder_2h"}
)
CONTRARY = {
    "cancel": _OF_SESSIONS,
    "withdraw": _OF_SESSIONS,
    "answer": frozenset({"check_in_opened"}),
}
"""What may not be told any more after a command, by the last word of its path; the word before is what it is about."""

_DOUBLED = (
    "SELECT recipient_id, occasion, occurrence, channel, count(*) FROM delivery"
    " GROUP BY practice_id, recipient_id, occasion, occurrence, channel HAVING count(*) > 1"
)
_TOLD = (
    "SELECT d.id, n.occasion, n.occurrence, n.about_id, d.recipient_id"
    " FROM delivery d JOIN notice n ON n.id = d.notice_id WHERE d.channel = 'email'"
)
_FOLLOWING = "SELECT medicine_session_id, id FROM booking WHERE medicine_session_id IS NOT NULL"


def check_notices(found: Judgement, seen: Sight, journal: Journal) -> None:
    """Every mail that was received is one notice's, came once, and told what was still so."""
    told = {row[0]: row[1:] for row in seen.rows("notify", _TOLD)}
    _check_once(found, seen, told)
    off_since = _off_since(seen, journal)
    for mail in seen.mails:
        if mail.delivery_id not in told:
            found.note("invented", f"a mail of no delivery: {mail.delivery_id}")
            continue
        occasion, _, about_id, _ = told[mail.delivery_id]
        since = off_since.get((str(about_id), occasion))
        if since is not None and mail.at > since + STALE_AFTER_S:
            late_s = mail.at - since
            found.note("notices_stale", f"{occasion} of {about_id}, {late_s:.0f} s after it was off")


def _check_once(found: Judgement, seen: Sight, told: dict[UUID, tuple[object, ...]]) -> None:
    for *what, count in seen.rows("notify", _DOUBLED):
        found.note("notices_twice", f"{count} deliveries of {what}", count - 1)
    mails = Counter((mail.delivery_id, mail.address) for mail in seen.mails)
    for (delivery_id, _), count in mails.items():
        if count > 1:
            found.note("notices_twice", f"{count} mails of delivery {delivery_id}", count - 1)
    # Two deliveries of one notice: another id, the same words to the same person.
    by_notice = defaultdict(set)
    for mail in seen.mails:
        if mail.delivery_id in told:
            occasion, occurrence, _, recipient = told[mail.delivery_id]
            by_notice[occasion, occurrence, recipient].add(mail.delivery_id)
    for what, ids in by_notice.items():
        if len(ids) > 1:
            found.note("notices_twice", f"{len(ids)} mails of {what}", len(ids) - 1)


def _off_since(seen: Sight, journal: Journal) -> dict[tuple[str, str], float]:
    """When what a notice tells was surely no longer so: when the command that ended it was answered."""
    following = defaultdict(list)
    for medicine_id, booking_id in seen.rows("sessions", _FOLLOWING):
        following[str(medicine_id)].append(str(booking_id))
    off: dict[tuple[str, str], float] = {}
    for one in journal.accepted():
        *_, about, act = one.path.split("/")
        for occasion in CONTRARY.get(act, ()):
            for subject in (about, *following[about]):
                off[subject, occasion] = min(one.answered_at, off.get((subject, occasion), one.answered_at))
    return off
