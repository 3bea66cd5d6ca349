"""A connection to the mail server that knows, after a failure, whether the mail may have been taken."""

import re
import smtplib
from contextlib import suppress
from enum import StrEnum
from types import TracebackType

from shared.smtp import open_smtp

_TIMEOUT_S = 10.0
LONGEST_S = 4 * _TIMEOUT_S
"""The longest that `send` waits: for four answers (to MAIL, RCPT, DATA, and to the mail itself or a RSET).

What is sent between them never waits: each fits into the connection's buffer, which is empty after an answer.
"""


class Sent(StrEnum):
    """What became of a mail."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # surely not taken: it may be tried again
    UNKNOWN = "unknown"  # the connection broke after the last byte: never to be tried again


class Postbox:
    """Mails to one server (shared.smtp says how it is named); connects when it first must."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._smtp: smtplib.SMTP | None = None

    def __enter__(self) -> "Postbox":
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.close()

    def is_open(self) -> bool:
        """Connect, or make sure that an earlier connection still lives, before anything is promised."""
        if self._smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                if self._smtp.noop()[0] == 250:
                    return True
            self.close()
        try:
            self._smtp = open_smtp(self._url, timeout_s=_TIMEOUT_S)
        except (smtplib.SMTPException, OSError):
            return False
        return True

    def send(self, sender: str, address: str, mail: bytes, *, is_utf8: bool = False) -> Sent:
        """Hand one mail to the server. Never raises for what the server or the network does."""
        smtp = self._smtp
        if smtp is None:
            return Sent.REFUSED
        try:
            is_ready = self._ask(smtp, sender, address, is_utf8=is_utf8)
        except (smtplib.SMTPException, OSError):
            self.close()
            return Sent.REFUSED
        if not is_ready:
            self._reset(smtp)
            return Sent.REFUSED
        try:
            smtp.send(re.sub(rb"(?m)^\.", b"..", mail).removesuffix(b"\r\n") + b"\r\n.\r\n")
            code, _ = smtp.getreply()
        except (smtplib.SMTPException, OSError):
            self.close()
            return Sent.UNKNOWN
        return Sent.ACCEPTED if code == 250 else Sent.REFUSED

    def close(self) -> None:
        smtp, self._smtp = self._smtp, None
        if smtp is not None:
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
            smtp.close()

    @staticmethod
    def _ask(smtp: smtplib.SMTP, sender: str, address: str, *, is_utf8: bool) -> bool:
        options: tuple[str, ...] = ()
        if is_utf8:
            if not smtp.has_extn("smtputf8"):
                return False
            options = ("SMTPUTF8", "BODY=8BITMIME")
            smtp.command_encoding = "utf-8"
        else:
            smtp.command_encoding = "ascii"
        return (
            smtp.mail(sender, options)[0] == 250
            and smtp.rcpt(address)[0] in (250, 251)
            and smtp.docmd("DATA")[0] == 354
        )

    def _reset(self, smtp: smtplib.SMTP) -> None:
        try:
            smtp.rset()
        except (smtplib.SMTPException, OSError):
            self.close()
