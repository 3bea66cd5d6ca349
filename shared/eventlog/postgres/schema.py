"""The log's tables. `create_schema` is run by the platform's set-up, as the role that then uses them."""

from shared.eventlog.postgres.connection import connect, plainly

_TABLES = """
CREATE TABLE IF NOT EXISTS log_identity (
    id uuid NOT NULL,
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one)
);
INSERT INTO log_identity (id) VALUES (gen_random_uuid()) ON CONFLICT DO NOTHING;

CREATE TABLE IF NOT EXISTS log_topic (
    topic text PRIMARY KEY CHECK (length(topic) BETWEEN 1 AND 60),
    retention_days integer NOT NULL CHECK (retention_days > 0)
);

-- Rewritten by every append: half-empty pages let the new version of a row stay on its page.
CREATE TABLE IF NOT EXISTS log_head (
    topic text NOT NULL REFERENCES log_topic,
    partition integer NOT NULL,
    next_offset bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (topic, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- Headers are a JSON list of [name, value as latin-1 text]: bytes survive, and people can read them.
CREATE TABLE IF NOT EXISTS log_record (
    topic text NOT NULL,
    partition integer NOT NULL,
    "offset" bigint NOT NULL,
    key bytea NOT NULL,
    value bytea NOT NULL,
    headers json NOT NULL,
    appended_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, "offset")
);

-- The generation grows whenever the set of members or their topics changes, in the same transaction.
CREATE TABLE IF NOT EXISTS log_group (
    name text PRIMARY KEY,
    generation bigint NOT NULL DEFAULT 0
);

-- `session` names the process that is the member now; `released` is the newest generation for which
-- the member has given up the partitions of the one before.
CREATE TABLE IF NOT EXISTS log_member (
    group_name text NOT NULL REFERENCES log_group,
    member text NOT NULL,
    session uuid NOT NULL,
    topics text[] NOT NULL,
    released bigint NOT NULL,
    heartbeat_at timestamptz NOT NULL,
    PRIMARY KEY (group_name, member)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 100);

CREATE TABLE IF NOT EXISTS log_hint (
    group_name text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (group_name, topic, partition)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);
"""


def create_schema(url: str) -> None:
    """Create what is missing of the log's tables. Harmless when all are there, or when two do it at once."""
    with plainly(), connect(url, "set-up") as connection, connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(hashtext('attune.log.schema'))")
        connection.execute(_TABLES)
