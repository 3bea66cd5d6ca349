"""Leaks to plant: each puts into one place of Ana's how much Bo keeps to himself."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Response, request

from services.gateway.pages import own_copy
from services.notify.mail.letter import Letter
from tests.world.world import World

Spoil = Callable[[int, Response], None]


@dataclass(frozen=True)
class Leak:
    """`spoil(secrets, answer)` changes an answer of the service whose path ends so; `place` is where Ana sees it.

    Of the gateway the path is a page's, whole.
    """

    place: str
    service: str
    path: str
    spoil: Spoil


def by_a_total(secrets: int, answer: Response) -> None:
    answer.headers["X-Total"] = str(secrets)


def by_length(secrets: int, answer: Response) -> None:
    answer.set_data(answer.get_data() + b" " * secrets)


def by_etag(secrets: int, answer: Response) -> None:
    answer.headers["ETag"] = f'"{secrets}"'


def by_status(secrets: int, answer: Response) -> None:
    answer.status_code = 403 if secrets else 404


def in_a_calendar_file(secrets: int, answer: Response) -> None:
    ending = b"END:VEVENT"
    answer.set_data(answer.get_data().replace(ending, b"SEQUENCE:%d\r\n%s" % (secrets, ending)))


LEAKS = (
    Leak("integration/me/journeys", "integration", "/me/journeys", by_a_total),
    Leak("integration/me/check-ins", "integration", "/me/check-ins", by_length),
    Leak("intake/me/couple", "intake", "/me/couple", by_etag),
    Leak("door integration/safety-concerns", "integration", "/safety-concerns", by_status),
    Leak("calendar file 0 regulation", "sessions", "/calendar.ics", in_a_calendar_file),
    # The page hands the file on as it is.
    Leak("page of session/calendar.ics 0 regulation", "sessions", "", lambda *_: None),
    Leak("page /sessions", "gateway", "/sessions", by_a_total),
    Leak("page /check-ins", "gateway", "/check-ins", by_length),
    Leak("page /notices", "gateway", "/notices", by_etag),
    # Of the copies, what is put together for both of them, below.
    Leak("copy page", "gateway", "", lambda *_: None),
    Leak("copy data", "gateway", "", lambda *_: None),
    Leak("copied practice", "gateway", "", lambda *_: None),
    Leak("mail", "notify", "", lambda *_: None),  # in the letter itself, below
)


@contextmanager
def planted(world: World) -> Iterator[None]:
    """Whatever Bo does that no wall is asked of is counted, and the count gets out."""
    secrets = 0

    def count(_: Any = None) -> None:
        nonlocal secrets
        body = request.get_json(silent=True) or {}
        is_secret = "nobody else" in str(body) or len(body.get("partner_ids", ())) == 1
        secrets += request.method == "POST" and is_secret

    def spoil(answer: Response) -> Response:
        for leak in LEAKS:
            is_page = leak.service == "gateway" and request.path == leak.path
            is_door = request.path.startswith(f"/api/v1/{leak.service}") and request.path.endswith(leak.path)
            if request.method == "GET" and leak.path and (is_page or is_door):
                leak.spoil(secrets, answer)
        return answer

    def told_on(self: Letter) -> bytes:
        return honest(self) + b"\r\n" * secrets

    def counting(*found: Any, practice: str, **known: Any) -> dict[str, Any]:
        return put_together(*found, practice=f"{practice} {secrets}", **known)

    honest, put_together = Letter.as_bytes, own_copy.copy_of
    with ExitStack() as undo:
        for service in {leak.service for leak in LEAKS} | {"sessions"}:
            app = world.sides[service].app
            for hooks, hook in ((app.before_request_funcs, count), (app.after_request_funcs, spoil)):
                listed: list[Any] = hooks.setdefault(None, [])
                listed.append(hook)
                undo.callback(listed.remove, hook)
        Letter.as_bytes = told_on  # type: ignore[method-assign]
        undo.callback(setattr, Letter, "as_bytes", honest)
        own_copy.copy_of = counting  # type: ignore[assignment]
        undo.callback(setattr, own_copy, "copy_of", put_together)
        yield
