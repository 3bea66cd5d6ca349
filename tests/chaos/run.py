"""One stack and its faults, one after the other: play, harm, let all come to rest, and have the checker judge."""

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from deploy.local.journey.story import Story
from tests.chaos.checker import judge
from tests.chaos.crowd import Crowd
from tests.chaos.harm import Fault
from tests.chaos.lives import Life, Told, connecting, journey, tell
from tests.chaos.plan import Plan
from tests.chaos.rest import come_to_rest
from tests.chaos.stack import Stack, stack_on
from tests.chaos.verdict import FAULTS as KINDS
from tests.chaos.verdict import Judgement

_HEAD_START_S = 3.0
_REST_S = 150.0


@dataclass(frozen=True)
class Outcome:
    """What one fault came to."""

    name: str
    judgement: Judgement
    recoveries: Sequence[float]
    failures: dict[str, int]
    unfinished: Sequence[str]
    stops_nobody: bool
    rest_s: float
    seconds: float

    @property
    def is_well(self) -> bool:
        return self.judgement.is_clean and not (self.stops_nobody and self.unfinished)

    def line(self) -> dict[str, Any]:
        """The JSON line."""
        return {
            "name": f"chaos_{self.name}",
            "blows": len(self.recoveries),
            "recover_s": round(max(self.recoveries, default=0.0), 1),
            "tried": self.judgement.tried,
            **{kind: getattr(self.judgement, kind) for kind in KINDS},
            "failed_requests": dict(sorted(self.failures.items())),
            "unfinished": len(self.unfinished),
            "rest_s": round(self.rest_s, 1),
            "seconds": round(self.seconds, 1),
        }


@dataclass
class Sum:
    """Over all faults: the last line."""

    outcomes: list[Outcome] = field(default_factory=list)

    def line(self) -> dict[str, Any]:
        lines = [one.line() for one in self.outcomes]
        kinds = ("blows", "tried", *KINDS, "unfinished")
        failed = sum(sum(one["failed_requests"].values()) for one in lines)
        return {
            "name": "chaos",
            "faults": len(lines),
            **{kind: sum(one[kind] for one in lines) for kind in kinds},
            "failed_requests": failed,
            "slowest_recovery_s": max((one["recover_s"] for one in lines), default=0.0),
        }


def chaos(faults: Sequence[Fault], plan: Plan) -> Iterator[Outcome]:
    """Do each fault to a platform, those of one log to the same one. Stops whatever it started."""
    for log in dict.fromkeys(fault.log for fault in faults):
        chosen = [fault for fault in faults if fault.log == log]
        with_disk = any("disk" in fault.name for fault in chosen)
        with stack_on(log, with_disk=with_disk) as stack:
            connect = connecting(stack.journal, plan.patience_s)
            progress = Told("crowd")
            story = Story(progress, patience_s=plan.patience_s)
            crowd: Crowd | None = None
            before = Judgement()
            for fault in chosen:
                crowd = crowd or Crowd(story, stack.platform.url, stack.operator_key, connect)
                outcome, before = _harmed(stack, crowd, progress, fault, plan, before)
                yield outcome
                if outcome.unfinished:
                    crowd = None  # what it left undone would stand in its own way


def _harmed(
    on: Stack, crowd: Crowd, progress: Told, fault: Fault, plan: Plan, before: Judgement
) -> tuple[Outcome, Judgement]:
    began, failed_before = time.monotonic(), on.journal.failures.copy()
    crowd.prepare()
    lives = [_journey(on, plan, n) for n in range(plan.journeys)]
    time.sleep(_HEAD_START_S)
    is_over = threading.Event()
    lives.append(Life(progress, lambda: crowd.act(is_over)))
    tell(f"{fault.name} begins")
    try:
        recoveries = fault.do(on, plan)
    finally:
        is_over.set()
    tell(f"{fault.name} is over: {recoveries}")
    deadline = time.monotonic() + plan.deadline_s
    unfinished = [
        f"{life.name}: {life.off}"
        for life in lives
        if not life.finished(max(0.1, deadline - time.monotonic()))
    ]
    tell("every driver is done")
    rest_s = come_to_rest(on, _REST_S)
    with on.seen() as seen:
        judgement = judge(seen, on.journal)
    outcome = Outcome(
        fault.name,
        judgement.since(before),
        recoveries,
        dict(on.journal.failures - failed_before),
        unfinished,
        fault.stops_nobody,
        rest_s,
        time.monotonic() - began,
    )
    return outcome, judgement


def _journey(on: Stack, plan: Plan, number: int) -> Life:
    connect = connecting(on.journal, plan.patience_s)
    return journey(f"journey {number}", on.platform.url, on.operator_key, connect, plan.patience_s)
