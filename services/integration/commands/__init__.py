"""What integration does, by noun."""
