"""Integration's rules, in the field's words: when check-ins open, and which answers worry."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shared.confidentiality import Subject
from shared.events.integration import Audience, Urgency

CHECK_IN_DAYS = (1, 3, 7, 14, 30, 90)
"""Calendar days after the medicine session on which a check-in opens."""

LOWEST_MOOD, HIGHEST_MOOD = 0, 10
_OPENS_AT = time(8)
_WORRYING_MOOD = 1


class Channel(StrEnum):
    """Through what an experience is remembered."""

    FEELINGS = "feelings"
    THOUGHTS = "thoughts"
    IMAGES = "images"
    SENSATIONS = "sensations"
    BELIEFS = "beliefs"


class CheckInState(StrEnum):
    """Skipping is as good as answering: neither counts against anybody."""

    OPEN = "open"
    ANSWERED = "answered"
    SKIPPED = "skipped"


class ConcernState(StrEnum):
    """Whether somebody of the care team has taken the concern up."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"


class ConcernKind(StrEnum):
    """What worries. Only the care team reads it; it is sealed and never travels."""

    NOT_SAFE_AT_HOME = "not_safe_at_home"
    VERY_LOW_MOOD = "very_low_mood"
    WANTS_CONTACT = "wants_contact"


SUBJECTS = {
    ConcernKind.NOT_SAFE_AT_HOME: Subject.VIOLENCE,
    # This check-in asks about suicide in no other words: what points to it is kept like an answer about it.
    ConcernKind.VERY_LOW_MOOD: Subject.SUICIDE,
    ConcernKind.WANTS_CONTACT: Subject.ANYTHING_ELSE,
}
"""What a concern is about, as far as the confidentiality policy asks."""


@dataclass(frozen=True)
class Answers:
    """One partner's answers to one check-in: `mood` 0 to 10, `sleep_h` hours of the last night.

    None: rather not say. It worries nobody by itself.
    """

    mood: int | None
    sleep_h: float | None
    is_safe_at_home: bool | None
    wants_contact: bool
    words: str | None = None


@dataclass(frozen=True)
class Question:
    """A question of the check-in, for the field it fills. Our own words: no instrument, no score."""

    field: str
    en: str
    es: str


QUESTIONS = (
    Question("mood", "How is your mood today, from 0 to 10?", "¿Cómo está tu ánimo hoy, de 0 a 10?"),
    Question("sleep_h", "About how many hours did you sleep?", "¿Cuántas horas dormiste, más o menos?"),
    Question("is_safe_at_home", "Are you safe where you live?", "¿Estás a salvo donde vives?"),
    Question(
        "wants_contact",
        "Would you like somebody of your care team to get in touch?",
        "¿Quieres que alguien de tu equipo se ponga en contacto contigo?",
    ),
    Question(
        "words", "Anything you want to add. You may leave it out.", "Lo que quieras añadir. Es opcional."
    ),
)


def check_in_due_at(ended_at: datetime, *, day: int, zone: str) -> datetime:
    """When the check-in of `day` opens, in UTC: `day` calendar days later in `zone`, at eight in the morning.

    After a session that ended before eight, at the hour it ended: day 1 is never more than a day away.
    """
    place = ZoneInfo(zone)
    ended = ended_at.astimezone(place)
    opens = datetime.combine(ended.date() + timedelta(days=day), min(ended.time(), _OPENS_AT), place)
    return opens.astimezone(UTC)


def concerns(answers: Answers) -> tuple[ConcernKind, ...]:
    """What in these answers a person of the care team must look at, if anything."""
    found = []
    if answers.is_safe_at_home is False:
        found.append(ConcernKind.NOT_SAFE_AT_HOME)
    if answers.mood is not None and answers.mood <= _WORRYING_MOOD:
        found.append(ConcernKind.VERY_LOW_MOOD)
    if answers.wants_contact:
        found.append(ConcernKind.WANTS_CONTACT)
    return tuple(found)


def is_clear(answers: Answers) -> bool:
    """Whether nobody needs to look before another medicine session. Clears nobody: a practitioner decides.

    What was not said about mood or safety is like a check-in that was skipped: not clear, and no concern.
    """
    is_said = answers.mood is not None and answers.is_safe_at_home is not None
    return is_said and not concerns(answers)


def urgency_of(kinds: Sequence[ConcernKind]) -> Urgency:
    """A wish to be called can wait for the day's round; everything else can't."""
    only_contact = all(kind is ConcernKind.WANTS_CONTACT for kind in kinds)
    return Urgency.SOON if only_contact else Urgency.NOW


def reaches_practitioners(audience: Audience) -> bool:
    """Whether the care team is among those an entry is shared with."""
    return audience in (Audience.PRACTITIONER, Audience.BOTH)


def reaches_partner(audience: Audience) -> bool:
    """Whether the other partner is among those an entry is shared with."""
    return audience in (Audience.PARTNER, Audience.BOTH)
