"""Named points at which a test can kill the process: ATTUNE_FAILPOINT=name[:nth]. Without it, nothing."""

import os
import signal

_wanted, _, _nth = os.environ.get("ATTUNE_FAILPOINT", "").partition(":")
_left = [int(_nth or 1)]

POINTS = (
    "outbox.before_commit",
    "relay.after_publish",
    "consumer.after_effects",
    "consumer.after_commit",
    "timer.before_commit",
    "notify.before_send",
    "notify.after_send",
)


def reach(point: str) -> None:
    """Die here, as if the power went, when the environment asks for it."""
    if point == _wanted:
        _left[0] -= 1
        if _left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
