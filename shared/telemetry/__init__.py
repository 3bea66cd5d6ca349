"""Logs, metrics and traces: what operations see. Ids, times and counts, never words or people."""
