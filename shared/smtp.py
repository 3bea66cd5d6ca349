"""The way to the mail server that ATTUNE_SMTP_URL names: encrypted from the first byte, by STARTTLS, or not at all.

Never less than the address asks for: a server whose certificate is not its own gets neither the password nor a mail.
Certificates are held against the system's authorities, or those of the file that SSL_CERT_FILE names.
"""

import smtplib
import ssl
from urllib.parse import SplitResult, unquote, urlsplit

PORTS = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
FORM = "smtps://[user:password@]host[:port] in ASCII, or smtp+starttls://…, or without encryption smtp://…"


def is_server(url: str) -> bool:
    """Whether it is an address of the `FORM`."""
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises for one that is no number
        (parts.hostname or "").encode("idna")  # for an empty or too long part of a name
        _login_of(parts).encode("ascii")  # smtplib knows no other
    except ValueError:
        return False
    rest = parts.path.strip("/") or parts.query or parts.fragment
    return parts.scheme in PORTS and bool(parts.hostname) and not rest


def is_encrypted(url: str) -> bool:
    return urlsplit(url).scheme != "smtp"


def place_of(url: str) -> tuple[str, int]:
    """Host and port, that of its kind where none is said."""
    parts = urlsplit(url)
    return parts.hostname or "localhost", parts.port or PORTS.get(parts.scheme, 25)


def open_smtp(url: str, *, timeout_s: float) -> smtplib.SMTP:
    """A connection that was greeted, is encrypted as asked, and has signed in where a user is named.

    `url` is_server; `timeout_s` is for each answer. Raises smtplib.SMTPException, or OSError (ssl.SSLError is one).
    """
    host, port = place_of(url)
    parts = urlsplit(url)
    if parts.scheme == "smtps":
        smtp: smtplib.SMTP = smtplib.SMTP_SSL(
            host, port, timeout=timeout_s, context=ssl.create_default_context()
        )
    else:
        smtp = smtplib.SMTP(host, port, timeout=timeout_s)
    try:
        _enter(smtp, parts)
    except BaseException:
        smtp.close()
        raise
    return smtp


def _login_of(parts: SplitResult) -> str:
    return unquote(f"{parts.username or ''}:{parts.password or ''}")


def _enter(smtp: smtplib.SMTP, parts: SplitResult) -> None:
    smtp.ehlo_or_helo_if_needed()
    if parts.scheme == "smtp+starttls":
        smtp.starttls(
            context=ssl.create_default_context()
        )  # raises where it is not offered: somebody may hide it
        smtp.ehlo()
    if parts.username:
        smtp.login(unquote(parts.username), unquote(parts.password or ""))
