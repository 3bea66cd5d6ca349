"""What would end badly is refused in one line, before anything is made; what was cut short leaves nothing behind."""

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest

from deploy.installation.secrets import write_secrets
from deploy.local.backup import manifest, restoring
from deploy.local.backup.commands import _steps
from deploy.local.data_folder import DataFolder
from deploy.local.errors import UserError
from deploy.local.keys import open_keys
from deploy.local.postgres import embedded_programs
from shared.db.tenancy import Scope
from shared.path.acts import Operator
from shared.settings import SERVICES
from tests.backup.story import WORDS, write_entry
from tests.events_cli.clinic import Clinic, Done, attune, clinic_in
from tests.folders import open_folder


@dataclass
class Kept:
    """A backup of a platform that is away, and its keys."""

    root: Path

    @property
    def backup(self) -> Path:
        return self.root / "backup"

    @property
    def keys(self) -> Path:
        return self.root / "keys"

    def restore(self, data: Path, *arguments: str) -> Done:
        return attune("restore", str(self.backup), "--data", str(data), *arguments)

    def copy(self, to: Path) -> "Kept":
        shutil.copytree(self.root, to)
        return Kept(to)


@pytest.fixture(scope="module")
def kept() -> Iterator[Kept]:
    with open_folder() as folder, clinic_in(folder) as clinic:
        root = folder / "kept"
        _write_words(clinic)
        running = DataFolder(clinic.data)  # as a platform that runs holds it
        try:
            for what in ([str(root / "backup")], [str(root / "keys"), "--keys"]):
                done = attune("backup", *what, "--data", str(clinic.data))
                assert done.code == 0, done.err
            again = attune("backup", str(root / "backup"), "--data", str(clinic.data))
            assert "is there already" in again.err
            _prunes_as_it_saves(clinic, root / "nightly")
        finally:
            running.close()
        yield Kept(root)


def _prunes_as_it_saves(clinic: Clinic, folder: Path) -> None:
    older = folder / "2026-01-01T000000Z"
    shutil.copytree(folder.with_name("backup"), older)
    done = attune("backup", str(folder), "--dated", "--keep", "1d", "--data", str(clinic.data))
    assert done.code == 0, done.err
    [newest] = folder.iterdir()
    assert f"Removed {older.name}.\n1 backups stay in {folder}, the oldest {newest.name}." in done.out


def _write_words(clinic: Clinic) -> None:
    with (
        clinic.access.database("integration") as database,
        database.transaction(Scope(uuid4(), role="worker")) as db,
    ):
        write_entry(db)


def refused(done: Done, *words: str) -> None:
    assert done.code == 1
    assert len(done.err.strip().splitlines()) == 1, done.err
    assert all(word in done.err for word in words), done.err


@pytest.mark.P3
def test_neither_keys_nor_private_words_are_in_it(kept: Kept) -> None:
    assert attune("backup", str(kept.backup), "--verify").code == 0
    programs = embedded_programs()
    assert programs is not None
    texts = b"".join(path.read_bytes() for path in kept.backup.rglob("*") if path.is_file())
    for dump in kept.backup.glob("*.dump"):
        command = [str(programs / "pg_restore"), "--file=-", str(dump)]
        texts += subprocess.run(command, capture_output=True, check=True).stdout
    assert b"journal_entry" in texts  # it can be read at all
    assert WORDS.encode() not in texts
    for key in kept.keys.iterdir():
        assert key.read_bytes().strip() not in texts
        assert key.name not in texts.decode(errors="replace")


def test_a_target_that_holds_something(kept: Kept, tmp_path: Path) -> None:
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    refused(kept.restore(tmp_path / "data", "--keys", str(kept.keys)), "is there already", "replaces nothing")


def test_a_target_in_use(kept: Kept, tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    refused(kept.restore(tmp_path / "data", "--keys", str(kept.keys)), "in use")
    folder.close()


def test_keys_that_are_missing_or_others(kept: Kept, tmp_path: Path) -> None:
    refused(kept.restore(tmp_path / "data"), "the keys are missing", "--keys")
    open_keys(tmp_path / "others", may_make=True)
    refused(kept.restore(tmp_path / "data", "--keys", str(tmp_path / "others")), "don't open this backup")
    assert not (tmp_path / "data" / "postgres").exists()


def test_keys_of_an_installation(kept: Kept, tmp_path: Path) -> None:
    """They stay where they are: nothing is copied beside the ledgers."""
    write_secrets(tmp_path / "others")
    write_secrets(tmp_path / "moved", open_keys(kept.keys, may_make=False))
    (tmp_path / "data").mkdir()
    refused(kept.restore(tmp_path / "data", "--keys", str(tmp_path / "others")), "don't open this backup")
    refused(kept.restore(tmp_path / "data", "--keys", str(tmp_path / "moved")), "name its PostgreSQL")
    assert list((tmp_path / "data").iterdir()) == []
    refused(attune("backup", str(tmp_path / "moved" / "monday"), "--data", str(tmp_path)), "holds keys")


def test_a_backup_that_is_damaged_or_incomplete_or_none(kept: Kept, tmp_path: Path) -> None:
    copy = kept.copy(tmp_path / "copy")
    dump = copy.backup / "notify.dump"
    whole = dump.read_bytes()
    dump.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    refused(attune("backup", str(copy.backup), "--verify"), "notify.dump is not what was written")
    refused(copy.restore(tmp_path / "data", "--keys", str(kept.keys)), "damaged")
    dump.unlink()
    refused(copy.restore(tmp_path / "data", "--keys", str(kept.keys)), "incomplete")
    refused(attune("backup", str(tmp_path), "--verify"), "there is no backup")
    text = (copy.backup / manifest.NAME).read_text()
    (copy.backup / manifest.NAME).write_text(text.replace('"program": "', '"program": "9'))
    refused(attune("backup", str(copy.backup), "--verify"), "manifest.json is damaged")


@pytest.mark.parametrize("changes", [{"revisions": dict.fromkeys(SERVICES, "9999")}, {"format": 2}])
def test_a_backup_of_a_newer_version(kept: Kept, tmp_path: Path, changes: dict[str, object]) -> None:
    copy = kept.copy(tmp_path / "copy")
    replace(manifest.read(copy.backup), **changes).write(copy.backup)  # type: ignore[arg-type]
    refused(copy.restore(tmp_path / "data", "--keys", str(kept.keys)), "newer version")


def test_keys_and_backups_never_lie_together(kept: Kept, tmp_path: Path) -> None:
    copy = kept.copy(tmp_path / "copy")
    refused(
        attune("backup", str(copy.backup / "keys"), "--keys", "--data", str(tmp_path)), "lies in a backup"
    )
    refused(attune("backup", str(copy.keys / "monday"), "--data", str(tmp_path)), "holds keys")


def test_a_backup_that_can_not_be_written_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "data").mkdir()
    open_keys(tmp_path / "data" / "keys", may_make=True)
    done = attune("backup", str(tmp_path / "file" / "monday"), "--keys", "--data", str(tmp_path / "data"))
    refused(done, "can't be written")


def test_a_restore_that_is_cut_short_leaves_no_platform(kept: Kept, tmp_path: Path) -> None:
    """Whatever a killed one left is thrown away by the next: it lies under a name that nobody starts."""

    def fail(service: str, _: str) -> None:
        raise UserError(f"the power went at {service}")

    leftover = tmp_path / "data" / "postgres.restoring" / "cluster"
    leftover.mkdir(parents=True)
    target = restoring.Target(data=tmp_path / "data", keys=kept.keys)
    steps = replace(_steps(), migrate=fail, tell=lambda _: None)
    with pytest.raises(UserError, match="the power went"):
        restoring.restore(kept.backup, target, Operator("test"), steps)
    left = {path.name for path in (tmp_path / "data").iterdir()}
    assert not {"postgres", "postgres.restoring", "format"} & left
