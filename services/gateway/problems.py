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


class TooMuchForOneFile(RuleBroken):
    """Somebody's own things are more than one file is made to hold."""

    code = "too_much_for_one_file"


class SignInRefused(Problem):
    """Signing in did not work; whether there is such an account is not said."""

    code = "sign_in_refused"
    status = 403


class TriedTooOften(Problem):
    """Too many tries without success: the next one has to wait."""

    code = "tried_too_often"
    status = 429

    def __init__(self, wait_s: int) -> None:
        super().__init__()
        self.retry_after_s = wait_s  # type: ignore[misc]


class StepUpNeeded(Problem):
    """This is private: who asks must first show again that it is them."""

    code = "step_up_needed"
    status = 403


class SetUpFirst(Problem):
    """Who followed a link first sets up how they sign in."""

    code = "set_up_first"
    status = 403


class PasskeyRefused(RuleBroken):
    """The passkey could not be added: it did not answer this ceremony of ours, or it is known already."""

    code = "passkey_refused"


class CodeWrong(RuleBroken):
    """A code that was to confirm something is wrong, or was used before."""

    code = "code_wrong"


class CodesInUse(RuleBroken):
    """The person's app shows codes that count already: those are removed first."""

    code = "codes_in_use"


class LastMeans(RuleBroken):
    """Without this there would be no way left to sign in."""

    code = "last_means"


class NotForStaff(RuleBroken):
    """Who works here signs in with a passkey, or with the practice's provider."""

    code = "not_for_staff"


class PasswordNotAllowed(RuleBroken):
    """The practice takes no passwords."""

    code = "password_not_allowed"


class PasswordTooEasy(RuleBroken):
    """The password is hardly more than the address."""

    code = "password_too_easy"


class NotTheAddressTheyJoinedWith(RuleBroken):
    """One signs in with the address that one was invited at, and it is nobody else's here."""

    code = "not_the_address_you_joined_with"


class LastAdmin(RuleBroken):
    """Somebody must be left who runs the practice."""

    code = "last_admin"


class NobodyToReach(RuleBroken):
    """There is no address to which a link could be sent."""

    code = "nobody_to_reach"


class ProviderNotThere(RuleBroken):
    """The practice's OpenID provider is not set, does not answer, or answers what it must not."""

    code = "provider_not_there"


class IssuerNotAllowed(RuleBroken):
    """An OpenID provider has a public https address."""

    code = "issuer_not_allowed"
