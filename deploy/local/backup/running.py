"""The PostgreSQL that a command works on: one by URL, the running platform's, or a stopped one's, started for it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.local.data_folder import DataFolder, FolderInUse
from deploy.local.errors import UserError
from deploy.local.postgres import EmbeddedPostgres


@contextmanager
def server(data: Path, database_url: str | None) -> Iterator[str]:
    """The superuser's URL. A platform that is stopped stays so: only its database runs, for this command."""
    if database_url is not None:
        yield database_url
        return
    embedded = EmbeddedPostgres(data.absolute() / "postgres")
    if not embedded.cluster.exists():
        raise UserError(
            f"there is no database in {data}: name the data folder with --data, or a PostgreSQL elsewhere with"
            " --database-url"
        )
    try:
        folder = DataFolder(data)
    except FolderInUse:
        yield embedded.admin_url
        return
    try:
        embedded.start()
        try:
            yield embedded.admin_url
        finally:
            embedded.stop()
    finally:
        folder.close()
