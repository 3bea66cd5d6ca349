"""The way to a mail server is as safe as its address asks, or nothing is sent on it, the password least of all."""

from pathlib import Path
from smtplib import SMTPNotSupportedError

import pytest

from services.notify.mail.postbox import Postbox, Sent
from shared.settings import SettingsError, from_env
from shared.smtp import is_server, open_smtp, place_of
from tests.notify.certificates import Authority, authority
from tests.notify.mailserver import MailServer, serving

pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
LOGIN = "clinic@oak:p@ss/w:rd"
IN_URL = "clinic%40oak:p%40ss%2Fw%3Ard@"


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("trusted"))


@pytest.fixture(autouse=True)
def believed(trusted: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.root))


def address(server: MailServer, scheme: str, login: str = "", host: str = "localhost") -> str:
    return f"{scheme}://{login}{host}:{server.url.rpartition(':')[2]}"


def sent(url: str) -> Sent | None:
    """What became of a mail; None: nothing could be asked."""
    with Postbox(url) as box:
        return (
            box.send("practice@example.org", "cam@example.org", b"Subject: x\r\n\r\nx\r\n")
            if box.is_open()
            else None
        )


def test_encrypted_from_the_first_byte_and_by_starttls_it_goes_out_after_a_login(trusted: Authority) -> None:
    here = trusted.server_of("localhost")
    with serving(at_once=here, login=LOGIN) as server:
        assert sent(address(server, "smtps", IN_URL)) is Sent.ACCEPTED
        assert sent(address(server, "smtps", "clinic:wrong@")) is None
        assert len(server.taken) == 1
    with serving(by_starttls=here, login=LOGIN) as server:
        assert sent(address(server, "smtp+starttls", IN_URL)) is Sent.ACCEPTED
        assert sent(address(server, "smtp", IN_URL)) is None, "or the server took a password in the clear"
        assert len(server.taken) == 1


@pytest.mark.parametrize("way", ["smtps", "smtp+starttls"])
@pytest.mark.parametrize("fault", ["of nobody", "of another host"])
def test_a_server_that_is_not_the_one_gets_nothing(
    way: str, fault: str, trusted: Authority, tmp_path: Path
) -> None:
    shown = (
        authority(tmp_path).server_of("localhost")
        if fault == "of nobody"
        else trusted.server_of("other.example.org")
    )
    with serving(**{"at_once" if way == "smtps" else "by_starttls": shown}) as server:
        assert sent(address(server, way)) is None
        assert server.taken == []


def test_a_server_that_offers_no_starttls_gets_nothing() -> None:
    """Somebody on the way may have taken the offer away."""
    with serving(login=LOGIN) as server:
        with pytest.raises(SMTPNotSupportedError):
            open_smtp(address(server, "smtp+starttls", IN_URL), timeout_s=5)
        assert sent(address(server, "smtp+starttls", IN_URL)) is None
        assert sent(address(server, "smtp", IN_URL)) is Sent.ACCEPTED, "or it takes nothing anyway"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("smtps://mail.example.org", ("mail.example.org", 465)),
        ("smtp+starttls://u:p@mail.example.org/", ("mail.example.org", 587)),
        ("smtp://mail:1025", ("mail", 1025)),
        ("smtp://[::1]", ("::1", 25)),
    ],
)
def test_each_kind_has_its_port(url: str, place: tuple[str, int]) -> None:
    assert is_server(url)
    assert place_of(url) == place


@pytest.mark.parametrize(
    "url",
    [
        "mail.example.org:587",
        "smtp://",
        "http://mail",
        "smtps://mail:lots",
        "smtp://mail/inbox",
        "smtp://m?x=1",
        "smtp://mail..example.org",
        f"smtp://{'m' * 64}.example.org",
        "smtps://u:p%C3%A9ss@mail",
        "smtps://ü@mail",
    ],
)
def test_other_addresses_are_none(url: str) -> None:
    assert not is_server(url)


def test_a_worker_does_not_start_with_one_and_does_not_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {
        "DATABASE_URL": "postgresql://x", "WORKER_DATABASE_URL": "postgresql://x",
        "EVENT_LOG_URL": "postgresql://x", "EVENT_KEY": "00" * 32, "VAULT_KEY": "00" * 32,
        "CURSOR_KEY": "00" * 32, "ACTOR_PUBLIC_KEY": "x", "SMTP_URL": "mail.example.org:secret@587",
    }  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"ATTUNE_{name}", value)
    with pytest.raises(SettingsError, match="ATTUNE_SMTP_URL is smtps://") as refused:
        from_env("notify")
    assert "secret" not in str(refused.value)
    monkeypatch.setenv("ATTUNE_SMTP_URL", "smtps://mail.example.org")
    assert from_env("notify").smtp_url == "smtps://mail.example.org"
