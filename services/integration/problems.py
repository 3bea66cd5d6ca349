"""Rules of integration that can say no."""

from shared.errors import RuleBroken


class CheckInClosed(RuleBroken):
    """This check-in was answered or skipped before."""

    code = "check_in_closed"


class NoPartnerYet(RuleBroken):
    """Sharing with a partner needs one: the couple has a single person so far."""

    code = "no_partner_yet"
