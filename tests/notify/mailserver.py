"""A real SMTP server that takes, refuses or drops, as a test wants."""

import asyncio
import email
import email.policy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from ssl import SSLContext
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword


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
def serving(
    *, at_once: SSLContext | None = None, by_starttls: SSLContext | None = None, login: str | None = None
) -> Iterator[MailServer]:
    """The server, on a free port of localhost, in a thread of its own.

    Encrypted `at_once` or `by_starttls`. With a `login`, user:password, it takes mails after that alone.
    """

    def session() -> SMTP:
        return SMTP(
            server,
            hostname="mail",
            enable_SMTPUTF8=True,
            tls_context=by_starttls,
            require_starttls=by_starttls is not None,
            authenticator=lambda *asked: AuthResult(success=_said(asked[-1]) == login, handled=False),
            auth_required=login is not None,
            auth_require_tls=by_starttls is not None,
        )

    server, loop = MailServer(), asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    # In its own thread from the start: in this one a browser's loop may be running.
    starting = loop.create_server(session, "127.0.0.1", 0, ssl=at_once)
    listening = asyncio.run_coroutine_threadsafe(starting, loop).result(timeout=10)
    server.url = f"smtp://127.0.0.1:{listening.sockets[0].getsockname()[1]}"
    yield server
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    listening.close()
    loop.close()


def _said(given: LoginPassword) -> str:
    return f"{given.login.decode()}:{given.password.decode()}"
