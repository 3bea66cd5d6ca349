"""A platform in a data folder, without its processes: keys, PostgreSQL, and a world driven by hand on both."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.data_folder import DataFolder
from deploy.local.keys import Keys, open_keys
from shared.audit.outside import OutsideFile
from shared.audit.sealer import Sealer, seal_all
from shared.audit.signing import Signer
from shared.clock import utcnow
from tests.postgres.server import PostgresServer
from tests.world.world import World, build


@dataclass
class House:
    """A data folder whose platform "runs": it is locked, its server is up."""

    data: Path
    server: PostgresServer
    world: World
    keys: Keys

    def seal(self, service: str) -> int:
        """What its worker does all the time: seal every row, sign, copy; up to which row."""
        database = self.world.sides[service].database
        outside = OutsideFile(self.data / "audit", service)
        sealer = Sealer(database, service=service, signer=Signer(self.keys.audit_private), outside=outside)
        seal_all(sealer)
        sealer.sign(utcnow())
        newest = outside.last()
        return newest.sequence if newest else 0


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
            yield House(folder.root, server, world, keys)
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
