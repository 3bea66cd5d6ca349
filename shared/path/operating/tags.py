"""Short tags in place of ids of people and couples: equal ids have equal tags, and no tag can be looked up."""

import hashlib
import hmac
from uuid import UUID


class Tags:
    """Tags by the platform's event key: the same in every command on this platform, and only there.

    A tag is `id-` and ten hexadecimal digits of an HMAC: whoever has a copy of an output, but not the key, can't
    test a guess.
    """

    def __init__(self, event_key: bytes, *, reveal: bool = False) -> None:
        self._key = hmac.digest(event_key, b"attune operator tags", hashlib.sha256)
        self._reveal = reveal

    def of_id(self, value: UUID | str) -> str:
        """The tag of an id, or the id itself where it was asked to be revealed."""
        return str(value) if self._reveal else self._tag(str(value).encode())

    def of_key(self, key: bytes) -> str:
        """The tag of an event's key: the same as that of the id which the key is."""
        if not self._reveal:
            return self._tag(key)
        text = key.decode("ascii", errors="backslashreplace")
        return text if text.isprintable() else repr(text)

    def _tag(self, value: bytes) -> str:
        return "id-" + hmac.new(self._key, value, hashlib.sha256).hexdigest()[:10]


def is_tag(given: str) -> bool:
    """Whether somebody named an id by its tag."""
    return given.startswith("id-")
