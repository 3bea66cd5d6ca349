"""The walls say what they said, and ask who acts once of a statement (`shared/db/walls.py`)."""

from shared.db.walls import ask_once

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    ask_once()
