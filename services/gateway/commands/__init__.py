"""What the gateway does, by noun."""
