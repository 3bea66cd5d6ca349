"""Pages for operators: how services are, what was put aside, what is late. Ids, types and times, no words."""

from services.gateway.pages.ops import events, letters, reference, services, sign_in, timers

__all__ = ["events", "letters", "reference", "services", "sign_in", "timers"]
