"""`attune journey` finds the operator key, or says in one line that it has none."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from deploy.local.errors import UserError
from deploy.local.journey import command
from deploy.local.keys import open_keys
from tests.journey.flaky import flaky_server


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the play was asked to do, in place of doing it."""
    asked: dict[str, Any] = {}

    def play(_: object, url: str, key: str) -> None:
        asked.update(url=url, key=key)

    monkeypatch.setattr(command, "play", play)
    monkeypatch.delenv("ATTUNE_PORT", raising=False)
    monkeypatch.delenv("ATTUNE_OPERATOR_KEY", raising=False)
    return asked


def test_the_key_in_the_data_folder_comes_before_the_environment(
    played: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_OPERATOR_KEY", "of the environment")
    assert CliRunner().invoke(command.journey, ["--data", str(tmp_path)]).exit_code == 0
    assert played == {"url": "http://localhost:8000", "key": "of the environment"}
    keys = open_keys(tmp_path / "keys", may_make=True)
    monkeypatch.setenv("ATTUNE_PORT", "8123")
    assert CliRunner().invoke(command.journey, ["--data", str(tmp_path)]).exit_code == 0
    assert (played["url"], played["key"]) == ("http://localhost:8123", keys.operator)
    CliRunner().invoke(
        command.journey, ["--data", str(tmp_path), "--operator-key", "given", "--url", "http://x"]
    )
    assert (played["url"], played["key"]) == ("http://x", "given")


def test_without_a_key_it_says_so(played: dict[str, Any], tmp_path: Path) -> None:
    done = CliRunner().invoke(command.journey, ["--data", str(tmp_path / "none")])
    assert isinstance(done.exception, UserError)
    assert str(done.exception) == command.NO_KEY
    assert played == {}


def test_a_platform_without_a_demo_mailbox_is_refused_at_once() -> None:
    with flaky_server((409, {"code": "demo_mailbox_absent"})) as server:
        done = CliRunner().invoke(command.journey, ["--operator-key", "k", "--url", server.url])
    assert done.exit_code == 1
    assert "step the platform answers: expected a demo mailbox" in done.stderr.splitlines()[-1]
    assert len(server.asked) == 1


def test_a_wrong_operator_key_is_said_at_once() -> None:
    with flaky_server((401, {"code": "not_signed_in"})) as server:
        done = CliRunner().invoke(command.journey, ["--operator-key", "k", "--url", server.url])
    assert done.exit_code == 1
    assert "expected the platform to take this operator key, saw 401" in done.stderr.splitlines()[-1]
