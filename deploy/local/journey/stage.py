"""Everything the steps of one play share."""

from dataclasses import dataclass

from deploy.local.journey.accounts import Door
from deploy.local.journey.client import Client
from deploy.local.journey.clock import PracticeClock
from deploy.local.journey.letters import Letters
from deploy.local.journey.mailbox import Mailbox
from deploy.local.journey.people import Person, Practice
from deploy.local.journey.story import Story


@dataclass(frozen=True)
class Stage:
    """The story, the practice it plays in, and the tools to look at its effects."""

    story: Story
    door: Door
    public: Client
    practice: Practice
    stranger: Person  # the front desk of another practice
    clock: PracticeClock
    mailbox: Mailbox
    letters: Letters
