"""Does the mail server greet us, take our login, and is the way to it encrypted? No mail is sent."""

import smtplib
import ssl
from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place

_TIMEOUT_S = 10.0
_NEAR = {"localhost", "127.0.0.1", "::1"}


def check_mail(place: Place) -> Iterator[Finding]:
    if place.smtp_url is None:
        yield warn(
            "mail",
            "no mail server is named here",
            "set ATTUNE_SMTP_URL for notify's worker, or give --smtp URL to have it looked at; until then mails wait",
        )
        return
    url = urlsplit(place.smtp_url)
    host, port = url.hostname or "localhost", url.port or 25
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    try:
        with kind(host, port, timeout=_TIMEOUT_S) as smtp:
            smtp.ehlo_or_helo_if_needed()
            if url.username:
                smtp.login(unquote(url.username), unquote(url.password or ""))
            offers_tls = smtp.has_extn("starttls")
    except smtplib.SMTPAuthenticationError:
        yield fail("mail", f"the mail server at {host} refuses the login", "set the right user and password")
        return
    except (smtplib.SMTPException, OSError, ssl.SSLError):
        yield fail(
            "mail",
            f"the mail server at {host}, port {port}, does not answer as a mail server",
            "is the address right, does a firewall stand between, is its certificate valid? Mails wait meanwhile",
        )
        return
    if url.scheme != "smtps" and host not in _NEAR:
        more = " (it offers STARTTLS, which is not used)" if offers_tls else ""
        yield warn(
            "mail",
            f"mails go to {host} unencrypted{more}",
            "name its encrypted port with smtps://, or a relay on this machine that encrypts",
        )
        return
    yield ok("mail", f"the mail server at {host} greets us")
