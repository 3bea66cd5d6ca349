"""The demo's mail server: what it accepts is kept and shown, on this machine only."""

import multiprocessing
import os
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest

from deploy.local import mailbox
from deploy.local.sockets import _free, port_of, url_of
from tests.local.waiting import until


class Server:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.smtp, self.http = _free(), _free()
        self.start()

    def start(self) -> None:
        self.process = multiprocessing.get_context("fork").Process(
            target=mailbox.run, args=(self.smtp, self.http, self.folder), kwargs={"names": ["mail:8025"]}
        )
        self.process.start()

    def kill(self) -> None:
        self.process.kill()
        self.process.join()

    def send(self, subject: str, *to: str, text: str = "Guten Tag") -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "practice@example.org", ", ".join(to), subject
        message["List-Unsubscribe"] = "<http://localhost/u>"
        message.set_content(text)
        with smtplib.SMTP("127.0.0.1", port_of(self.smtp), timeout=10) as client:
            client.send_message(message, to_addrs=list(to))

    def subjects(self, to: str | None = None) -> list[str]:
        answer = httpx.get(url_of(self.http) + "/messages", params={"to": to} if to else {}).json()
        return [message["subject"] for message in answer["messages"]]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    server = Server(tmp_path / "mail")
    yield server
    server.kill()
    server.smtp.close()
    server.http.close()


def test_a_message_is_stored_and_shown_with_all_its_parts(server: Server) -> None:
    server.send("Erinnerung – morgen", "anna@example.org", text="Bis morgen, schöne Grüße")
    [message] = httpx.get(url_of(server.http) + "/messages").json()["messages"]
    assert message["from"] == "practice@example.org"
    assert message["to"] == ["anna@example.org"]
    assert message["subject"] == "Erinnerung – morgen"
    assert message["text"].strip() == "Bis morgen, schöne Grüße"
    assert message["received_at"].endswith("Z")
    assert message["headers"]["List-Unsubscribe"] == "<http://localhost/u>"
    assert message["id"]


def test_each_address_sees_its_own_in_order(server: Server) -> None:
    server.send("one", "anna@example.org")
    server.send("two", "ben@example.org")
    server.send("three", "anna@example.org", "ben@example.org")
    assert server.subjects("anna@example.org") == ["one", "three"]
    assert server.subjects("BEN@example.org") == ["two", "three"]
    assert server.subjects("nna@example.org") == []
    assert server.subjects() == ["one", "two", "three"]


def test_what_was_accepted_outlives_a_kill(server: Server) -> None:
    server.send("kept", "anna@example.org")
    server.kill()
    server.start()
    until("it answers again", lambda: server.subjects() == ["kept"])


def test_a_message_that_can_not_be_stored_is_not_accepted(server: Server) -> None:
    server.send("first", "anna@example.org")
    (server.folder / "tmp").rename(server.folder / "gone")
    with pytest.raises(smtplib.SMTPDataError, match="could not be stored"):
        server.send("second", "anna@example.org")
    os.rename(server.folder / "gone", server.folder / "tmp")
    assert server.subjects() == ["first"]


@pytest.mark.parametrize(("path", "host"), [("/", None), ("/messages", "elsewhere.example.org")])
def test_it_answers_nothing_else_and_no_other_name(server: Server, path: str, host: str | None) -> None:
    headers = {"Host": host} if host else {}
    assert httpx.get(url_of(server.http) + path, headers=headers).status_code == 404


def test_it_answers_to_the_name_it_was_given(server: Server) -> None:
    assert httpx.get(url_of(server.http) + "/messages", headers={"Host": "mail:8025"}).status_code == 200


def test_it_ends_when_asked(server: Server) -> None:
    server.send("first", "anna@example.org")
    server.process.terminate()
    server.process.join(5)
    assert server.process.exitcode == 0
