"""Every check is seen failing on a real fault, with what to do about it, and not without one."""

import json
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from deploy.local.databases import EVENTS, database_of
from deploy.local.doctor.checks import CHECKS, disk
from deploy.local.doctor.command import of
from deploy.local.doctor.finding import Finding, Level
from deploy.local.doctor.place import Place, place_of
from shared.clock import utcnow
from shared.settings import SERVICES
from shared.vault import Vault
from shared.vault.providers import LocalKeys
from tests.events_cli.clinic import Clinic, attune
from tests.events_cli.test_access import worker_environment
from tests.notify.certificates import authority
from tests.notify.mailserver import MailServer, serving


@pytest.fixture
def place(clinic: Clinic, mail: MailServer) -> Iterator[Place]:
    made = place_of(clinic.data, None, None, mail.url)
    yield made
    made.access.close()


def found(place: Place, check: str, level: Level = Level.FAIL) -> list[str]:
    """What one check says at a level; everything that isn't right says what to do."""
    findings: list[Finding] = list(CHECKS[check](place))
    assert all(one.do for one in findings if one.level is not Level.OK)
    return [one.says for one in findings if one.level is level]


@contextmanager
def broken(clinic: Clinic, area: str, breaks: str, mends: str) -> Iterator[None]:
    """A statement that does harm, and one that undoes it."""
    with psycopg.connect(clinic.server.url_of(database_of(area)), autocommit=True) as connection:
        connection.execute(breaks)  # type: ignore[call-overload]
        try:
            yield
        finally:
            connection.execute(mends)  # type: ignore[call-overload]


@contextmanager
def written(file: Path, text: str) -> Iterator[None]:
    """A file with other contents, for a while."""
    before = file.read_bytes() if file.exists() else None
    file.parent.mkdir(exist_ok=True)
    file.write_text(text)
    try:
        yield
    finally:
        file.write_bytes(before) if before is not None else file.unlink()


def test_a_healthy_platform_passes_every_check(clinic: Clinic, mail: MailServer) -> None:
    clinic.everybody_is_fresh()
    done = attune("doctor", "--data", str(clinic.data), "--smtp", mail.url, "--json")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert done.code == 0, [one for one in lines if one.get("level") == "fail"]
    assert {one["check"] for one in lines if one["kind"] == "finding"} == {"configuration", *CHECKS}
    assert {one["level"] for one in lines if one["kind"] == "finding"} <= {"ok", "warn"}
    for secret in (clinic.data / "keys").iterdir():
        assert secret.read_text().strip() not in done.out
    assert "postgresql://" not in done.out
    assert mail.taken == []


def test_a_failure_is_exit_code_1_and_one_to_do(clinic: Clinic) -> None:
    closed = f"smtp://127.0.0.1:{unused_port()}"
    done = attune("doctor", "--data", str(clinic.data), "--smtp", closed)
    assert done.code == 1
    assert "does not answer as a mail server" in done.out
    assert "→ are address, port and kind right" in done.out


def test_a_place_without_a_platform_and_wrong_settings(clinic: Clinic, tmp_path: Path) -> None:
    done = attune("doctor", "--data", str(tmp_path))
    assert (done.code, "there is no platform" in done.out) == (1, True)
    environment = worker_environment(clinic, "intake")
    del environment["ATTUNE_EVENT_KEY"]
    done = attune("doctor", **environment)
    assert (done.code, "ATTUNE_EVENT_KEY" in done.out) == (1, True)


def test_databases(clinic: Clinic, place: Place) -> None:
    assert found(place, "databases") == []
    lacking = ("ALTER TABLE notice RENAME is_held TO was", "ALTER TABLE notice RENAME was TO is_held")
    with broken(clinic, "notify", *lacking):
        assert found(place, "databases") == [
            "the database of notify lacks 1 columns of this version, notice.is_held first"
        ]
    urls = {**place.access.worker_urls, "intake": place.access.worker_urls["intake"] + "_away"}
    away = replace(place, access=replace(place.access, worker_urls=urls))
    assert found(away, "databases") == ["the database of intake can't be reached"]


@pytest.mark.parametrize(
    ("breaks", "mends", "says"),
    [
        (
            "ALTER ROLE attune_intake_app BYPASSRLS",
            "ALTER ROLE attune_intake_app NOBYPASSRLS",
            "step over the walls",
        ),
        (
            "GRANT attune_intake_owner TO attune_intake_app",
            "REVOKE attune_intake_owner FROM attune_intake_app",
            "owns",
        ),
        (
            "ALTER TABLE couple NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE couple FORCE ROW LEVEL SECURITY",
            "the table couple of intake has no forced",
        ),
    ],
)
def test_roles(clinic: Clinic, place: Place, breaks: str, mends: str, says: str) -> None:
    assert found(place, "roles") == []
    with broken(clinic, "intake", breaks, mends):
        (line,) = found(place, "roles")
        assert says in line


def test_event_log(clinic: Clinic, place: Place) -> None:
    clinic.everybody_is_fresh()
    assert found(place, "event log") == []
    lost = "DELETE FROM log_head WHERE topic = 'attune.notify' AND partition = 11"
    back = "INSERT INTO log_head (topic, partition) VALUES ('attune.notify', 11)"
    with broken(clinic, EVENTS, lost, back):
        assert "the topic attune.notify has 11 partitions instead of 12" in found(place, "event log")
    short = "UPDATE log_topic SET retention_days = {} WHERE topic = 'attune.intake'"
    with broken(clinic, EVENTS, short.format(1), short.format(30)):
        assert found(place, "event log", Level.WARN) == [
            "the topic attune.intake keeps events for 1 days only"
        ]
    late = replace(place, clock=lambda: utcnow() + timedelta(minutes=5))
    assert any(line.startswith("sessions knows nothing of the last") for line in found(late, "event log"))
    nowhere = replace(place, access=replace(place.access, log_url=place.access.log_url + "_away"))
    (line,) = found(nowhere, "event log")
    assert "does not answer" in line


@pytest.mark.parametrize(
    ("off_s", "level"), [(0, Level.OK), (3, Level.WARN), (30, Level.FAIL), (-30, Level.FAIL)]
)
def test_clock(place: Place, off_s: int, level: Level) -> None:
    moved = replace(place, clock=lambda: utcnow() + timedelta(seconds=off_s))
    assert len(found(moved, "clock", level)) == 1


def test_mail(place: Place) -> None:
    assert len(found(place, "mail", Level.OK)) == 1
    assert len(found(replace(place, smtp_url=None), "mail", Level.WARN)) == 1
    with socket.create_server(("127.0.0.1", 0)) as other:
        answering = threading.Thread(target=_say, args=(other, b"HTTP/1.0 400 Bad Request\r\n\r\n"))
        answering.start()
        said = found(replace(place, smtp_url=f"smtp://127.0.0.1:{other.getsockname()[1]}"), "mail")
        answering.join()
    assert len(said) == 1


def test_mail_that_is_to_be_encrypted(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trusted = authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted.root))

    def says(server: MailServer, scheme: str, level: Level = Level.FAIL) -> str:
        url = f"{scheme}://clinic:secret@localhost:{server.url.rpartition(':')[2]}"
        (line,) = found(replace(place, smtp_url=url), "mail", level)
        assert "secret" not in line
        return line

    with serving(at_once=trusted.server_of("localhost"), login="clinic:secret") as server:
        assert says(server, "smtps", Level.OK)
    with serving(at_once=trusted.server_of("localhost"), login="clinic:other") as server:
        assert "refuses the login" in says(server, "smtps")
    with serving(at_once=trusted.server_of("other.example.org")) as server:
        assert "is not valid: Hostname mismatch" in says(server, "smtps")
    with serving() as server:
        assert "takes no STARTTLS" in says(server, "smtp+starttls")
    assert found(replace(place, smtp_url="mail.example.org:25"), "mail") == [
        "the mail server's address is not one"
    ]


def test_keys(clinic: Clinic, place: Place) -> None:
    assert found(place, "keys") == []
    file = clinic.data / "keys" / "vault_intake.key"
    with written(file, secrets.token_hex(32) + "\n"):
        (line,) = found(place, "keys")
        assert line.endswith("vault_intake.key is damaged")
    file.chmod(0o644)
    assert found(place, "keys", Level.WARN) == ["others on this machine may read vault_intake.key"]
    file.chmod(0o600)
    vaults = {**place.access.vaults, "notify": Vault(LocalKeys(bytes(32)), None)}
    wrong = replace(place, access=replace(place.access, vaults=vaults))
    assert found(wrong, "keys") == ["the vault of notify stays shut"]


def test_erasures(place: Place) -> None:
    assert found(place, "erasures") == []
    file = place.erasures["intake"]
    with written(file, "{}\n"):
        (line,) = found(place, "erasures")
        assert "line 1 of" in line
    file.mkdir(parents=True)  # nothing can be written down there, nor read
    try:
        assert len(found(place, "erasures")) == 1
    finally:
        file.rmdir()
    assert len(found(replace(place, erasures={}), "erasures", Level.WARN)) == 1


def test_audit(clinic: Clinic, place: Place) -> None:
    assert found(place, "audit") == []
    old = (
        "INSERT INTO audit_row (id, practice_id, at, actor_id, roles, act, kind, relation, route)"
        " SELECT id, id, now() - interval '5 min', id, 'x', 'read', 'x', 'x', 'x' FROM gen_random_uuid() id"
    )
    with broken(clinic, "sessions", old, "DELETE FROM audit_row"):
        assert found(place, "audit") == ["sessions: 1 rows wait to be sealed for longer than a minute"]
    with written(clinic.data / "audit" / "notify.jsonl", "not a checkpoint\n"):
        assert found(place, "audit") == ["notify: the copy of its checkpoints can't be read"]
    signed = (
        "INSERT INTO audit_checkpoint VALUES (7, '\\x00', now() - interval '5 min', '{}', '\\x00')".format,
        "DELETE FROM audit_checkpoint",
    )
    with broken(clinic, "intake", signed[0]("another"), signed[1]):
        assert len(found(place, "audit", Level.WARN)) == 1
    assert (
        len(found(replace(place, access=replace(place.access, audit_private=None)), "audit", Level.WARN)) == 1
    )
    assert len(found(replace(place, access=replace(place.access, audit_private=b"x")), "audit")) == 1


def test_disk(place: Place, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert len(found(replace(place, folders=(tmp_path / "away",)), "disk")) == 1
    monkeypatch.setattr(disk, "LITTLE", 10**18)
    assert len(found(place, "disk", Level.WARN)) == 1
    monkeypatch.setattr(disk, "TOO_LITTLE", 10**18)
    assert len(found(place, "disk")) == 1


def test_a_check_that_breaks_is_a_finding_and_stops_no_other(place: Place) -> None:
    def broken_clock() -> datetime:
        raise ValueError("canary")

    findings = list(of(replace(place, clock=broken_clock)))
    assert [one.says for one in findings if one.check == "clock"] == [
        "this could not be looked at (ValueError)"
    ]
    assert findings[-1].check == "disk"
    assert {one.check for one in findings} == set(CHECKS)
    assert len({one.says for one in findings if one.check == "databases"}) == len(SERVICES)


def unused_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        return int(closed.getsockname()[1])


def _say(server: socket.socket, words: bytes) -> None:
    connection, _ = server.accept()
    with connection:
        connection.sendall(words)
