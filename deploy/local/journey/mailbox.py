"""The demo mail server's mailboxes, each read as its owner would; and what became of mail that is missing."""

import re
from typing import Any

from deploy.local.journey.client import Client
from deploy.local.journey.faults import Off, check

_INVITATION = re.compile(r"https?://\S+?/i/([A-Za-z0-9_\-.~]+)")
_LOST = ("uncertain", "failed")


class Mailbox:
    """All mailboxes of one platform. Off (`is_there` false) where the platform has no demo mail server."""

    def __init__(self, operator: Client) -> None:
        self._operator = operator
        answer = operator.get("/demo/mailbox", {"to": "nobody@attune.example"})
        check(answer.status != 401, "the platform to take this operator key", answer)
        self.is_there = answer.code != "demo_mailbox_absent"
        if self.is_there:
            answer.must_be(200)

    def messages(self, address: str) -> list[Any]:
        """The messages to one address, oldest first."""
        found: list[Any] = self._operator.read("/demo/mailbox", {"to": address})["messages"]
        return found

    def invitation_tokens(self, address: str) -> list[str]:
        """The tokens of all invitations that came to an address, oldest first."""
        return [token for one in self.messages(address) for token in _INVITATION.findall(one["text"])]


def lost_mail(desk: Client, person_id: str | None) -> int:
    """How many messages to a person, or to people without a login (None), staff is shown as uncertain or failed.

    Uncertain ones may have arrived: a sender that was killed while sending never sends again.
    """
    rows = [row for state in _LOST for row in desk.items("/notify/deliveries", {"state": state})]
    return sum(1 for row in rows if row["person_id"] == person_id)


def require_mailbox(mailbox: Mailbox) -> None:
    """Raises Off where nobody can read their mail."""
    if not mailbox.is_there:
        raise Off(
            "a demo mailbox, since an invitation's token travels by mail only (start it with `attune up --demo`)",
            "409 demo_mailbox_absent",
        )
