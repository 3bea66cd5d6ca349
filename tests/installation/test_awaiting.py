"""`attune await`: in the order in which an installation comes to be, each says what it waits for, and goes on."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from deploy.installation.awaiting import await_, wait
from deploy.installation.secrets import read_password, write_secrets
from deploy.local.databases import database_of, prepare, role_of, with_login
from deploy.local.errors import UserError
from deploy.local.postgres import EmbeddedPostgres
from shared.db.migrations import upgrade
from tests.local.test_cli import attune

SERVICE = "gateway"


@dataclass(frozen=True)
class Place:
    """A server, and the passwords of its roles."""

    server: EmbeddedPostgres
    keys: Path

    def url(self, kind: str) -> str:
        return with_login(
            self.server.admin_url, database=database_of(SERVICE), user=role_of(SERVICE, kind),
            password=read_password(self.keys, role_of(SERVICE, kind)),
        )  # fmt: skip

    def waits(self, what: str) -> str:
        """What `attune await` says that it misses; empty when it goes on."""
        settings = {
            "ATTUNE_ADMIN_DATABASE_URL": self.server.admin_url,
            "ATTUNE_OWNER_DATABASE_URL": self.url("owner"),
            "ATTUNE_DATABASE_URL": self.url("app"),
        }
        done = CliRunner().invoke(await_, [what, SERVICE, "--seconds", "0"], env=settings)
        assert isinstance(done.exception, UserError | None)
        return str(done.exception or "")

    def stamp(self, revision: str) -> None:
        with psycopg.connect(self.server.admin_url, dbname=database_of(SERVICE), autocommit=True) as admin:
            admin.execute("UPDATE alembic_version SET version_num = %s", (revision,))


@pytest.fixture
def place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="attune-test-") as folder:
        keys = Path(folder) / "keys"
        write_secrets(keys)
        server = EmbeddedPostgres(Path(folder) / "postgres", settings={"fsync": "off"})
        server.start()
        yield Place(server, keys)
        server.stop()


def test_each_step_of_an_installation_waits_for_the_one_before(place: Place) -> None:
    assert place.waits("admin") == ""
    assert "does not let this role in yet" in place.waits("owner")
    prepare(
        place.server.admin_url, partial(read_password, place.keys), is_ours_alone=False, with_events=False
    )
    assert place.waits("owner") == ""
    assert "gateway is at revision none, which is too old" in place.waits("schema")
    upgrade(SERVICE, place.url("owner"))
    assert place.waits("schema") == ""
    place.stamp("0001")
    assert "gateway is at revision 0001, which is too old" in place.waits("schema")
    place.stamp("9999")  # of a newer version than this one, which is being rolled back to
    assert place.waits("schema") == ""


def test_it_waits_as_long_as_it_is_told_and_says_each_reason_once(capsys: pytest.CaptureFixture[str]) -> None:
    reasons = iter(["not there", "not there", "not ready", None])
    wait(lambda: next(reasons), 60.0, pause=lambda _: None)
    assert capsys.readouterr().err == "waiting: not there\nwaiting: not ready\n"
    with pytest.raises(UserError, match="waited 0 s in vain: never there"):
        wait(lambda: "never there", 0.0)


def test_a_schema_is_somebodys() -> None:
    assert CliRunner().invoke(await_, ["schema"]).exit_code == 2
    done = attune("await", "admin")
    assert (done.returncode, done.stderr) == (
        1, "attune: ATTUNE_ADMIN_DATABASE_URL is missing: set it, or ATTUNE_ADMIN_DATABASE_URL_FILE\n",
    )  # fmt: skip
