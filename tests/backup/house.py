"""A platform in a data folder, without its processes: keys, PostgreSQL, and a world driven by hand on both."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.data_folder import DataFolder
from deploy.local.keys import open_keys
from tests.postgres.server import PostgresServer
from tests.world.world import World, build


@dataclass
class House:
    """A data folder whose platform "runs": it is locked, its server is up."""

    data: Path
    server: PostgresServer
    world: World


@contextmanager
def house_in(data: Path) -> Iterator[House]:
    """Move in: a new folder is set up, one that was restored is taken as it is."""
    folder = DataFolder(data)
    keys = open_keys(folder.keys, may_make=folder.is_new)
    folder.stamp()
    server = PostgresServer(folder.postgres)
    server.start()
    try:
        world = build(server.admin_url, keys=keys, data=folder.root)
        try:
            yield House(folder.root, server, world)
        finally:
            for side in world.sides.values():
                side.consumer.close()
                side.relay_connection.close()
                side.database.close()
    finally:
        server.stop()
        folder.close()


def burn(data: Path) -> None:
    """The disk died."""
    shutil.rmtree(data)
