"""Comparing what people see, byte by byte."""

from uuid import uuid4

from deploy.local.journey.client import Answer, Client
from deploy.local.journey.faults import check

_TELLING = ("content-type", "content-length", "etag", "cache-control", "location", "retry-after")


def told(answer: Answer) -> tuple[int, bytes, tuple[str | None, ...]]:
    """Everything of an answer that could tell one reader something another isn't told."""
    return answer.status, answer.body, tuple(answer.headers.get(name) for name in _TELLING)


def equal_views(one: Client, other: Client, path: str) -> Answer:
    """The answer both get at `path`. Raises Off when they differ in a byte.

    One looks before and after the other does: when nothing changed between, the other must see the same.
    """
    while True:
        before, beside, after = one.get(path), other.get(path), one.get(path)
        if told(before) == told(after):
            check(
                told(beside) == told(before),
                f"both partners to get the same bytes from {before.asked}",
                f"{before} for one, {beside} for the other",
            )
            return before.must_be(200)


def looks_missing(client: Client, path: str, ident: str) -> None:
    """What `ident` in `path` names must look to this person exactly as if it did not exist."""
    denied, absent = client.get(path), client.get(path.replace(ident, str(uuid4())))
    _same_not_found(denied, absent)


def cannot_post(client: Client, path: str, body: object, ident: str) -> None:
    """As `looks_missing`, for a change of somebody else's things."""
    _same_not_found(client.post(path, body), client.post(path.replace(ident, str(uuid4())), body))


def _same_not_found(denied: Answer, absent: Answer) -> None:
    check(denied.status == 404, f"404 from {denied.asked} for somebody it does not concern", denied)
    check(
        told(denied) == told(absent),
        f"{denied.asked} to look like something that does not exist",
        f"{denied} against {absent}",
    )
