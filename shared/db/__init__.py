"""Databases: one per service, rows walled off by practice, a role that can't step over the wall."""
