"""Errors that carry a stable code. Services raise them; the web edge maps them once to problem documents."""

from typing import Any, ClassVar

REGISTRY: dict[str, "type[Problem]"] = {}
"""Every code there is. The gateway's texts are checked against it."""


class Problem(Exception):
    """An answer other than success. `code` is stable and public; the words for it live in the gateway."""

    code: ClassVar[str] = ""
    status: ClassVar[int] = 500
    retry_after_s: ClassVar[int | None] = None

    def __init__(self, **facts: str | int) -> None:
        """`facts` go into the problem document: ids, times and enumerations only, never words of a person."""
        super().__init__(self.code)
        self.facts = facts

    def __init_subclass__(cls) -> None:
        if "code" in cls.__dict__:
            known = REGISTRY.setdefault(cls.code, cls)
            if known.__qualname__ != cls.__qualname__ or known.__module__ != cls.__module__:
                raise TypeError(f"problem code {cls.code!r} is defined twice")


class RuleBroken(Problem):
    """A rule of the domain says no. Subclasses name the rule."""

    status = 409


class Malformed(Problem):
    code = "malformed"
    status = 400


class IdempotencyKeyMissing(Problem):
    code = "idempotency_key_missing"
    status = 400


class NotSignedIn(Problem):
    code = "not_signed_in"
    status = 401


class NotFound(Problem):
    """Missing or denied: both look the same, to the byte."""

    code = "not_found"
    status = 404


class MethodNotAllowed(Problem):
    code = "method_not_allowed"
    status = 405


class IdempotencyKeyReused(Problem):
    code = "idempotency_key_reused"
    status = 409


class WordsErased(RuleBroken):
    """These words were erased: their owner's key is destroyed, and nothing new is sealed for that owner."""

    code = "words_erased"


class Conflict(Problem):
    code = "conflict"
    status = 409


class Stale(Problem):
    code = "stale"
    status = 412


class TooLarge(Problem):
    code = "too_large"
    status = 413


class MediaNotSupported(Problem):
    code = "media_not_supported"
    status = 415


class FieldsInvalid(Problem):
    """Field errors; `errors` holds a JSON pointer, a code and a sentence per field."""

    code = "fields_invalid"
    status = 422

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__()
        self.errors = errors


class PreconditionRequired(Problem):
    code = "if_match_missing"
    status = 428


class TooManyRequests(Problem):
    code = "too_many_requests"
    status = 429
    retry_after_s = 5


class Unexpected(Problem):
    code = "unexpected"
    status = 500


class Unavailable(Problem):
    """A part is down or not ready; trying again later is safe."""

    code = "unavailable"
    status = 503
    retry_after_s = 2


class PracticeNotKnownYet(Unavailable):
    """The practice's events have not reached this service yet."""

    code = "practice_not_known_yet"
    retry_after_s = 1
