"""Every metric there is, in one place. Base units; labels are code names, never a person or a practice.

docs/operations-metrics.md lists them, made from here: a comment at the margin begins a section there.
Practices for demonstration are left out where their clock, which can be moved, would make a figure wrong.
"""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

_WAITS = (1, 5, 15, 60, 120, 300, 900, 1800, 3600, 4 * 3600, 12 * 3600, 24 * 3600)

# What runs.
build_info = Gauge("attune_build_info", "1, with the version that runs", ["service", "process", "version"])

# HTTP: rate, errors and duration by route template.
http_requests = Counter("attune_http_requests", "Requests answered", ["service", "method", "route", "status"])
http_seconds = Histogram(
    "attune_http_request_duration_seconds", "Time to answer", ["service", "method", "route"], buckets=_LATENCY
)

# Connections to the database.
pool_in_use = Gauge(
    "attune_database_pool_connections_in_use",
    "Connections of the pool that are lent out",
    ["service", "process"],
)
pool_limit = Gauge(
    "attune_database_pool_connections_limit", "The most connections the pool may hold", ["service", "process"]
)
pool_timeouts = Counter(
    "attune_database_pool_timeouts",
    "Transactions that failed since no connection came free in ten seconds",
    ["service", "process"],
)

# Outbox and relay.
outbox_age_seconds = Gauge(
    "attune_outbox_oldest_age_seconds", "Age of the oldest event not yet relayed", ["service"]
)
outbox_rows = Gauge("attune_outbox_rows", "Events not yet relayed (10,000: or more)", ["service"])
relayed = Counter("attune_relay_events", "Events the log acknowledged", ["service"])
relay_failures = Counter("attune_relay_failures", "Sends that failed and will be tried again", ["service"])
relay_keys_held = Gauge("attune_relay_keys_held", "Keys whose oldest event the log refused", ["service"])
ticks = Counter("attune_ticks", "Rounds of ticks recorded, one for each partition", ["service"])
horizon_age_seconds = Gauge(
    "attune_transaction_horizon_age_seconds",
    "For how long the oldest write transaction of the database server has been open: it keeps dead rows",
    ["service"],
)

# Consumer.
consumed = Counter("attune_consumer_events", "Events applied", ["service", "topic"])
duplicates = Counter("attune_consumer_duplicates", "Events seen again and ignored", ["service", "topic"])
consumer_lag_events = Gauge("attune_consumer_lag_events", "Records not yet applied", ["service", "topic"])
consumer_lag_seconds = Gauge(
    "attune_consumer_lag_seconds", "Age of the stalest partition's last applied tick", ["service", "topic"]
)
batch_events = Histogram(
    "attune_consumer_batch_events", "Events in a batch", ["service"], buckets=(1, 5, 20, 100, 500, 2000)
)
batch_seconds = Histogram(
    "attune_consumer_batch_seconds", "Time to apply a batch", ["service"], buckets=_LATENCY
)
poll_age_seconds = Gauge(
    "attune_consumer_last_poll_timestamp_seconds", "When the log was last polled", ["service"]
)
rebalances = Counter("attune_consumer_rebalances", "Times partitions were assigned", ["service"])
consumer_stopped = Gauge(
    "attune_consumer_stopped", "1 while too many dead letters keep the consumer from going on", ["service"]
)
dead_letters = Counter("attune_dead_letters", "Events put aside", ["service", "reason"])
dead_letters_waiting = Gauge(
    "attune_dead_letters_waiting", "Events put aside and not replayed yet", ["service"]
)
parked_keys = Gauge("attune_parked_keys", "Keys whose events wait behind a dead letter", ["service"])

# Timers.
timers_fired = Counter("attune_timers_fired", "Timers that did their work", ["service", "kind"])
timers_failed = Counter(
    "attune_timers_failed", "Timers that failed and will be tried again", ["service", "kind"]
)
timers_late_seconds = Gauge(
    "attune_timers_oldest_due_age_seconds", "How late the oldest due timer is", ["service"]
)
timers_looked_at = Gauge(
    "attune_timers_last_look_timestamp_seconds", "When timers that are due were last looked for", ["service"]
)

# Audit.
audit_unsealed_age_seconds = Gauge(
    "attune_audit_oldest_unsealed_age_seconds", "Age of the oldest audit row outside the chain", ["service"]
)
audit_checkpoint_age_seconds = Gauge(
    "attune_audit_newest_checkpoint_age_seconds",
    "Age of the newest signed checkpoint (0: there is none yet)",
    ["service"],
)
audit_unsigned_age_seconds = Gauge(
    "attune_audit_oldest_unsigned_age_seconds",
    "Age of the oldest row of the chain that no checkpoint covers (0: all are covered)",
    ["service"],
)

# Notices and alerts to the care team.
deliveries = Counter("attune_notify_deliveries", "Notices by channel and outcome", ["channel", "outcome"])
reminder_lateness_seconds = Histogram(
    "attune_notify_reminder_lateness_seconds",
    "How long after its moment a reminder was sent, quiet hours not counted",
    ["channel"],
    buckets=_WAITS,
)
alert_acknowledgement_seconds = Histogram(
    "attune_notify_alert_acknowledgement_seconds",
    "From an alert's being raised to somebody's acknowledging it",
    buckets=_WAITS,
)
oldest_open_alert_age_seconds = Gauge(
    "attune_notify_oldest_open_alert_age_seconds",
    "Age of the oldest alert that nobody has acknowledged",
    ["service"],
)

# Consent.
withdrawal_hold_seconds = Histogram(
    "attune_sessions_withdrawal_hold_seconds",
    "From the arrival of a withdrawal of consent to the commit that holds or stops the session",
    buckets=_LATENCY,
)
