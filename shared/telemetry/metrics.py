"""Every metric there is, in one place. Base units; labels are code names, never a person or a practice."""

from prometheus_client import Counter, Gauge, Histogram

_LATENCY = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)

# HTTP: rate, errors and duration by route template.
http_requests = Counter("attune_http_requests", "Requests answered", ["service", "method", "route", "status"])
http_seconds = Histogram(
    "attune_http_request_duration_seconds", "Time to answer", ["service", "method", "route"], buckets=_LATENCY
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

# Audit.
audit_unsealed_age_seconds = Gauge(
    "attune_audit_oldest_unsealed_age_seconds", "Age of the oldest audit row outside the chain", ["service"]
)
audit_checkpoint_age_seconds = Gauge(
    "attune_audit_newest_checkpoint_age_seconds",
    "Age of the newest signed checkpoint (0: there is none yet)",
    ["service"],
)

# Notices.
deliveries = Counter("attune_notify_deliveries", "Notices by channel and outcome", ["channel", "outcome"])
