"""Each process's own folder of secrets: what it needs, open to its group, and brought up to date."""

import os
import stat
from pathlib import Path

import pytest

from deploy.installation.apart import FIRST_GROUP, group_of, lay_apart, needs
from deploy.installation.secrets import write_secrets
from shared.settings import SERVICES


def lay(folder: Path) -> None:
    lay_apart(folder, group_for=lambda _: os.getgid())


def test_a_process_gets_what_it_needs_and_no_other_s(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    lay(tmp_path)
    assert {path.name for path in (tmp_path / "for").iterdir()} == set(needs())
    for process, files in needs().items():
        own = tmp_path / "for" / process
        assert {path.name: path.read_text() for path in own.iterdir()} == {
            name: (tmp_path / secret).read_text() for name, secret in files.items()
        }
        assert stat.S_IMODE(own.stat().st_mode) == 0o750
        assert {stat.S_IMODE(path.stat().st_mode) for path in own.iterdir()} == {0o640}
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o711
    assert stat.S_IMODE((tmp_path / "for").stat().st_mode) == 0o711


@pytest.mark.parametrize("service", SERVICES)
def test_no_secret_of_one_service_is_another_s(service: str) -> None:
    for process, files in needs().items():
        if process.removeprefix("migrate-").removesuffix("-worker") == service or process in (
            "databases",
            "restore",
        ):
            continue
        assert not [secret for secret in files.values() if service in secret.split("_")]
    assert [name for name, files in needs().items() if "operator_key" in files] == ["gateway"]
    assert {name for name, files in needs().items() if "audit_key" in files} == {
        f"{one}-worker" for one in SERVICES
    }


def test_a_new_key_reaches_its_process(tmp_path: Path) -> None:
    write_secrets(tmp_path)
    lay(tmp_path)
    (tmp_path / "vault_key_intake").write_text("ab" * 32 + "\n")
    lay(tmp_path)
    assert (tmp_path / "for" / "intake-worker" / "vault_key").read_text() == "ab" * 32 + "\n"


def test_every_process_has_a_group_of_its_own() -> None:
    groups = [group_of(name) for name in needs()]
    assert groups == list(range(FIRST_GROUP, FIRST_GROUP + len(groups)))
