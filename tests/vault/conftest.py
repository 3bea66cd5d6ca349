"""`room`: a new practice for each test. `clinic`: a data folder without data keys, for the commands."""

import shutil
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from deploy.local.databases import database_of
from deploy.local.events.access import open_access
from shared.settings import SERVICES
from tests.events_cli.clinic import Clinic, clinic_in
from tests.folders import open_folder
from tests.vault.room import Room, a_room
from tests.world.world import World


@pytest.fixture
def room(world: World) -> Room:
    return a_room(world)


@pytest.fixture(scope="session")
def data_folder() -> Iterator[Clinic]:
    with open_folder() as folder, clinic_in(folder) as made:
        yield made


@pytest.fixture
def clinic(data_folder: Clinic) -> Iterator[Clinic]:
    for service in SERVICES:
        with psycopg.connect(data_folder.server.url_of(database_of(service)), autocommit=True) as connection:
            connection.execute("TRUNCATE data_key, operator_act")
        (data_folder.data / "keys" / f"vault_{service}.before").unlink(missing_ok=True)
    shutil.rmtree(data_folder.data / "erasures", ignore_errors=True)
    access = open_access(data_folder.data, None, None)  # by the keys as they are now
    yield replace(data_folder, access=access)
    access.close()
