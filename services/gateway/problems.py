"""Rules of the gateway that say no."""

from shared.errors import Problem, RuleBroken


class SlugTaken(RuleBroken):
    """Another practice has this address."""

    code = "slug_taken"


class PracticeClockIsReal(RuleBroken):
    """Only a demo practice's clock may be moved."""

    code = "practice_clock_is_real"


class ClockTooFar(RuleBroken):
    """A demo's clock goes fifty years ahead and no further."""

    code = "clock_too_far"


class DemoMailboxAbsent(RuleBroken):
    """This platform sends real mail: there is nothing to show."""

    code = "demo_mailbox_absent"


class AlreadyJoined(RuleBroken):
    """The person has a login that no invitation may open: they work here."""

    code = "already_joined"


class AddressInUse(RuleBroken):
    """Another partner of this couple was invited at this address: each has an address of their own."""

    code = "address_in_use"


class NotTheirAddress(RuleBroken):
    """A partner who has joined gets a new link only at an address they joined with."""

    code = "not_their_address"


class PracticeNotNamed(Problem):
    """The operator must say which practice, in the header Attune-Practice."""

    code = "practice_not_named"
    status = 400


class CrossSite(Problem):
    """A browser sent this from a page that is not ours."""

    code = "cross_site"
    status = 403
