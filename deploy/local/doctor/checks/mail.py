"""Does the mail server greet us, take our login, and is the way to it encrypted? No mail is sent."""

import smtplib
import ssl
from collections.abc import Iterator

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place
from shared.smtp import FORM, is_encrypted, is_server, open_smtp, place_of

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
    url = place.smtp_url
    if not is_server(url):
        yield fail("mail", "the mail server's address is not one", f"name it as {FORM}")
        return
    host, port = place_of(url)
    try:
        with open_smtp(url, timeout_s=_TIMEOUT_S) as smtp:
            offers_tls = smtp.has_extn("starttls")
    except smtplib.SMTPAuthenticationError:
        yield fail("mail", f"the mail server at {host} refuses the login", "set the right user and password")
        return
    except smtplib.SMTPNotSupportedError:
        yield fail(
            "mail",
            f"the mail server at {host}, port {port}, takes no STARTTLS, or no login",
            "name the port that it has for sending (587), or its encrypted one with smtps://. Mails wait meanwhile",
        )
        return
    except ssl.SSLCertVerificationError as error:
        yield fail(
            "mail",
            f"the certificate of the mail server at {host} is not valid: {error.verify_message}",
            "name it as its certificate does, renew that, or set SSL_CERT_FILE to your authority's. Mails wait",
        )
        return
    except (smtplib.SMTPException, OSError):
        yield fail(
            "mail",
            f"the mail server at {host}, port {port}, does not answer as a mail server",
            "are address, port and kind right (smtps:// 465, smtp+starttls:// 587), does a firewall stand between?"
            " Mails wait meanwhile",
        )
        return
    if not is_encrypted(url) and host not in _NEAR:
        more = " (it offers STARTTLS: smtp+starttls://)" if offers_tls else ""
        yield warn(
            "mail",
            f"mails go to {host} unencrypted{more}",
            "name its encrypted port with smtps:// or smtp+starttls://, or a relay on this machine that encrypts",
        )
        return
    yield ok("mail", f"the mail server at {host} greets us")
