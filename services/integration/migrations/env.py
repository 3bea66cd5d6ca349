"""Alembic's entry point; the work is shared."""

from shared.db.migrations import run

run()
