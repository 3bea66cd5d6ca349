"""`clinic`: one platform's parts for all tests here, healthy: everybody is fresh, a key of each vault is in use."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from shared.db.tenancy import Scope
from shared.settings import SERVICES
from tests.events_cli.clinic import Clinic, clinic_in
from tests.folders import open_folder
from tests.notify.mailserver import MailServer, serving


@pytest.fixture(scope="module")
def clinic() -> Iterator[Clinic]:
    with open_folder() as folder, clinic_in(folder) as made:
        for service in SERVICES:
            with (
                made.access.database(service) as database,
                database.transaction(Scope(uuid4(), role="worker")) as db,
            ):
                db.info["vault"].blind_index(db, "anything", "makes a data key")
        made.everybody_is_fresh()
        yield made


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with serving() as made:
        yield made
