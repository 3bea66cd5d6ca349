"""The walls say what they said, and ask who acts once of a statement (`shared/db/walls.py`)."""

from shared.db.walls import ask_once

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    ask_once()
