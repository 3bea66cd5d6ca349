"""A real SMTP server that takes, refuses or drops, as a test wants."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP


@dataclass
class MailServer:
    """What it took stands in `taken`. `mood`: takes, refuses_recipient, refuses_mail, hangs_up_early, hangs_up_late."""

    mood: str = "takes"
    taken: list[tuple[str, bytes]] = field(default_factory=list)
    url: str = ""

    async def handle_RCPT(self, server: Any, _: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if self.mood == "refuses_recipient":
            return "550 nobody of that name"
        if self.mood == "hangs_up_early":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, _: Any, envelope: Any) -> str:  # noqa: N802
        if self.mood == "refuses_mail":
            return "451 not now"
        self.taken += [(address, envelope.content) for address in envelope.rcpt_tos]
        if self.mood == "hangs_up_late":
            server.transport.abort()
        return "250 taken"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails taken for one address, oldest first."""
        made = [
            email.message_from_bytes(raw, policy=email.policy.default)
            for to, raw in self.taken
            if to == address
        ]
        return [one for one in made if isinstance(one, EmailMessage)]


@contextmanager
def serving() -> Iterator[MailServer]:
    """The server, on a free port, in a thread of its own."""
    server, loop = MailServer(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    # In its own thread from the start: in this one a browser's loop may be running.
    starting = loop.create_server(lambda: SMTP(server, hostname="mail", enable_SMTPUTF8=True), "127.0.0.1", 0)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result(timeout=10)
    server.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield server
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    listening.close()
    loop.close()
