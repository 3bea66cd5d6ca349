"""What every transaction of a service carries in `db.info` for its commands: outbox, clock and vault."""

from collections.abc import Mapping

from shared.clock import Clock, utcnow
from shared.path.outbox import Outbox
from shared.vault import Vault


def carried(*, event_key: bytes, vault: Vault, clock: Clock = utcnow) -> Mapping[str, object]:
    """The same for the web, the worker and a replay; the event key has 32 bytes."""
    return {"outbox": Outbox(event_key, clock), "clock": clock, "vault": vault}
