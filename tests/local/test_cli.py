"""The command line: what is missing or wrong is one line, and help needs nothing."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.logfile import LOG_MAX, LogFile


def attune(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
    return subprocess.run(
        [sys.executable, "-c", "from deploy.local.cli import main; main()", *arguments],
        capture_output=True, text=True, check=False, timeout=30, env={**clean, **environment},
    )  # fmt: skip


@pytest.mark.parametrize("command", ["serve", "work"])
def test_a_missing_setting_is_one_line(command: str) -> None:
    done = attune(command, "intake")
    assert (done.returncode, done.stdout) == (1, "")
    [line] = done.stderr.splitlines()
    assert "ATTUNE_DATABASE_URL" in line


def test_migrate_needs_the_owners_url_alone() -> None:
    done = attune("migrate", "intake")
    assert done.returncode == 1
    assert done.stderr.startswith("attune: ATTUNE_OWNER_DATABASE_URL is missing")


@pytest.mark.parametrize(
    "arguments", [("serve", "elsewhere"), ("work", "intake", "--only", "relay,sleep"), ("fly",)]
)
def test_wrong_usage_is_two(arguments: tuple[str, ...]) -> None:
    done = attune(*arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_help_names_every_command() -> None:
    text = attune("--help").stdout
    assert all(name in text for name in ("up", "serve", "work", "migrate", "journey"))


def test_a_log_that_grew_too_long_is_put_aside_while_it_is_written(tmp_path: Path) -> None:
    log = LogFile(tmp_path / "attune.log", is_shown=False)
    log.stream.write("x" * (LOG_MAX + 1) + "\n")
    log.stream.flush()
    log.limit()
    log.stream.write("after\n")
    log.stream.flush()
    assert (tmp_path / "attune.log").read_text() == "after\n"
    assert (tmp_path / "attune.log.1").stat().st_size > LOG_MAX
    log.limit()
    assert (tmp_path / "attune.log").read_text() == "after\n"
