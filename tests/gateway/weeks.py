"""A span of time for lists that want one."""

from datetime import timedelta

from shared.clock import utcnow

_FORM = "%Y-%m-%dT00:00:00Z"


def this_week() -> str:
    """As a query: from today on, seven days."""
    now = utcnow()
    return f"from={now:{_FORM}}&until={now + timedelta(days=7):{_FORM}}"
