"""Rules of sessions that can say no. Their facts name nobody: a taken slot doesn't tell whose it is."""

from shared.errors import RuleBroken


class SlotTaken(RuleBroken):
    """A practitioner, the room or a partner has something else then; which, is not said."""

    code = "slot_taken"


class OutsideAvailability(RuleBroken):
    code = "outside_availability"


class LicenceMissing(RuleBroken):
    code = "licence_missing"


class TimeIsPast(RuleBroken):
    code = "time_is_past"


class RoomNotSuitable(RuleBroken):
    code = "room_not_suitable"


class NotOfThisCouple(RuleBroken):
    """Somebody named is no partner of the couple, or is named twice."""

    code = "not_of_this_couple"


class NotObservedNow(RuleBroken):
    """Of a session that is not confirmed, or is off, nothing is observed; nor what is still to come."""

    code = "not_observed_now"


class PractitionerInConflict(RuleBroken):
    """A practitioner named is marked as having a conflict of interest with this couple."""

    code = "practitioner_in_conflict"


class LinkNotPossible(RuleBroken):
    """Only an integration session of the same couple can belong to a medicine session still to come or done."""

    code = "link_not_possible"


class ConsultationAlreadyBooked(RuleBroken):
    code = "consultation_already_booked"


class BookingIsOver(RuleBroken):
    """Completed or cancelled: nothing more can happen to it."""

    code = "booking_is_over"


class NotTheTimeYet(RuleBroken):
    code = "not_the_time_yet"


class SessionNotConfirmed(RuleBroken):
    code = "session_not_confirmed"


class SessionNotInProgress(RuleBroken):
    code = "session_not_in_progress"


class SessionIsOver(RuleBroken):
    """Begun, ended or given up: it can't be changed this way any more."""

    code = "session_is_over"


class ConsentMissing(RuleBroken):
    code = "consent_missing"


class ConsentNotReaffirmed(RuleBroken):
    code = "consent_not_reaffirmed"


class FactsNotFresh(RuleBroken):
    """What intake decided is not known up to a minute ago; a practitioner can confirm it by name."""

    code = "facts_not_fresh"


class ConsentTextOutdated(RuleBroken):
    code = "consent_text_outdated"


class NotTheDayOfTheSession(RuleBroken):
    """Consent is reaffirmed on the day of a confirmed session, before it starts."""

    code = "not_the_day_of_the_session"


class TooLateToConsent(RuleBroken):
    """The session began or is over."""

    code = "too_late_to_consent"
