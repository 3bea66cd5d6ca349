"""For every alert: what makes it fire, and what comes close and must not. One row each; promtool plays them.

Series are promtool's notation, a value a minute: `0+60x10` begins at 0 and adds 60 ten times. The clock begins at 0.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.settings import SERVICES

Series = Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """What happens with these series at `at` (minutes): the alert fires with these labels, or is silent."""

    alert: str
    why: str
    series: Series
    at: int
    fires: tuple[Mapping[str, str], ...] = ()
    is_slow: bool = False  # a value every five minutes, for what takes days


def _one(metric: str, values: str, labels: str = 'service="intake"') -> Series:
    return {f"attune_{metric}{{{labels}}}": values}


INTAKE = ({"service": "intake"},)
WITHDRAW = "/api/v1/sessions/me/medicine-sessions/<uuid:session_id>/withdraw"


def _withdrawals(status: int, values: str) -> Series:
    labels = f'service="sessions", method="POST", route="{WITHDRAW}", status="{status}"'
    return _one("http_requests_total", values, labels)


def _processes(*missing: tuple[str, str]) -> Series:
    return {
        f'attune_build_info{{service="{service}", process="{process}", version="1"}}': "1+0x10"
        for service in SERVICES
        for process in ("web", "worker")
        if (service, process) not in missing
    }


_INTAKE_WORKER_IS_UP = 'up{job="attune-worker", instance="a:9000", service="intake", process="worker"}'

PROCESSES = (
    Case("ProcessDown", "away for two minutes", {_INTAKE_WORKER_IS_UP: "1 0+0x5"}, 4,
         ({"job": "attune-worker", "instance": "a:9000", "service": "intake", "process": "worker"},)),
    Case("ProcessDown", "away for one", {_INTAKE_WORKER_IS_UP: "1 0 1+0x5"}, 4),
    Case("ProcessDown", "somebody else's", {'up{job="other", instance="a:9000"}': "0+0x5"}, 4),
    Case("ProcessMissing", "a worker is missing", _processes(("notify", "worker")), 6,
         ({"service": "notify", "process": "worker"},)),
    Case("ProcessMissing", "two are missing", _processes(("gateway", "web"), ("intake", "worker")), 6,
         ({"service": "gateway", "process": "web"}, {"service": "intake", "process": "worker"})),
    Case("ProcessMissing", "all are there", _processes(), 6),
    Case("ServiceErrors", "one in ten fails", {
        **_one("http_requests_total", "0+90x20", 'service="intake", status="200"'),
        **_one("http_requests_total", "0+10x20", 'service="intake", status="500"')}, 15, INTAKE),
    Case("ServiceErrors", "one in fifty fails", {
        **_one("http_requests_total", "0+98x20", 'service="intake", status="200"'),
        **_one("http_requests_total", "0+2x20", 'service="intake", status="500"')}, 15),
    Case("ServiceErrors", "a single one of few", {
        **_one("http_requests_total", "0+1x20", 'service="intake", status="200"'),
        **_one("http_requests_total", "0+0x9 1+0x9", 'service="intake", status="500"')}, 12),
    Case("PoolExhausted", "all are lent out", {
        **_one("database_pool_connections_in_use", "6+0x5", 'service="intake", process="web"'),
        **_one("database_pool_connections_limit", "6+0x5", 'service="intake", process="web"')}, 3,
        ({"service": "intake", "process": "web"},)),
    Case("PoolExhausted", "somebody got none",
         _one("database_pool_timeouts_total", "0 1+0x5", 'service="intake", process="web"'), 3,
         ({"service": "intake", "process": "web"},)),
    Case("PoolExhausted", "one is left", {
        **_one("database_pool_connections_in_use", "5+0x5", 'service="intake", process="web"'),
        **_one("database_pool_timeouts_total", "0+0x5", 'service="intake", process="web"'),
        **_one("database_pool_connections_limit", "6+0x5", 'service="intake", process="web"')}, 3),
    Case("PoolExhausted", "an operator's only one", {
        **_one("database_pool_connections_in_use", "1+0x5", 'service="intake", process="operators"'),
        **_one("database_pool_connections_limit", "1+0x5", 'service="intake", process="operators"')}, 3),
    Case("TransactionHorizonOld", "open for eleven minutes",
         _one("transaction_horizon_age_seconds", "0+60x12"), 12, INTAKE),
    Case("TransactionHorizonOld", "open for nine", _one("transaction_horizon_age_seconds", "0+60x9 0+0x5"), 12),
    Case("AuditUnsealed", "nobody seals", _one("audit_oldest_unsealed_age_seconds", "0+60x5"), 4, INTAKE),
    Case("AuditUnsealed", "a long pass", _one("audit_oldest_unsealed_age_seconds", "0 40 0.4+0x5"), 4),
    Case("AuditCheckpointOld", "nobody signs", _one("audit_oldest_unsigned_age_seconds", "0+60x8"), 7, INTAKE),
    Case("AuditCheckpointOld", "signed each minute", _one("audit_oldest_unsigned_age_seconds", "0 60 5 70 2+0x5"), 7),
)  # fmt: skip

EVENTS = (
    Case("TicksStopped", "no tick for minutes", _one("ticks_total", "0+12x5 60+0x10"), 12, INTAKE),
    Case("TicksStopped", "another worker ticks", {
        **_one("ticks_total", "60+0x15", 'service="intake", instance="a"'),
        **_one("ticks_total", "0+12x15", 'service="intake", instance="b"')}, 12),
    Case("OutboxOld", "the log is away", _one("outbox_oldest_age_seconds", "0+60x5"), 4, INTAKE),
    Case("OutboxOld", "a short pause", _one("outbox_oldest_age_seconds", "0 65 1+0x5"), 4),
    Case("RelayKeysHeld", "a key is refused", _one("relay_keys_held", "1+0x8"), 6, INTAKE),
    Case("RelayKeysHeld", "it was taken after a while", _one("relay_keys_held", "1 1 1 0+0x5"), 6),
    Case("ConsumerStopped", "it stands still", _one("consumer_stopped", "0 1+0x5"), 3, INTAKE),
    Case("ConsumerStopped", "it went on at once", _one("consumer_stopped", "0 1 0+0x5"), 3),
    Case("ConsumerSilent", "it asks no more", _one("consumer_last_poll_timestamp_seconds", "0+0x8"), 4, INTAKE),
    Case("ConsumerSilent", "another member asks", {
        **_one("consumer_last_poll_timestamp_seconds", "0+0x8", 'service="intake", instance="a"'),
        **_one("consumer_last_poll_timestamp_seconds", "0+60x8", 'service="intake", instance="b"')}, 4),
    Case("ConsumerSilent", "it says that it stopped", {
        **_one("consumer_last_poll_timestamp_seconds", "0+0x8"), **_one("consumer_stopped", "1+0x8")}, 4),
    Case("ConsumerLag", "facts are old",
         _one("consumer_lag_seconds", "0+60x8", 'service="notify", topic="attune.intake"'), 6,
         ({"service": "notify", "topic": "attune.intake"},)),
    Case("ConsumerLag", "it never heard a tick",
         _one("consumer_lag_seconds", "Inf Inf Inf Inf", 'service="notify", topic="attune.intake"'), 3,
         ({"service": "notify", "topic": "attune.intake"},)),
    Case("ConsumerLag", "a deployment",
         _one("consumer_lag_seconds", "5 65 5+0x8", 'service="notify", topic="attune.intake"'), 6),
    Case("DeadLettersWaiting", "one waits", _one("dead_letters_waiting", "1+0x8"), 6, INTAKE),
    Case("DeadLettersWaiting", "it was replayed", _one("dead_letters_waiting", "1 1 1 0+0x8"), 6),
    Case("KeysParked", "for an hour", _one("parked_keys", "1+0x70"), 62, INTAKE),
    Case("KeysParked", "for half an hour", _one("parked_keys", "0+0x30 1+0x40"), 62),
)  # fmt: skip

PEOPLE = (
    Case("TimersLate", "nobody fires them", _one("timers_oldest_due_age_seconds", "0+60x8"), 5, INTAKE),
    Case("TimersLate", "a burst is worked off", _one("timers_oldest_due_age_seconds", "0 70 10 0+0x8"), 5),
    Case("TimersSilent", "nobody looks", _one("timers_last_look_timestamp_seconds", "0+0x8"), 4, INTAKE),
    Case("TimersSilent", "somebody looks", _one("timers_last_look_timestamp_seconds", "0+60x8"), 4),
    Case("TimersFailing", "again and again",
         _one("timers_failed_total", "0+1x30", 'service="notify", kind="alert"'), 20,
         ({"service": "notify", "kind": "alert"},)),
    Case("TimersFailing", "once", _one("timers_failed_total", "0+0x9 1+0x30", 'service="notify", kind="alert"'), 20),
    Case("RemindersLate", "one was", {
        **_one("notify_reminder_lateness_seconds_count", "0 3+0x20", 'channel="email"'),
        **_one("notify_reminder_lateness_seconds_bucket", "0 2+0x20", 'channel="email", le="300.0"')}, 9,
        ({"channel": "email"},)),
    Case("RemindersLate", "all were in time", {
        **_one("notify_reminder_lateness_seconds_count", "0 3+0x20", 'channel="email"'),
        **_one("notify_reminder_lateness_seconds_bucket", "0 3+0x20", 'channel="email", le="300.0"')}, 9),
    Case("NoticesFailing", "a mail was refused",
         _one("notify_deliveries_total", "0 1+0x20", 'channel="email", outcome="failed"'), 9,
         ({"channel": "email", "outcome": "failed"},)),
    Case("NoticesFailing", "sent, and dropped on purpose", {
        **_one("notify_deliveries_total", "0+1x20", 'channel="email", outcome="sent"'),
        **_one("notify_deliveries_total", "0+1x20", 'channel="email", outcome="dropped"')}, 9),
    Case("SafetyAlertUnacknowledged", "for 31 minutes",
         _one("notify_oldest_open_alert_age_seconds", "0+60x40", 'service="notify"'), 31, ({},)),
    Case("SafetyAlertUnacknowledged", "taken up after 20",
         _one("notify_oldest_open_alert_age_seconds", "0+60x20 0+0x20", 'service="notify"'), 31),
    Case("SafetyAlertsUnwatched", "nobody measures", {}, 6, ({},)),
    Case("SafetyAlertsUnwatched", "there is none",
         _one("notify_oldest_open_alert_age_seconds", "0+0x10", 'service="notify"'), 6),
    Case("WithdrawalSlow", "one waited", {
        **_one("sessions_withdrawal_hold_seconds_count", "0 2+0x20", 'job="a"'),
        **_one("sessions_withdrawal_hold_seconds_bucket", "0 1+0x20", 'job="a", le="2.5"')}, 5, ({},)),
    Case("WithdrawalSlow", "all were at once", {
        **_one("sessions_withdrawal_hold_seconds_count", "0 2+0x20", 'job="a"'),
        **_one("sessions_withdrawal_hold_seconds_bucket", "0 2+0x20", 'job="a", le="2.5"')}, 5),
    Case("WithdrawalFailing", "the first ever",
         _withdrawals(500, "_x11 1+0x20"), 14, ({},)),
    Case("WithdrawalFailing", "another one",
         _withdrawals(500, "4+0x20 5+0x20"), 25, ({},)),
    Case("WithdrawalFailing", "one long ago", _withdrawals(500, "0 1+0x40"), 30),
    Case("WithdrawalFailing", "it was answered", _withdrawals(201, "0+1x40"), 30),
)  # fmt: skip


def _answered(well: str, failed: str) -> Series:
    gateway = 'service="gateway", status='
    return {
        **_one("http_requests_total", well, f'{gateway}"200"'),
        **_one("http_requests_total", failed, f'{gateway}"503"'),
    }


def _timed(all_: str, quick: str) -> Series:
    gateway = 'service="gateway"'
    return {
        **_one("http_request_duration_seconds_count", all_, gateway),
        **_one("http_request_duration_seconds_bucket", quick, f'{gateway}, le="0.5"'),
    }


OBJECTIVES = (
    Case("GatewayUnavailableFast", "2 % fail for an hour", _answered("0+98x361", "0+0x295 2+2x65"), 360, ({},)),
    Case("GatewayUnavailableFast", "1 % for hours, as bad in six", _answered("0+99x400", "0+1x400"), 390, ({},)),
    Case("GatewayUnavailableFast", "0.5 % fail", _answered("0+995x70", "0+5x70"), 65),
    Case("GatewayUnavailableFast", "an hour of it, over for ten minutes",
         _answered("0+98x361", "0+0x295 2+2x50 102+0x20"), 355),
    Case("GatewayUnavailableFast", "six hours of 1 %, over for forty minutes",
         _answered("0+99x420", "0+1x360 360+0x60"), 400),
    Case("GatewayUnavailableFast", "only the probe of a start fails", {
        **_answered("0+98x70", "0+0x70"),
        **_one("http_requests_total", "0+20x70", 'service="gateway", status="503", route="/readyz"')}, 65),
    Case("GatewayUnavailableFast", "a single one at night", _answered("0+1x70", "0+0x60 1+0x10"), 65),
    Case("GatewayLatencyFast", "most are slow for an hour",
         _timed("0+100x361", "0+100x295 29520+20x65"), 360, ({},)),
    Case("GatewayLatencyFast", "40 % for six hours", _timed("0+100x420", "0+60x420"), 400, ({},)),
    Case("GatewayLatencyFast", "40 %, over for forty minutes", _timed("0+100x420", "0+60x360 21660+100x60"), 400),
    Case("GatewayLatencyFast", "a tenth is", _timed("0+100x70", "0+90x70"), 65),
    Case("GatewayLatencyFast", "an hour of it, over for ten minutes",
         _timed("0+100x361", "0+100x295 29520+20x50 30540+100x20"), 355),
    Case("GatewayUnavailableSlow", "0.2 % for days", _answered("0+998x900", "0+2x900"), 4440, ({},), is_slow=True),
    Case("GatewayUnavailableSlow", "0.05 % for days", _answered("0+1999x900", "0+1x900"), 4440, is_slow=True),
    Case("GatewayUnavailableSlow", "over since yesterday",
         _answered("0+998x900", "0+2x600 1200+0x300"), 4440, is_slow=True),
    Case("GatewayUnavailableSlow", "0.2 % for eight hours",
         _answered("0+998x900", "0+0x785 2+2x110"), 4440, is_slow=True),
    Case("GatewayLatencySlow", "7 % for eight hours",
         _timed("0+100x900", "0+100x785 78593+93x110"), 4440, is_slow=True),
    Case("GatewayLatencySlow", "7 % slow for days", _timed("0+100x900", "0+93x900"), 4440, ({},), is_slow=True),
    Case("GatewayLatencySlow", "4 %, as agreed", _timed("0+100x900", "0+96x900"), 4440, is_slow=True),
)  # fmt: skip

CASES = {"processes": PROCESSES, "events": EVENTS, "people": PEOPLE, "objectives": OBJECTIVES}
"""By the file of the rules."""
