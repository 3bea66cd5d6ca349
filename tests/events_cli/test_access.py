"""Which platform is looked at, from where; and what is said when there is none, or it is down."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.keys import open_keys
from shared.events.intake import CoupleRegistered
from tests.events_cli.clinic import Clinic, attune
from tests.folders import open_folder


def worker_environment(clinic: Clinic, service: str) -> dict[str, str]:
    """What a worker's container has in its environment."""
    keys = open_keys(clinic.data / "keys", may_make=False)
    return {
        "ATTUNE_DATABASE_URL": "postgresql://unused@localhost/unused",
        "ATTUNE_WORKER_DATABASE_URL": clinic.access.worker_urls[service],
        "ATTUNE_EVENT_LOG_URL": clinic.access.log_url,
        "ATTUNE_EVENT_KEY": keys.event.hex(),
        "ATTUNE_VAULT_KEY": keys.vaults[service].hex(),
        "ATTUNE_CURSOR_KEY": keys.cursor.hex(),
        "ATTUNE_ACTOR_PUBLIC_KEY": keys.actor_public.decode(),
    }


def test_a_folder_without_a_platform_is_one_line() -> None:
    with open_folder() as folder:
        done = attune("events", "lag", "--data", str(folder))
    assert (done.code, done.out) == (1, "")
    assert done.err == f"attune: there is no platform in {folder}: name its data folder with --data\n"


def test_a_platform_on_another_server_asks_for_its_url(clinic: Clinic) -> None:
    with open_folder() as folder:
        open_keys(folder / "keys", may_make=True)
        done = attune("events", "dead-letters", "--data", str(folder))
        assert done.code == 1
        assert "name it with --database-url" in done.err
        url = "postgresql://nobody:x@localhost:1/postgres"
        done = attune("events", "dead-letters", "--data", str(folder), "--database-url", url)
        assert done.code == 1
        [line] = done.err.splitlines()
        assert "the PostgreSQL of --database-url does not answer" in line


def test_a_platform_that_is_stopped_says_how_to_start_it() -> None:
    with open_folder() as folder:
        open_keys(folder / "keys", may_make=True)
        postgres = folder / "postgres"
        (postgres / "cluster").mkdir(parents=True)
        (postgres / "superuser.password").write_text("secret\n")
        for command in (("lag",), ("dead-letters",), ("replay", "notify", "--all", "--by", "I")):
            done = attune("events", *command, "--data", str(folder))
            assert (done.code, done.out) == (1, "")
            [line] = done.err.splitlines()
            assert line.endswith(f"does not run: start it with `attune up --data {folder}`")
        done = attune("events", "tail", "--data", str(folder))
        assert done.code == 1
        assert done.err.startswith("attune: the event log's database does not answer")


def test_an_own_postgresql_is_reached_by_its_url(clinic: Clinic) -> None:
    done = clinic.run("dead-letters", "--database-url", clinic.server.admin_url)
    assert (done.code, done.out) == (0, "Nothing waits.\n")


def test_in_a_workers_container_its_own_settings_are_enough(clinic: Clinic) -> None:
    practice_id, _, facts = clinic.couple()
    first, *_ = clinic.record("intake", practice_id, *facts)
    clinic.relay("gateway", "intake")
    clinic.consume("notify", bug_in=CoupleRegistered)
    environment = worker_environment(clinic, "notify")
    listed = attune("events", "dead-letters", **environment)
    assert (listed.code, "#1  notify  CoupleRegistered" in listed.out) == (0, True)
    assert attune("events", "tail", "intake", **environment).out.count("CareTeamChanged") == 2
    shown = attune("events", "show", str(first), **environment)
    assert shown.code == 0
    assert "intake       its database can't be reached from here" in shown.out
    away = attune("events", "dead-letters", "intake", **environment)
    assert away.code == 1
    assert "the database of intake can't be reached from here: run this in a worker of intake" in away.err
    assert attune("events", "replay", "notify", "--all", "--by", "Imogen", **environment).code == 0
    assert attune("events", "dead-letters", **environment).out == "Nothing waits.\n"


def test_a_named_folder_comes_before_a_workers_settings(clinic: Clinic) -> None:
    done = attune("events", "lag", "--data", "/nowhere-at-all", **worker_environment(clinic, "notify"))
    assert "there is no platform in /nowhere-at-all" in done.err


def test_a_workers_url_may_lie_in_a_file_and_its_login_names_the_service(
    clinic: Clinic, tmp_path: Path
) -> None:
    environment = worker_environment(clinic, "notify")
    file = tmp_path / "url"
    file.write_text(environment.pop("ATTUNE_WORKER_DATABASE_URL") + "\n")
    done = attune("events", "dead-letters", ATTUNE_WORKER_DATABASE_URL_FILE=str(file), **environment)
    assert done.code == 0
    environment["ATTUNE_WORKER_DATABASE_URL"] = "postgresql://somebody:secret@localhost/notify"
    done = attune("events", "dead-letters", **environment)
    assert done.code == 1
    assert "attune_<service>_worker" in done.err
    assert "secret" not in done.err


@pytest.mark.parametrize("name", ["ATTUNE_EVENT_KEY", "ATTUNE_VAULT_KEY"])
def test_a_missing_setting_is_one_line(clinic: Clinic, name: str) -> None:
    environment = worker_environment(clinic, "notify")
    del environment[name]
    done = attune("events", "lag", **environment)
    assert done.code == 1
    assert name in done.err
    assert len(done.err.splitlines()) == 1


def test_a_reader_that_goes_away_leaves_no_traceback(clinic: Clinic) -> None:
    """`attune events tail --json | head -1`, as processes of their own."""
    practice_id, _, facts = clinic.couple()
    for _ in range(40):
        clinic.record("intake", practice_id, *facts)
    clinic.relay("intake")
    command = [
        str(Path(sys.executable).parent / "attune"),
        "events",
        "tail",
        "--json",
        "--data",
        str(clinic.data),
    ]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    tail = subprocess.Popen(
        [*command, "--follow", "--limit", "10000"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean,
    )  # fmt: skip
    assert tail.stdout is not None
    assert tail.stderr is not None
    assert tail.stdout.readline().startswith('{"kind": "event"')
    tail.stdout.close()
    clinic.record("intake", practice_id, *facts)
    clinic.relay("intake")
    assert tail.wait(30) == 1
    assert "Traceback" not in tail.stderr.read()
    tail.stderr.close()
