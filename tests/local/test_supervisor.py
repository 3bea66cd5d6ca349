"""The supervisor: what dies is started again, what should end ends, and nothing is left behind."""

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.local.waiting import is_running, until

PROGRAM = """
import json, os, pathlib, signal, sys, time
from deploy.local.supervisor import ProcessSpec, Supervisor, forked
from shared.telemetry import logs
folder = pathlib.Path(sys.argv[1])
logs.configure(service="test", process="test", stream=(folder / "log").open("a", buffering=1))

def note(line):
    with (folder / "notes").open("a") as notes:
        notes.write(line + "\\n")

def steady(name):
    def run():
        def end(*_):
            note("end " + name)
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        if name == "parent" and os.fork() == 0:
            from deploy.local.linux import die_with_parent
            die_with_parent()
            (folder / "grandchild").write_text(str(os.getpid()))
        note("ready " + name)
        while True:
            signal.pause()
    return run

def stubborn():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    note("ready stubborn")
    while True:
        signal.pause()

def failing():
    note("failing %.3f" % time.monotonic())
    raise ValueError("always")

def task(code):
    def run():
        sys.exit(code)
    return run

kinds = {"web": (steady("web"), 0, False), "worker": (steady("worker"), 1, False),
         "parent": (steady("parent"), 0, False), "stubborn": (stubborn, 0, False),
         "failing": (failing, 0, False), "task0": (task(0), 0, True), "task7": (task(7), 0, True)}
specs = [ProcessSpec(name=n, begin=forked(kinds[n][0]), stage=kinds[n][1], is_task=kinds[n][2])
         for n in sys.argv[2:]]

def list_pids(pids):
    (folder / "pids.new").write_text(json.dumps(pids))
    (folder / "pids.new").rename(folder / "pids")

sys.exit(Supervisor(specs, on_change=list_pids).run())
"""

_STEADY = {"web", "worker", "parent", "stubborn"}
_READY = {f"ready {name}" for name in _STEADY}


class Run:
    def __init__(self, folder: Path, process: subprocess.Popen[str]) -> None:
        self.folder = folder
        self.process = process

    def notes(self) -> list[str]:
        path = self.folder / "notes"
        return path.read_text().splitlines() if path.exists() else []

    def pid(self, name: str) -> int:
        path = self.folder / "pids"
        return int(json.loads(path.read_text())[name]) if path.exists() else 0


@contextmanager
def supervised(folder: Path, *names: str) -> Iterator[Run]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, str(folder), *names], text=True)
    run = Run(folder, process)
    try:
        until("all are ready", lambda: len(set(run.notes()) & _READY) == len(set(names) & _STEADY))
        yield run
    finally:
        process.kill()
        process.wait()


def test_a_killed_process_is_started_again_at_once(tmp_path: Path) -> None:
    with supervised(tmp_path, "web", "worker") as run:
        killed, other = run.pid("web"), run.pid("worker")
        began = time.monotonic()
        os.kill(killed, signal.SIGKILL)
        until("a new one is ready", lambda: run.notes().count("ready web") == 2)
        assert time.monotonic() - began < 1
        assert run.pid("web") not in (0, killed)
        assert run.pid("worker") == other


def test_it_stops_in_order_and_ends_well(tmp_path: Path) -> None:
    with supervised(tmp_path, "worker", "web") as run:
        pids = [run.pid("web"), run.pid("worker")]
        run.process.terminate()
        assert run.process.wait(10) == 0
        assert run.notes()[-2:] == ["end web", "end worker"]
        assert not any(is_running(pid) for pid in pids)


def test_ctrl_c_ends_with_130(tmp_path: Path) -> None:
    with supervised(tmp_path, "web") as run:
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(10) == 130
        assert run.notes()[-1] == "end web"


def test_a_second_ctrl_c_hastens(tmp_path: Path) -> None:
    with supervised(tmp_path, "stubborn") as run:
        pid = run.pid("stubborn")
        began = time.monotonic()
        run.process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        assert is_running(pid)
        run.process.send_signal(signal.SIGINT)
        assert run.process.wait(5) == 130
        assert time.monotonic() - began < 3
        assert not is_running(pid)


def test_a_killed_supervisor_leaves_nobody_behind(tmp_path: Path) -> None:
    with supervised(tmp_path, "web", "worker", "parent") as run:
        until("the grandchild runs", (tmp_path / "grandchild").exists)
        pids = [run.pid("web"), run.pid("worker"), run.pid("parent")]
        pids.append(int((tmp_path / "grandchild").read_text()))
        assert all(is_running(pid) for pid in pids)
        run.process.kill()
        until("none of them runs", lambda: not any(is_running(pid) for pid in pids), patience_s=3)


def test_one_that_keeps_failing_is_tried_ever_later(tmp_path: Path) -> None:
    with supervised(tmp_path, "failing") as run:
        until("it was tried five times", lambda: len(run.notes()) >= 5)
        times = [float(line.split()[1]) for line in run.notes()[:5]]
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    delays = [line["retry_in_s"] for line in lines if line["event"] == "process ended"][:4]
    assert delays == [0.0, 0.1, 0.2, 0.4]
    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert all(gap >= delay for gap, delay in zip(gaps, delays, strict=True))


def test_it_does_not_wait_busily(tmp_path: Path) -> None:
    with supervised(tmp_path, "web") as run:
        before = _cpu_s(run.process.pid)
        time.sleep(1)
        assert _cpu_s(run.process.pid) - before < 0.05


def test_a_task_that_ends_well_changes_nothing(tmp_path: Path) -> None:
    with supervised(tmp_path, "task0", "web") as run:
        time.sleep(0.3)
        assert run.process.poll() is None
        assert is_running(run.pid("web"))


def test_a_task_that_fails_ends_everything_with_its_code(tmp_path: Path) -> None:
    process = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), "web", "task7"], capture_output=True, check=False
    )
    assert process.returncode == 7
    assert not is_running(json.loads((tmp_path / "pids").read_text())["web"])


def _cpu_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
