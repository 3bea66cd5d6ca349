"""`clinic`: one platform's parts in a folder; `chained`: a database with the plumbing tables alone."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.audit.chained import Chained
from tests.events_cli.clinic import Clinic, clinic_in
from tests.folders import open_folder
from tests.postgres.plumbing import plumbing_tables
from tests.postgres.server import PostgresServer

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def clinic() -> Iterator[Clinic]:
    with open_folder() as folder, clinic_in(folder) as made:
        yield made


@pytest.fixture
def chained(postgres_server: PostgresServer, tmp_path: Path) -> Iterator[Chained]:
    with postgres_server.fresh_database(f"audit_{next(_numbers)}", fill=plumbing_tables) as url:
        made = Chained(url, tmp_path / "outside")
        yield made
        made.close()
