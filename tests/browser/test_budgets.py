"""What a page weighs when it is opened for the first time: everything but the letters, each as gzip sends it."""

import gzip
import re

import pytest

from tests.browser.lived_in import LivedIn
from tests.browser.places import ROLES, places
from tests.gateway.visitor import Visitor

PARTNER_BYTES, STAFF_BYTES = 100_000, 200_000
_FILES = re.compile(r'(?:href|src)="(/static/[^"#]+)')
_LETTERS = re.compile(r"\.woff2(\?|$)")


@pytest.mark.parametrize("role", ROLES)
def test_no_page_weighs_more_than_its_budget(lived_in: LivedIn, role: str) -> None:
    door, most = lived_in.clinic.door, PARTNER_BYTES if role in ("public", "partner") else STAFF_BYTES
    visitor = Visitor(door, cookie=lived_in.cookies.get(role, ""))
    weights = {
        str(place): weight(visitor, place.path)
        for place in places(door.app, lived_in.ids)
        if place.role == role
    }
    assert {page: bytes_ for page, bytes_ in weights.items() if bytes_ > most} == {}
    assert min(weights.values()) > 10_000, "the files of the frame count"


def weight(visitor: Visitor, path: str) -> int:
    """Bytes of a page and of all that it names."""
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    files = {name for name in _FILES.findall(answer.text) if not _LETTERS.search(name)}
    return sum(len(gzip.compress(one)) for one in (answer.data, *(visitor.get(name).data for name in files)))
