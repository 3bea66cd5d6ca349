"""The rules of intake that can be broken, by name."""

from shared.errors import RuleBroken


class EnquiryAlreadyRegistered(RuleBroken):
    """A couple came from this enquiry before."""

    code = "enquiry_already_registered"


class CareTeamMemberIsPartner(RuleBroken):
    """Somebody who is in care here as a partner can't be on a care team."""

    code = "care_team_member_is_partner"


class IntentionPartEmpty(RuleBroken):
    """There are no words in this part to share."""

    code = "intention_part_empty"


class ReadinessExpiryOutOfRange(RuleBroken):
    """`ready` expires after now and at most 90 days ahead; other decisions don't expire."""

    code = "readiness_expiry_out_of_range"


class ConflictOfInterest(RuleBroken):
    """Somebody named is marked as having a conflict of interest with this couple."""

    code = "conflict_of_interest"


class NotPossibleForYou(RuleBroken):
    """This clinician can't open this couple's data. Why, is not said: the same for every reason."""

    code = "not_possible_for_you"


class AlreadyTreating(RuleBroken):
    """Who is in the care team needs no other access."""

    code = "already_treating"


class BreakGlassUsedUp(RuleBroken):
    """With what this clinician opened within a day, and nobody has reviewed, it would be more than four hours."""

    code = "break_glass_used_up"


class AlreadyReviewed(RuleBroken):
    """Somebody said before whether this access was justified; the first word stands."""

    code = "already_reviewed"


class ReviewByOpener(RuleBroken):
    """Nobody reviews their own access."""

    code = "review_by_opener"
