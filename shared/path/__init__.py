"""The event path: outbox, relay, consumer with inbox, dead letters, ticks and timers (design: docs/event-path.md)."""
