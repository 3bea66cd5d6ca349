"""The four boards: the whole, the event path, one service, and what people feel."""

from deploy.monitoring.dashboards.panels import Board, Panel

_OF, _FAILED = '{service="$service"}', '{service="$service", status=~"5.."}'
_HTTP = "attune_http_request_duration_seconds"
_STAT = "stat"


def _quantile(share: float, histogram: str, by: str = "", where: str = "") -> str:
    labels = ", ".join(name for name in ("le", by) if name)
    return (
        f"histogram_quantile({share}, sum by ({labels}) (rate({histogram}_bucket{where}[$__rate_interval])))"
    )


def _rate(counter: str, by: str, where: str = "") -> str:
    return f"sum by ({by}) (rate({counter}{where}[$__rate_interval]))"


def _top(query: str) -> str:
    return f"topk(10, {query})"


OVERVIEW = Board(
    "attune-overview",
    "Attune: overview",
    [
        [
            Panel("Processes that answer", {"": 'sum(up{job=~"attune.*"})'}, kind=_STAT),
            Panel("Alerts", {"": 'count(ALERTS{alertstate="firing"}) or vector(0)'}, limit=1, kind=_STAT),
            Panel("Failed, three days", {"": "gateway:attune_unavailable:ratio_rate3d"}, "percentunit", 0.001, _STAT),
            Panel("Over 0.5 s, three days", {"": "gateway:attune_slow:ratio_rate3d"}, "percentunit", 0.05, _STAT),
        ],
        [
            Panel("Requests", {"{{service}}": "service:attune_http_requests:rate5m"}, "reqps"),
            Panel("Errors", {"{{service}}": "service:attune_http_errors:ratio_rate5m"}, "percentunit", 0.05),
            Panel("Time to answer, p95", {
                "{{service}}": "service:attune_http_request_duration_seconds:p95_5m"}, "s", 0.5),
        ],
        [
            Panel("How fast the budget of failures burns", {
                "1 h": "gateway:attune_unavailable:ratio_rate1h / 0.001",
                "6 h": "gateway:attune_unavailable:ratio_rate6h / 0.001"}, limit=14.4),
            Panel("Oldest knowledge", {
                "{{service}}": "max by (service) (attune_consumer_lag_seconds)"}, "s", 60),
            Panel("Pools", {"{{service}} {{process}}": (
                "attune_database_pool_connections_in_use / attune_database_pool_connections_limit")}, "percentunit", 1),
        ],
        [
            Panel("Firing", {"{{alertname}} {{service}}": 'ALERTS{alertstate="firing"}'}),
            Panel("Versions", {"{{version}}": "count by (version) (attune_build_info)"}),
        ],
    ],
)  # fmt: skip

EVENTS = Board(
    "attune-events",
    "Attune: events",
    [
        [
            Panel("How old is what a service knows of another", {
                "{{service}} of {{topic}}": "max by (service, topic) (attune_consumer_lag_seconds)"}, "s", 60),
            Panel("Records to apply", {
                "{{service}} of {{topic}}": "sum by (service, topic) (attune_consumer_lag_events)"}),
            Panel("Ticks", {"{{service}}": _rate("attune_ticks_total", "service")}, "cps"),
        ],
        [
            Panel("Oldest event to send", {
                "{{service}}": "max by (service) (attune_outbox_oldest_age_seconds)"}, "s", 60),
            Panel("Events to send", {"{{service}}": "max by (service) (attune_outbox_rows)"}),
            Panel("Sent", {"{{service}}": _rate("attune_relay_events_total", "service")}, "cps"),
            Panel("Sends that failed", {
                "{{service}}": _rate("attune_relay_failures_total", "service"),
                "{{service}}: keys held": "max by (service) (attune_relay_keys_held)"}),
        ],
        [
            Panel("Put aside, waiting", {
                "{{service}}": "max by (service) (attune_dead_letters_waiting)",
                "{{service}}: keys": "max by (service) (attune_parked_keys)"}, limit=1),
            Panel("Put aside, by reason", {
                "{{service}} {{reason}}": _rate("attune_dead_letters_total", "service, reason")}, "cps"),
            Panel("Stopped", {"{{service}}": "max by (service) (attune_consumer_stopped)"}, limit=1),
            Panel("Since the log was asked", {
                "{{service}}": "time() - max by (service) (attune_consumer_last_poll_timestamp_seconds)"}, "s", 60),
        ],
        [
            Panel("Applied", {"{{service}}": _rate("attune_consumer_events_total", "service")}, "cps"),
            Panel("Seen again", {"{{service}}": _rate("attune_consumer_duplicates_total", "service")}, "cps"),
            Panel("A batch, p95", {
                "{{service}}": _quantile(0.95, "attune_consumer_batch_seconds", "service")}, "s"),
            Panel("Events in a batch, p95", {
                "{{service}}": _quantile(0.95, "attune_consumer_batch_events", "service")}),
        ],
        [
            Panel("Partitions assigned anew", {
                "{{service}}": _rate("attune_consumer_rebalances_total", "service")}, "cps"),
            Panel("Oldest write transaction", {
                "{{service}}": "max by (service) (attune_transaction_horizon_age_seconds)"}, "s", 600),
        ],
    ],
)  # fmt: skip

SERVICE = Board(
    "attune-service",
    "Attune: one service",
    [
        [
            Panel("Requests", {"{{method}} {{route}}": _top(
                _rate("attune_http_requests_total", "method, route", _OF))}, "reqps"),
            Panel("Errors", {"{{method}} {{route}} {{status}}": _top(
                _rate("attune_http_requests_total", "method, route, status", _FAILED))}, "reqps"),
            Panel("Time to answer, p95", {"{{route}}": _top(_quantile(0.95, _HTTP, "route", _OF))}, "s", 0.5),
        ],
        [
            Panel("Connections lent out", {
                "{{process}}": f"attune_database_pool_connections_in_use{_OF}",
                "{{process}}: limit": f"attune_database_pool_connections_limit{_OF}"}),
            Panel("Nobody gave one back", {
                "{{process}}": f"increase(attune_database_pool_timeouts_total{_OF}[$__rate_interval])"}, limit=1),
            Panel("Memory", {"{{process}}": (
                "process_resident_memory_bytes * on (job, instance) group_left (process)"
                f" attune_build_info{_OF}")}, "bytes"),
            Panel("Processor", {"{{process}}": (
                "rate(process_cpu_seconds_total[$__rate_interval]) * on (job, instance) group_left (process)"
                f" attune_build_info{_OF}")}, "percentunit"),
        ],
        [
            Panel("Oldest timer", {"": f"max(attune_timers_oldest_due_age_seconds{_OF})"}, "s", 60),
            Panel("Since timers were looked for", {
                "": f"time() - max(attune_timers_last_look_timestamp_seconds{_OF})"}, "s", 60),
            Panel("Timers", {
                "{{kind}}": _rate("attune_timers_fired_total", "kind", _OF),
                "{{kind}}: failed": _rate("attune_timers_failed_total", "kind", _OF)}, "cps"),
        ],
        [
            Panel("Audit: oldest row outside the chain", {
                "": f"max(attune_audit_oldest_unsealed_age_seconds{_OF})"}, "s", 30),
            Panel("Audit: oldest row not signed", {
                "": f"max(attune_audit_oldest_unsigned_age_seconds{_OF})"}, "s", 180),
            Panel("Audit: newest checkpoint", {
                "": f"min(attune_audit_newest_checkpoint_age_seconds{_OF})"}, "s"),
        ],
    ],
    asks_service=True,
)  # fmt: skip

_LATENESS = "attune_notify_reminder_lateness_seconds"
PEOPLE = Board(
    "attune-people",
    "Attune: safety and reminders",
    [
        [
            Panel("Oldest alert that nobody took up", {
                "": "max(attune_notify_oldest_open_alert_age_seconds)"}, "s", 1800, _STAT),
            Panel("Until an alert is acknowledged", {
                "p50": _quantile(0.5, "attune_notify_alert_acknowledgement_seconds"),
                "p95": _quantile(0.95, "attune_notify_alert_acknowledgement_seconds")}, "s", 900),
            Panel("Alerts acknowledged in a day", {
                "": "sum(increase(attune_notify_alert_acknowledgement_seconds_count[1d]))"}),
        ],
        [
            Panel("Until a withdrawal holds its session", {
                "p50": _quantile(0.5, "attune_sessions_withdrawal_hold_seconds"),
                "p95": _quantile(0.95, "attune_sessions_withdrawal_hold_seconds")}, "s", 2.5),
            Panel("Withdrawals that failed", {"{{service}} {{status}}": _rate(
                "attune_http_requests_total", "service, status",
                '{method="POST", status=~"5..", route=~".*/me/medicine-sessions/<uuid:session_id>/withdraw"}')}, "cps"),
        ],
        [
            Panel("How late reminders are", {
                "{{channel}} p50": _quantile(0.5, _LATENESS, "channel"),
                "{{channel}} p95": _quantile(0.95, _LATENESS, "channel")}, "s", 300),
            Panel("Reminders in an hour", {
                "{{channel}}": f"sum by (channel) (increase({_LATENESS}_count[1h]))"}),
            Panel("Notices in an hour, by outcome", {"{{channel}} {{outcome}}": (
                "sum by (channel, outcome) (increase(attune_notify_deliveries_total[1h]))")}),
        ],
        [
            Panel("Oldest timer", {"{{service}}": "max by (service) (attune_timers_oldest_due_age_seconds)"}, "s", 60),
            Panel("What notify knows of the others", {
                "{{topic}}": 'max by (topic) (attune_consumer_lag_seconds{service="notify"})'}, "s", 60),
        ],
    ],
)  # fmt: skip

BOARDS = (OVERVIEW, EVENTS, SERVICE, PEOPLE)
