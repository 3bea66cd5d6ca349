"""Logs, metrics and trace context: what operations see. Ids, times and counts, never words or people."""
