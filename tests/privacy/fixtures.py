"""`mail`: one mail server for the test session, real; each home looks at its own people's."""

from collections.abc import Iterator

import pytest

from tests.notify.mailserver import MailServer, serving


@pytest.fixture(scope="session")
def mail() -> Iterator[MailServer]:
    with serving() as server:
        yield server
