"""What intake does, by noun. Locks are taken in the order partner, couple, break-glass."""
