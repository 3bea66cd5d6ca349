"""How far one service is, read from its own database: it works while every worker is down."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from shared.db.plumbing import dead_letter, log_position, outbox
from shared.eventlog.interface import PARTITIONS, TopicPartition
from shared.events.envelope import TICK_TYPE


@dataclass(frozen=True)
class Known:
    """What a service has applied of one topic."""

    next_offsets: Mapping[TopicPartition, int]
    until: datetime | None  # all that its owner committed before; None: some partition never had a tick
    newest_tick_at: datetime | None  # over its partitions: how lately anything was applied


@dataclass(frozen=True)
class Sending:
    """What waits in an outbox."""

    events: int
    ticks: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Aside:
    """What waits among the dead letters, and what is only evidence."""

    waiting: int
    keys: int  # so many keys can't go on
    oldest_at: datetime | None
    evidence: int


@dataclass(frozen=True)
class Standing:
    """One service at one moment of its database's clock."""

    service: str
    read_at: datetime
    log_id: str | None  # the log that `known` is about; None: nothing was ever applied
    known: Mapping[str, Known]  # by topic
    sending: Sending
    aside: Aside


def newest_log_id(db: Session) -> str | None:
    """The log that this service has read last."""
    table = log_position.c
    newest = (
        select(table.log_id).where(table.ticked_at.is_not(None)).order_by(table.ticked_at.desc()).limit(1)
    )
    return db.execute(newest).scalar_one_or_none()


def read_standing(db: Session, service: str, topics: Collection[str], log_id: str | None) -> Standing:
    """How far `service` is with these topics on this log, or on the one it read last when `log_id` is None."""
    of_log = log_id or newest_log_id(db)
    rows = db.execute(select(log_position).where(log_position.c.log_id == of_log)).all()
    return Standing(
        service=service,
        read_at=db.execute(select(func.clock_timestamp())).scalar_one(),
        log_id=of_log,
        known={topic: _known([row for row in rows if row.topic == topic]) for topic in topics},
        sending=_sending(db),
        aside=_aside(db),
    )


def _known(rows: list[Row[tuple[object, ...]]]) -> Known:
    ticks = [row.ticked_at for row in rows if row.ticked_at is not None]
    return Known(
        next_offsets={TopicPartition(row.topic, row.partition): row.next_offset for row in rows},
        until=min(ticks) if len(ticks) >= PARTITIONS else None,
        newest_tick_at=max(ticks, default=None),
    )


def _sending(db: Session) -> Sending:
    is_tick = outbox.c.type == TICK_TYPE
    events, ticks, oldest = db.execute(
        select(
            func.count().filter(~is_tick),
            func.count().filter(is_tick),
            func.min(outbox.c.occurred_at),
        ).select_from(outbox)
    ).one()
    return Sending(events, ticks, oldest)


def _aside(db: Session) -> Aside:
    table = dead_letter.c
    is_evidence = table.event_id.is_(None)
    waiting, oldest, evidence = db.execute(
        select(
            func.count().filter(~is_evidence),
            func.min(table.created_at).filter(~is_evidence),
            func.count().filter(is_evidence),
        )
        .select_from(dead_letter)
        .where(table.replayed_at.is_(None))
    ).one()
    keys = (
        select(table.topic, table.key).where(table.replayed_at.is_(None), ~is_evidence).distinct().subquery()
    )
    return Aside(waiting, db.execute(select(func.count()).select_from(keys)).scalar_one(), oldest, evidence)
