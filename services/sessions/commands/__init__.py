"""What sessions does, by noun. Commands take values and the practice's now, never requests."""
