"""The harm that is done to a platform, one kind each: done, undone, and how long it took to be well again."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil

from deploy.local.postgres_account import account
from tests.chaos.plan import Plan
from tests.chaos.stack import Stack

_GIVES_UP_S = 90.0
Recoveries = list[float]
"""Seconds from the end of each blow until every process was ready again."""


class HarmMissed(Exception):
    """The harm was not the harm that it says it is: nothing was shown by what followed."""


@dataclass(frozen=True)
class Fault:
    """One kind of harm, on the log it is done on. With `stops_nobody` every journey must end as if nothing was."""

    name: str
    log: str
    do: Callable[[Stack, Plan], Recoveries]
    stops_nobody: bool = True


def kill_processes(on: Stack, plan: Plan) -> Recoveries:
    """SIGKILL to every process of the platform but the supervisor, one after the other."""
    names = [one["name"] for one in on.platform.processes()]
    random.shuffle(names)
    took = []
    for name in names * plan.blows:
        os.kill(on.platform.pid_of(name), signal.SIGKILL)
        took.append(on.recover())
        time.sleep(plan.pause_s)
    return took


def kill_some(on: Stack, plan: Plan) -> Recoveries:
    """SIGKILL to the web process and the worker of one service each, and to the mail server."""
    of_kind = {
        kind: [one["name"] for one in on.platform.processes() if one["kind"] == kind]
        for kind in ("web", "worker", "mail")
    }
    took = []
    for names in of_kind.values():
        os.kill(on.platform.pid_of(random.choice(names)), signal.SIGKILL)
        took.append(on.recover())
    return took


def kill_supervisor(on: Stack, plan: Plan) -> Recoveries:
    """SIGKILL to the supervisor, with which everything ends; then it is started again."""
    took = []
    for _ in range(plan.blows):
        assert on.platform.process is not None
        on.platform.process.kill()
        on.platform.process.wait()
        began = time.monotonic()
        on.platform.start()
        on.recover()
        took.append(time.monotonic() - began)
        time.sleep(plan.pause_s)
    return took


def stop_postgres_at_once(on: Stack, plan: Plan) -> Recoveries:
    """`pg_ctl stop -m immediate`, as its own user: no checkpoint, nobody asked. The supervisor starts it again."""
    server, owner = on.postgres, account()
    # It must not wait: it looks for a file that the next server may have written anew meanwhile.
    command = [str(server.programs / "pg_ctl"), "-D", str(server.cluster), "-m", "immediate", "-W", "stop"]
    took = []
    for _ in range(plan.blows):
        postmaster = psutil.Process(int((server.cluster / "postmaster.pid").read_text().split()[0]))
        subprocess.run(
            command, check=True, stdout=subprocess.DEVNULL, cwd="/", user=owner.uid, group=owner.gid,
            extra_groups=None if owner.uid is None else [],
        )  # fmt: skip
        postmaster.wait(_GIVES_UP_S)
        took.append(on.recover())
        time.sleep(plan.pause_s)
    return took


def fill_disk(on: Stack, plan: Plan) -> Recoveries:
    """The disk under PostgreSQL is full for a while."""
    assert on.disk is not None
    took = []
    for _ in range(plan.blows):
        on.disk.fill()
        time.sleep(plan.full_s)
        on.disk.free()
        took.append(on.recover())
    _must_have_been_full(on.postgres.log)
    return took


def _must_have_been_full(log: Path) -> None:
    if "No space left on device" not in log.read_text(errors="replace"):
        raise HarmMissed(f"nobody missed room on the disk, says {log.name}")


def fill_brokers_disk(on: Stack, plan: Plan) -> Recoveries:
    """The disk under the broker's log is full until it gives up; with room again it is started anew."""
    assert on.disk is not None
    assert on.broker is not None
    took = []
    for _ in range(plan.blows):
        on.disk.fill()
        # The last page of each file has room left: only more events than fit there need a new one.
        deadline = time.monotonic() + _GIVES_UP_S
        while not on.broker.has_ended:
            if time.monotonic() > deadline:
                raise HarmMissed("the broker goes on without room for its log")
            time.sleep(0.2)
        on.disk.free()
        on.broker.kill()  # only takes note
        on.broker.start()
        took.append(on.recover())
    return took


def restart_broker(on: Stack, plan: Plan) -> Recoveries:
    """The broker stops in order and starts again."""
    assert on.broker is not None
    took = []
    for _ in range(plan.blows):
        on.broker.restart()
        took.append(on.recover())
        time.sleep(plan.pause_s)
    return took


def kill_broker(on: Stack, plan: Plan) -> Recoveries:
    """SIGKILL to the broker; it starts again after a while."""
    assert on.broker is not None
    took = []
    for _ in range(plan.blows):
        on.broker.kill()
        time.sleep(plan.pause_s)
        on.broker.start()
        took.append(on.recover())
        time.sleep(plan.pause_s)
    return took


def cut_off_broker(on: Stack, plan: Plan) -> Recoveries:
    """Nothing reaches the broker and nothing comes back, as behind a pulled cable; then connections break."""
    assert on.proxy is not None
    took = []
    for _ in range(plan.blows):
        on.proxy.stall()
        time.sleep(plan.outage_s)
        on.proxy.heal()
        on.proxy.cut()
        took.append(on.recover())
    return took


def _clock(seconds: int) -> Callable[[Stack, Plan], Recoveries]:
    def be_wrong(on: Stack, plan: Plan) -> Recoveries:
        """One process at a time: killed, so that it starts with the wrong clock, and again to have the right one."""
        names = ["sessions-worker", "notify-worker", "sessions-web"]
        others = [one["name"] for one in on.platform.processes() if one["kind"] in ("web", "worker")]
        names += [name for name in others if name not in names]
        took = []
        for name in names[: plan.clocks]:
            on.clocks.write_text(f"{name} {seconds}\n")
            os.kill(on.platform.pid_of(name), signal.SIGKILL)
            time.sleep(plan.clock_s)
            if name == "sessions-worker":
                _must_be_off(on, seconds)
            on.clocks.unlink()
            os.kill(on.platform.pid_of(name), signal.SIGKILL)
            took.append(on.recover())
        return took

    return be_wrong


def in_turn(*harms: Callable[[Stack, Plan], Recoveries]) -> Callable[[Stack, Plan], Recoveries]:
    """One kind of harm after the other, while the same journeys play."""

    def do(on: Stack, plan: Plan) -> Recoveries:
        return [took for harm in harms for took in harm(on, plan)]

    return do


def _must_be_off(on: Stack, seconds: int) -> None:
    """The ticks of sessions come with its worker's time."""
    query = b"SELECT max(ticked_at) - now() FROM log_position WHERE topic = 'attune.sessions'"
    with on.connect("notify") as database:
        ((off,),) = database.execute(query).fetchall()
    if abs(off.total_seconds() - seconds) > abs(seconds) / 2:
        raise HarmMissed(f"sessions-worker is off by {off}, not by {seconds} s")


FAULTS = (
    Fault("kill_processes", "embedded", kill_processes),
    Fault("kill_supervisor", "embedded", kill_supervisor),
    Fault("postgres_immediate", "embedded", stop_postgres_at_once),
    Fault("disk_full", "embedded", fill_disk),
    # An hour is a long time for a rule that counts minutes: whom it keeps from going on is no fault.
    Fault("clock_ahead", "embedded", _clock(3600), stops_nobody=False),
    Fault("clock_behind", "embedded", _clock(-3600), stops_nobody=False),
    Fault("broker_restart", "kafka", restart_broker),
    Fault("broker_kill", "kafka", kill_broker),
    Fault("broker_unreachable", "kafka", cut_off_broker),
    Fault("broker_disk_full", "kafka", fill_brokers_disk),
)
