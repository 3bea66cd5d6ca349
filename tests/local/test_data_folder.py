"""A data folder belongs to one platform at a time, of a version that understands it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.data_folder import DataFolder, RunningProcess
from deploy.local.errors import UserError


def test_a_second_platform_is_told_who_has_it(tmp_path: Path) -> None:
    first = DataFolder(tmp_path / "data")
    with pytest.raises(UserError, match=rf"in use by another attune \(pid {os.getpid()}\)"):
        DataFolder(tmp_path / "data")
    first.close()
    DataFolder(tmp_path / "data").close()


def test_a_killed_platform_leaves_no_lock(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, sys; from deploy.local.data_folder import DataFolder;"
        "d = DataFolder(pathlib.Path(sys.argv[1])); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "data")], check=False)
    DataFolder(tmp_path / "data").close()


def test_one_of_a_newer_version_is_refused_and_freed(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.stamp()
    folder.close()
    (tmp_path / "data" / "format").write_text("2\n")
    with pytest.raises(UserError, match="newer version"):
        DataFolder(tmp_path / "data")


def test_it_is_new_until_it_is_stamped(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    assert folder.is_new
    folder.stamp()
    assert not folder.is_new
    folder.close()


def test_a_file_in_its_place_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("")
    with pytest.raises(UserError, match="can't be used"):
        DataFolder(tmp_path / "data")


def test_the_list_of_processes_is_replaced_whole_and_gone_at_the_end(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.list_processes([RunningProcess(name="intake-web", kind="web", service="intake", pid=1)])
    assert '"name": "intake-web"' in folder.processes.read_text()
    assert [path.name for path in folder.processes.parent.iterdir()] == ["processes.json"]
    folder.close()
    assert not folder.processes.exists()
