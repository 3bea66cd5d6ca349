"""The demo's mail server: takes every message, sends none on, and shows them as JSON on this machine only.

Messages lie in a Maildir in the data folder. One is accepted (250) only when it is on the disk.
"""

import asyncio
import email
import email.policy
import json
import os
import signal
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from aiosmtpd.smtp import SMTP, Envelope, Session

from deploy.local.files import sync_folder

MESSAGE_MAX = 1_000_000  # bytes
SHOWN_MAX = 500  # newest messages of an address
_TO = "X-Attune-To"  # the envelope's addresses: what a message says itself (Bcc, lists) may differ


def run(smtp: socket.socket, http: socket.socket, folder: Path, *, names: Sequence[str] = ()) -> None:
    """Serve until SIGTERM on two bound sockets, keeping messages in `folder`.

    `names`: what readers call the second one, HOST:PORT, besides its own address.
    """
    maildir = Maildir(folder)
    threading.Thread(target=_serve_http, args=(http, maildir, names), daemon=True).start()
    asyncio.run(_serve_smtp(smtp, maildir))


@dataclass(frozen=True)
class Maildir:
    """Messages as files: tmp while being written, new once whole. Names sort by arrival."""

    folder: Path

    def __post_init__(self) -> None:
        self.folder.mkdir(exist_ok=True, mode=0o700)
        for name in ("tmp", "new", "cur"):
            (self.folder / name).mkdir(exist_ok=True, mode=0o700)

    def add(self, message: bytes, recipients: list[str]) -> None:
        """Store one message, durably."""
        name = f"{time.time_ns()}.{uuid.uuid4().hex}.attune"
        head = "".join(f"{_TO}: {address}\r\n" for address in recipients).encode()
        descriptor = os.open(self.folder / "tmp" / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(head + message)
            file.flush()
            os.fsync(file.fileno())
        (self.folder / "tmp" / name).rename(self.folder / "new" / name)
        sync_folder(self.folder / "new")

    def messages(self, to: str | None) -> list[dict[str, object]]:
        """Messages in the order of arrival, those for one address when `to` is given."""
        found = list(self._newest(to))
        return found[::-1]

    def _newest(self, to: str | None) -> Iterator[dict[str, object]]:
        left = SHOWN_MAX
        for path in sorted((self.folder / "new").iterdir(), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            assert isinstance(message, EmailMessage)
            recipients = [str(address) for address in message.get_all(_TO, [])]
            if to is None or to.lower() in [address.lower() for address in recipients]:
                yield _shown(path, message, recipients)
                left -= 1
            if left == 0:
                return


def _shown(path: Path, message: EmailMessage, recipients: list[str]) -> dict[str, object]:
    body = message.get_body(preferencelist=("plain", "html"))
    arrived = datetime.fromtimestamp(int(path.name.split(".", 1)[0]) / 1e9, tz=UTC)
    return {
        "id": path.name,
        "from": str(message.get("From", "")),
        "to": recipients,
        "subject": str(message.get("Subject", "")),
        "text": body.get_content() if body is not None else "",
        "received_at": arrived.isoformat().replace("+00:00", "Z"),
        "headers": {name: str(value) for name, value in message.items() if name != _TO},
    }


class _Receiver:
    """aiosmtpd's handler. Storing waits for the disk, so it happens beside the loop."""

    def __init__(self, maildir: Maildir) -> None:
        self._maildir = maildir

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        message = content if isinstance(content, bytes) else str(content).encode()
        try:
            await asyncio.to_thread(self._maildir.add, message, [str(to) for to in envelope.rcpt_tos])
        except OSError:
            return "451 could not be stored, try again later"
        return "250 stored"


async def _serve_smtp(smtp: socket.socket, maildir: Maildir) -> None:
    def session() -> SMTP:
        return SMTP(_Receiver(maildir), hostname="attune", data_size_limit=MESSAGE_MAX, enable_SMTPUTF8=True)

    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    server = await loop.create_server(session, sock=smtp)
    async with server:
        await stop.wait()


def _serve_http(http: socket.socket, maildir: Maildir, names: Sequence[str]) -> None:
    host, port = http.getsockname()[:2]

    class Reader(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            address = urlsplit(self.path)
            # A page of another site that had its name point here would send that name.
            is_local = self.headers.get("Host") in (f"{host}:{port}", f"localhost:{port}", *names)
            if not is_local or address.path != "/messages":
                self.send_error(404)
                return
            to = parse_qs(address.query).get("to", [None])[0]
            body = json.dumps({"messages": maildir.messages(to)}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Addresses of people stand in the query: not logged."""

    server = ThreadingHTTPServer((host, port), Reader, bind_and_activate=False)
    server.socket.close()
    server.socket = http
    server.serve_forever()
