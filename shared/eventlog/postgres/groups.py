"""Who shares a group, and which partitions each member has.

Every change of the members raises the group's generation while the group's row is locked. A member that
sees a new generation first gives up what it has (its on_revoked runs), says so (`released`), and computes
its share when every member has done the same: no partition has two readers, unless one was taken for
dead. That one is fenced by the positions in its own database, and finds out at its next poll.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

import psycopg

from shared.eventlog.interface import PARTITIONS, TopicPartition

_ANY_EXPIRED = """
    SELECT FROM log_member
    WHERE group_name = %s AND heartbeat_at < clock_timestamp() - make_interval(secs => %s)
"""
_DELETE_EXPIRED = """
    DELETE FROM log_member
    WHERE group_name = %s AND heartbeat_at < clock_timestamp() - make_interval(secs => %s)
"""


@dataclass(frozen=True, slots=True)
class Membership:
    """One process's place in a group."""

    group: str
    member: str
    session: UUID
    topics: tuple[str, ...]

    @property
    def channel(self) -> str:
        """The notification channel on which the group's members tell each other of changes."""
        return f"group {self.group}"


@dataclass(frozen=True, slots=True)
class GroupState:
    """What one look at the group showed. `sessions` and `topics` are by member."""

    generation: int
    sessions: Mapping[str, UUID]
    topics: Mapping[str, tuple[str, ...]]
    all_released: bool


def range_assignment(topics_of: Mapping[str, Collection[str]]) -> dict[str, frozenset[TopicPartition]]:
    """Each member's partitions: per topic, runs of neighbours, the first members one more if it is uneven.

    Kafka's Range rule. It depends only on names, so every member computes the same.
    """
    shares: dict[str, set[TopicPartition]] = {member: set() for member in topics_of}
    for topic in {topic for topics in topics_of.values() for topic in topics}:
        members = sorted(member for member, topics in topics_of.items() if topic in topics)
        size, uneven = divmod(PARTITIONS, len(members))
        start = 0
        for position, member in enumerate(members):
            end = start + size + (position < uneven)
            shares[member].update(TopicPartition(topic, partition) for partition in range(start, end))
            start = end
    return {member: frozenset(share) for member, share in shares.items()}


def join(connection: psycopg.Connection, me: Membership) -> None:
    """Take `me.member`'s place, which may still be another process's: that one is out from now on.

    A restarted member with the same topics changes nothing for the others.
    """
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("INSERT INTO log_group (name) VALUES (%s) ON CONFLICT DO NOTHING", (me.group,))
        cursor.execute("SELECT generation FROM log_group WHERE name = %s FOR UPDATE", (me.group,))
        (generation,) = cursor.fetchone() or (0,)
        cursor.execute(
            "UPDATE log_member SET session = %s, released = %s, heartbeat_at = clock_timestamp() "
            "WHERE group_name = %s AND member = %s AND topics = %s",
            (me.session, generation, me.group, me.member, list(me.topics)),
        )
        if cursor.rowcount == 0:
            cursor.execute(
                "INSERT INTO log_member (group_name, member, session, topics, released, heartbeat_at) "
                "VALUES (%s, %s, %s, %s, %s, clock_timestamp()) ON CONFLICT (group_name, member) DO UPDATE "
                "SET (session, topics, released, heartbeat_at) "
                "= (excluded.session, excluded.topics, excluded.released, excluded.heartbeat_at)",
                (me.group, me.member, me.session, list(me.topics), generation + 1),
            )
            _next_generation(cursor, me)
        _tell(cursor, me)


def look(connection: psycopg.Connection, group: str) -> GroupState:
    """The group as it is now, from one snapshot."""
    rows = connection.execute(
        "SELECT g.generation, m.member, m.session, m.topics, m.released >= g.generation "
        "FROM log_group g LEFT JOIN log_member m ON m.group_name = g.name WHERE g.name = %s",
        (group,),
    ).fetchall()
    members = [row for row in rows if row[1] is not None]
    return GroupState(
        generation=rows[0][0] if rows else 0,
        sessions={row[1]: row[2] for row in members},
        topics={row[1]: tuple(row[3]) for row in members},
        all_released=all(row[4] for row in members),
    )


def release(connection: psycopg.Connection, me: Membership, generation: int) -> None:
    """Say that `me` has given up the partitions of every generation before this one."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE log_member SET released = %s, heartbeat_at = clock_timestamp() "
            "WHERE group_name = %s AND member = %s AND session = %s",
            (generation, me.group, me.member, me.session),
        )
        _tell(cursor, me)


def beat(connection: psycopg.Connection, me: Membership, silent_s: float) -> None:
    """Show a sign of life, and take out the members that have shown none for `silent_s`."""
    connection.execute(
        "UPDATE log_member SET heartbeat_at = clock_timestamp() "
        "WHERE group_name = %s AND member = %s AND session = %s",
        (me.group, me.member, me.session),
    )
    bound = (me.group, silent_s)
    if not connection.execute(_ANY_EXPIRED, bound).fetchall():
        return
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM log_group WHERE name = %s FOR UPDATE", (me.group,))
        cursor.execute(_DELETE_EXPIRED, bound)
        if cursor.rowcount:
            _next_generation(cursor, me)
            _tell(cursor, me)


def leave(connection: psycopg.Connection, me: Membership) -> None:
    """Give the place up at once, unless another process has it by now."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.execute("SELECT FROM log_group WHERE name = %s FOR UPDATE", (me.group,))
        cursor.execute(
            "DELETE FROM log_member WHERE group_name = %s AND member = %s AND session = %s",
            (me.group, me.member, me.session),
        )
        if cursor.rowcount:
            _next_generation(cursor, me)
            _tell(cursor, me)


def _next_generation(cursor: psycopg.Cursor, me: Membership) -> None:
    cursor.execute("UPDATE log_group SET generation = generation + 1 WHERE name = %s", (me.group,))


def _tell(cursor: psycopg.Cursor, me: Membership) -> None:
    cursor.execute("SELECT pg_notify(%s, '')", (me.channel,))
