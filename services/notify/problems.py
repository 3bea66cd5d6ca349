"""The rules that notify can see broken."""

from shared.errors import RuleBroken


class AddressRefused(RuleBroken):
    """Whose address it is has said that mail there is not safe: nothing is sent there, not even a link."""

    code = "address_refused"


class LinkElsewhere(RuleBroken):
    """A message may link to the platform only."""

    code = "link_elsewhere"
