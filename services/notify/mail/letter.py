"""One neutral mail: whose it is shows only in its address, and what it is about nowhere."""

from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit
from uuid import UUID

from services.notify.templates import texts


@dataclass(frozen=True, repr=False)
class Letter:
    """What a mail is made of. It has no repr: address and link must not slip into a log."""

    delivery_id: UUID
    address: str
    language: str
    sender: str
    link: str
    host: str
    sent_at: datetime

    @property
    def return_path(self) -> str:
        return f"no-reply@{self.host}"

    @property
    def needs_utf8(self) -> bool:
        return not self.address.isascii()

    def as_bytes(self) -> bytes:
        """The mail as it goes over the wire. Raises ValueError for an address that is none."""
        words = texts(self.language)
        mail = EmailMessage(policy=SMTP.clone(utf8=self.needs_utf8))
        mail["From"] = Address(self.sender, addr_spec=self.return_path)
        mail["To"] = Address(addr_spec=self.address)
        mail["Subject"] = words.subject.format(sender=self.sender)
        mail["Date"] = format_datetime(self.sent_at)
        mail["Message-ID"] = f"<{self.delivery_id}@{self.host}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(words.body.format(sender=self.sender, link=self.link), cte="quoted-printable")
        return mail.as_bytes()


def host_of(public_url: str) -> str:
    """The host in the platform's address: what its mails come from."""
    return urlsplit(public_url).hostname or "localhost"
