"""What two partners and the front desk can look at, as plain data that a test may spoil; the rest answers 404."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from deploy.local.journey.accounts import Door
from deploy.local.journey.client import Client
from deploy.local.journey.clock import PracticeClock
from deploy.local.journey.letters import Letters
from deploy.local.journey.mailbox import Mailbox
from deploy.local.journey.people import Couple, Person, Practice
from deploy.local.journey.stage import Stage
from deploy.local.journey.story import Story

NOT_FOUND = {"code": "not_found", "status": 404}


@dataclass
class Views:
    """What is shown: by path for everybody, or by (person, path)."""

    shown: dict[str | tuple[str, str], Any] = field(default_factory=dict)
    mail: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    url: str = ""

    def tell(self, *names: str, text: str = "You have a message from Willow 1") -> None:
        """A notice for each: in the inbox and by mail."""
        for name in names:
            inbox = self.shown.setdefault((name, "/notify/me/inbox"), {"items": []})
            number = str(len(inbox["items"]))
            inbox["items"].append(
                {"message_id": number, "text": text, "received_at": number, "occasion_at": None}
            )
            self.send_mail(name)

    def send_mail(self, name: str) -> None:
        mails = self.mail.setdefault(f"{name.lower()}@willow.example", [])
        text = "Read it at http://localhost/"
        headers = {"Message-ID": f"<{len(mails)}@localhost>"}
        mails.append({"subject": "You have a message from Willow 1", "text": text, "headers": headers})

    def answer(self, path: str) -> Response:
        if path == "/demo/mailbox":
            return jsonify(messages=self.mail.get(request.args["to"], []))
        name = request.headers.get("Authorization", "")
        found = self.shown.get((name, path), self.shown.get(path, NOT_FOUND))
        answer = jsonify(found)
        answer.status_code = 404 if found is NOT_FOUND else 200 if request.method == "GET" else 201
        return answer


@contextmanager
def shown_views() -> Iterator[Views]:
    views = Views({"/notify/deliveries": {"items": []}})
    app = Flask("views")

    @app.route("/api/v1/<path:path>", methods=["GET", "POST"])
    def show(path: str) -> Response:
        return views.answer(f"/{path}")

    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    views.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield views
    finally:
        server.shutdown()
        server.server_close()


def stage_for(views: Views, story: Story) -> tuple[Stage, Couple]:
    """A stage whose people are named in Authorization, as they are in `Views`."""

    def person(name: str) -> Person:
        return Person(
            f"id-of-{name}", name, f"{name.lower()}@willow.example", Client(views.url, authorization=name)
        )

    operator, desk, clinician = Client(views.url), person("Desk"), person("Clinician")
    practice = Practice(
        "willow", "Willow 1", "UTC", operator, desk, desk, clinician, clinician, clinician, "room", "room"
    )
    mailbox = Mailbox(operator)
    letters = Letters(story, mailbox, desk)
    couple = Couple("id-of-couple", person("Anahita"), person("Benedikt"), (clinician,))
    for partner in couple.partners:
        views.shown[partner.display_name, "/notify/me/inbox"] = {"items": []}
        letters.begin(partner)
    clock = PracticeClock(story, operator, "UTC")
    return Stage(
        story, Door(views.url, "willow"), operator, practice, person("Stranger"), clock, mailbox, letters
    ), couple
