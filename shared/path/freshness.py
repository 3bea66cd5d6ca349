"""How fresh this service's knowledge of another is: the time of the stalest partition's last applied tick."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from shared.db.plumbing import log_position
from shared.eventlog.interface import PARTITIONS, partition_of
from shared.events.base import topic_of
from shared.path.inbox import is_waiting


def known_until(db: Session, owner: str, *, key: str | None = None) -> datetime | None:
    """Everything `owner` committed before this real time has been applied here; None: nothing is known.

    With `key`, only the partition of that key is asked, which is as true and less strict. An event of that key
    that was put aside and not replayed makes it None: what it says is not known here, whatever the ticks say.
    """
    if key is not None and is_waiting(db, topic_of(owner), key.encode()):
        return None
    table = log_position.c
    statement = select(func.min(table.ticked_at), func.count(table.ticked_at)).where(
        table.topic == topic_of(owner), table.ticked_at.is_not(None)
    )
    if key is not None:
        statement = statement.where(table.partition == partition_of(key.encode()))
    # A platform moved to another log has positions in both: the newer log's are the true ones.
    newest_log = (
        select(table.log_id)
        .where(table.topic == topic_of(owner), table.ticked_at.is_not(None))
        .order_by(table.ticked_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    oldest, count = db.execute(statement.where(table.log_id == newest_log)).one()
    if count < (1 if key is not None else PARTITIONS):
        return None
    return oldest  # type: ignore[no-any-return]
