"""Routes on their way out say so. There is none today: the entry is planted."""

from datetime import datetime

import pytest

from services.gateway import deprecations
from services.gateway.api_routes import route
from services.gateway.deprecations import Outgoing
from tests.gateway.door import Door, Practice
from tests.gateway.weeks import this_week


@pytest.fixture
def planted(monkeypatch: pytest.MonkeyPatch) -> None:
    since = datetime.fromisoformat("2026-11-01T00:00:00+00:00")
    until = datetime.fromisoformat("2027-05-01T00:00:00+00:00")
    entry = Outgoing(route("GET sessions/bookings"), since, until, "/ops/api", "sessions/agenda")
    monkeypatch.setattr(deprecations, "OUTGOING", (entry,))


def test_none_is_today() -> None:
    assert deprecations.OUTGOING == ()


def test_it_is_told_in_headers_and_in_the_document(planted: None, door: Door, practice: Practice) -> None:
    desk = practice.signed_in("front_desk")
    answer = door.get(f"/api/v1/sessions/bookings?{this_week()}", headers=desk)
    assert answer.headers["Deprecation"] == "@1793491200"
    assert answer.headers["Sunset"] == "Sat, 01 May 2027 00:00:00 GMT"
    assert answer.headers["Link"] == (
        '</ops/api>; rel="deprecation", </api/v1/sessions/agenda>; rel="successor-version"'
    )
    assert "Deprecation" not in door.get("/api/v1/sessions/rooms", headers=desk).headers
    document = door.get("/api/v1/openapi.json").json
    assert document["paths"]["/api/v1/sessions/bookings"]["get"]["deprecated"] is True
    assert "deprecated" not in document["paths"]["/api/v1/sessions/bookings"]["post"]
