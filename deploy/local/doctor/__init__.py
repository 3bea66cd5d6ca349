"""`attune doctor`: is everything as it must be, and if not, what to do. Looks only: it changes and sends nothing."""
