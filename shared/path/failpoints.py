"""Named points at which a test kills or stops the process: ATTUNE_FAILPOINT=name[:nth[:stop]]. Without it, nothing."""

import os
import signal

POINTS = (
    "outbox.before_commit",
    "transaction.after_commit",
    "relay.after_read",
    "relay.after_publish",
    "relay.after_delete",
    "consumer.after_poll",
    "consumer.after_inbox",
    "consumer.after_effects",
    "consumer.before_commit",
    "consumer.after_commit",
    "consumer.after_hint",
    "consumer.after_bury",
    "timer.before_commit",
    "timer.after_commit",
    "vault.after_batch",
    "notify.before_send",
    "notify.after_send",
    "audit.after_delete",
    "audit.after_insert",
    "audit.after_seal",
    "audit.after_checkpoint",
)

_wanted, _left, _signal = "", 0, signal.SIGKILL


def arm(wish: str) -> None:
    """Do at the `nth` reaching of a point what the variable would ask for; an empty wish takes it back."""
    global _wanted, _left, _signal
    point, _, rest = wish.partition(":")
    nth, _, how = rest.partition(":")
    _left, _signal = int(nth or 1), signal.SIGSTOP if how == "stop" else signal.SIGKILL
    _wanted = point


def reach(point: str) -> None:
    """Die here, as if the power went, or stand still, when somebody asked for it."""
    global _wanted, _left
    if point == _wanted:
        _left -= 1
        if _left == 0:
            _wanted = ""
            os.kill(os.getpid(), _signal)


arm(os.environ.get("ATTUNE_FAILPOINT", ""))
