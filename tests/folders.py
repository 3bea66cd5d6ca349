"""Folders that a PostgreSQL under test can live in."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def open_folder() -> Iterator[Path]:
    """A folder outside pytest's own root: every pytest that starts closes that root to all but its owner, and
    a PostgreSQL of another one, run as the system user, would lose the way to its data."""
    with tempfile.TemporaryDirectory(prefix="attune-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)
