"""Where a practice's OpenID provider may lie: never inside, and only where it says it is."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from services.gateway import openid
from services.gateway.openid import OpenId
from services.gateway.problems import IssuerNotAllowed, ProviderNotThere


class TestWhereItMayLie:
    @pytest.mark.parametrize(
        "url",
        [
            "http://id.example",
            "https://127.0.0.1",
            "https://10.0.0.1",
            "https://[::1]",
            "https://169.254.169.254",
            "https://[64:ff9b::a00:1]",
            "https://[2002:a00:1::]",
            "https://[::ffff:10.0.0.1]",
            "https://224.0.0.1",
            "https://user@id.example",
            "ftp://id.example",
            "https://",
            "https://[",
        ],
    )
    def test_nothing_inside_is_asked(self, url: str) -> None:
        with pytest.raises(IssuerNotAllowed):
            OpenId(public_url="https://attune.example").endpoints(url)

    def test_on_ones_own_machine_it_may_lie_beside(self, issuer: str) -> None:
        assert OpenId(public_url="http://localhost:8000").endpoints(issuer).token.startswith(issuer)
        with pytest.raises(IssuerNotAllowed):
            OpenId(public_url="https://attune.example").endpoints(issuer)

    def test_one_that_calls_itself_otherwise_is_not_it(self, issuer: str) -> None:
        with pytest.raises(ProviderNotThere):
            OpenId(public_url="http://localhost:8000").endpoints(issuer + "/")


class TestOneThatIsSlow:
    """It holds few of the gateway's threads, and none for long."""

    @pytest.fixture
    def dripping(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[OpenId, str, threading.Event]]:
        """A provider that gives a byte at a time until it is let go."""
        enough = threading.Event()

        class Drip(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.end_headers()
                with suppress(OSError):
                    while not enough.wait(0.05):
                        self.wfile.write(b" ")

            def log_message(self, *_: object) -> None:
                """Nothing."""

        monkeypatch.setattr(openid, "_ANSWERS_S", 1.0)
        monkeypatch.setattr(openid, "_TURN_S", 0.1)
        server = ThreadingHTTPServer(("127.0.0.1", 0), Drip)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield OpenId(public_url="http://localhost:8000"), f"http://127.0.0.1:{server.server_port}", enough
        enough.set()
        server.shutdown()
        server.server_close()

    def test_an_answer_that_never_ends_is_none(self, dripping: tuple[OpenId, str, threading.Event]) -> None:
        client, url, _ = dripping
        began = time.monotonic()
        with pytest.raises(ProviderNotThere):
            client.endpoints(url)
        assert time.monotonic() - began > 0.9, "or it was refused for another reason"

    def test_two_wait_and_the_third_is_told_at_once(
        self, dripping: tuple[OpenId, str, threading.Event], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client, url, _ = dripping
        monkeypatch.setattr(openid, "_ANSWERS_S", 20.0)
        for _ in range(2):
            threading.Thread(target=lambda: suppressed(client, url), daemon=True).start()
        time.sleep(0.5)
        began = time.monotonic()
        with pytest.raises(ProviderNotThere):
            client.endpoints(url)
        assert time.monotonic() - began < 5.0


def suppressed(client: OpenId, url: str) -> None:
    with suppress(ProviderNotThere):
        client.endpoints(url)
