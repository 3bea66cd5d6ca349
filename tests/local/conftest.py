"""Folders for platforms under test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.folders import open_folder


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """In place of pytest's own, for the reason that `open_folder` gives."""
    with open_folder() as folder:
        yield folder
