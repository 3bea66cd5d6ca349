"""Reads the log's tables as one member of a group. Two connections: this thread's and the heartbeat's."""

import time
from collections.abc import Mapping, Sequence

import psycopg

from shared.eventlog.interface import LogRecord, LogUnavailable, PartitionsHandler, Patience, TopicPartition
from shared.eventlog.postgres import groups, reading
from shared.eventlog.postgres.connection import connect, plainly
from shared.eventlog.postgres.heartbeat import Heartbeat
from shared.eventlog.postgres.waiting import Waiting

LOOK_AT_LEAST_EVERY_S = 1.0
"""Notifications tell of everything; looking anyway bounds what a fault in that could cost."""


class PostgresConsumer:
    """Joins at the first poll. Partitions change hands only inside `poll`, as the interface says."""

    def __init__(
        self,
        url: str,
        me: groups.Membership,
        *,
        on_assigned: PartitionsHandler,
        on_revoked: PartitionsHandler,
        patience: Patience,
    ) -> None:
        self._url = url
        self._me = me
        self._on_assigned = on_assigned
        self._on_revoked = on_revoked
        self._waiting = Waiting()
        self._heartbeat = Heartbeat(url, me, patience)
        self._connection: psycopg.Connection | None = None
        self._generation: int | None = None  # the one that `_positions` belongs to; None while between two
        self._released: int | None = None  # the newest generation that this member has told the others of
        self._has_joined = False
        self._positions: dict[TopicPartition, int] = {}
        self._paused: set[TopicPartition] = set()
        self._turn = 0

    def poll(self, timeout_s: float, max_records: int) -> list[LogRecord]:
        deadline = time.monotonic() + timeout_s
        try:
            with plainly():
                while True:
                    self._heartbeat.polled()
                    connection = self._connected()
                    self._follow_group(connection)
                    records = self._read(connection, max_records)
                    remaining = deadline - time.monotonic()
                    if records or remaining <= 0:
                        return records
                    if self._waiting.wait(connection, min(remaining, LOOK_AT_LEAST_EVERY_S)):
                        return []
        except LogUnavailable:
            self._disconnect()
            raise

    def seek(self, at: TopicPartition, offset: int) -> None:
        if at not in self._positions:
            raise ValueError(f"{at.topic}[{at.partition}] is not assigned to this consumer")
        self._positions[at] = offset

    def pause(self, partitions: Sequence[TopicPartition]) -> None:
        self._paused.update(at for at in partitions if at in self._positions)

    def resume(self, partitions: Sequence[TopicPartition]) -> None:
        self._paused.difference_update(partitions)

    def assignment(self) -> frozenset[TopicPartition]:
        return frozenset(self._positions)

    def end_offsets(self) -> Mapping[TopicPartition, int]:
        with plainly():
            heads = reading.heads(self._connected(), self._positions)
        return {at: heads.get(at, 0) for at in self._positions}

    def commit_hint(self, offsets: Mapping[TopicPartition, int]) -> None:
        with plainly():
            reading.save_hints(self._connected(), self._me.group, offsets)

    def wake(self) -> None:
        self._waiting.wake()

    def close(self) -> None:
        """Leave the group, so that the others take over at once, and give both connections back."""
        self._heartbeat.stop()
        if self._connection is not None:
            try:
                with plainly():
                    groups.leave(self._connection, self._me)
            except LogUnavailable:
                pass  # the place expires by itself
        self._disconnect()
        self._waiting.close()
        self._positions = {}

    def leave(self) -> None:
        self.close()

    def _connected(self) -> psycopg.Connection:
        if self._connection is None:
            self._connection = connect(self._url, f"consumer {self._me.group}")
            # Listen first and look after: a change between the two is seen either way.
            self._waiting.listen(self._connection, [self._me.channel, *self._me.topics])
        return self._connection

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _follow_group(self, connection: psycopg.Connection) -> None:
        state = groups.look(connection, self._me.group)
        holder = state.sessions.get(self._me.member)
        if holder is not None and holder != self._me.session and self._has_joined:
            self._give_up()
            raise LogUnavailable(f"another process reads group {self._me.group} as {self._me.member} now")
        if holder != self._me.session:
            # New, or taken for dead: what was held may be with others by now.
            self._give_up()
            groups.join(connection, self._me)
            self._has_joined = True
            self._heartbeat.start()
            state = groups.look(connection, self._me.group)
        if state.generation != self._generation:
            self._give_up()
            if self._released != state.generation:  # say so once: every word wakes all the others
                groups.release(connection, self._me, state.generation)
                self._released = state.generation
                state = groups.look(connection, self._me.group)
            mine = state.sessions.get(self._me.member) == self._me.session
            if mine and state.all_released and state.generation == self._released:
                self._take(connection, state)

    def _give_up(self) -> None:
        held, self._positions, self._generation = frozenset(self._positions), {}, None
        self._paused.clear()
        if held:
            self._on_revoked(held)

    def _take(self, connection: psycopg.Connection, state: groups.GroupState) -> None:
        share = groups.range_assignment(state.topics)[self._me.member]
        hints = reading.hints(connection, self._me.group)
        self._positions = {at: hints.get(at, 0) for at in sorted(share)}
        try:
            if share:
                self._on_assigned(share)
        except BaseException:
            self._positions = {}  # not taken: the next poll tries again
            raise
        self._generation = state.generation

    def _read(self, connection: psycopg.Connection, max_records: int) -> list[LogRecord]:
        open_now = {at: offset for at, offset in self._positions.items() if at not in self._paused}
        heads = reading.heads(connection, open_now) if open_now else {}
        behind = [at for at, offset in open_now.items() if heads.get(at, 0) > offset]
        if not behind:
            return []
        # Whoever was first last time comes last now, so that no busy partition starves the others.
        self._turn = (self._turn + 1) % len(behind)
        behind = behind[self._turn :] + behind[: self._turn]
        wanted = reading.shares(behind, open_now, heads, max_records)
        records = reading.fetch(connection, wanted)
        for at, (_, upto) in wanted.items():
            self._positions[at] = upto
        return records
