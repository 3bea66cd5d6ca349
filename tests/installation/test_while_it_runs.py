"""`attune databases` again, as each update does it, while the platform runs: nobody is without rights for a moment."""

import tempfile
import threading
from functools import partial
from pathlib import Path

import psycopg

from deploy.installation.secrets import read_password, write_secrets
from deploy.local.databases import database_of, prepare, role_of, with_login
from deploy.local.postgres import EmbeddedPostgres

SERVICE, TIMES = "intake", 10


def test_a_process_notices_nothing_of_it() -> None:
    with tempfile.TemporaryDirectory(prefix="attune-test-") as folder:
        keys = Path(folder) / "keys"
        write_secrets(keys)
        server = EmbeddedPostgres(Path(folder) / "postgres", settings={"fsync": "off"})
        server.start()
        try:
            again = partial(
                prepare,
                server.admin_url,
                partial(read_password, keys),
                is_ours_alone=False,
                with_events=False,
            )
            again()
            reader = Reader(server, keys)
            for _ in range(TIMES):
                again()
            assert reader.stop() == []
            assert reader.count > 100
        finally:
            server.stop()


class Reader:
    """A process that asks all the time, as the service's application role."""

    def __init__(self, server: EmbeddedPostgres, keys: Path) -> None:
        def url(kind: str) -> str:
            role = role_of(SERVICE, kind)
            return with_login(
                server.admin_url, database=database_of(SERVICE), user=role, password=read_password(keys, role)
            )

        with psycopg.connect(url("owner"), autocommit=True) as owner:
            owner.execute("CREATE TABLE thing AS SELECT 1 AS one")
            owner.execute(f"GRANT SELECT ON thing TO {role_of(SERVICE, 'app')}")
        self.count, self._failures, self._url = 0, list[str](), url("app")
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def stop(self) -> list[str]:
        """What failed."""
        self._stop.set()
        self._thread.join()
        return self._failures

    def _run(self) -> None:
        with psycopg.connect(self._url, autocommit=True, prepare_threshold=None) as connection:
            while not self._stop.is_set():
                try:
                    connection.execute("SELECT one FROM public.thing")
                    self.count += 1
                except psycopg.Error as error:
                    self._failures.append(str(error))
