"""The event path as a state machine: real databases, a real log, and trouble at every place where a part waits."""
