"""The checks, in the order in which they are shown. Each is a generator of findings; a new one is added here."""

from collections.abc import Callable, Iterator, Mapping

from deploy.local.doctor.checks.audit import check_audit
from deploy.local.doctor.checks.clock import check_clock
from deploy.local.doctor.checks.databases import check_databases
from deploy.local.doctor.checks.disk import check_disk
from deploy.local.doctor.checks.erasures import check_erasures
from deploy.local.doctor.checks.event_log import check_event_log
from deploy.local.doctor.checks.keys import check_keys
from deploy.local.doctor.checks.mail import check_mail
from deploy.local.doctor.checks.roles import check_roles
from deploy.local.doctor.finding import Finding
from deploy.local.doctor.place import Place

Check = Callable[[Place], Iterator[Finding]]

CHECKS: Mapping[str, Check] = {
    "databases": check_databases,
    "roles": check_roles,
    "event log": check_event_log,
    "clock": check_clock,
    "mail": check_mail,
    "keys": check_keys,
    "erasures": check_erasures,
    "audit": check_audit,
    "disk": check_disk,
}
