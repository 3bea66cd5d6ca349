"""The event path: outbox, relay, consumer with inbox, dead letters, ticks and timers (EVENTS.md has the design)."""
