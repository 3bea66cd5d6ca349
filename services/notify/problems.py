"""The rules that notify can see broken."""

from shared.errors import RuleBroken


class LinkElsewhere(RuleBroken):
    """A message may link to the platform only."""

    code = "link_elsewhere"
