"""Settings as the environment gives them: in a variable, in a file that …_FILE names, or in a folder of secrets.

ATTUNE_KEYS names such a folder: its file `event_key` is ATTUNE_EVENT_KEY, where nothing else says what that is.
"""

import os
from pathlib import Path
from typing import Any

from environs import FileAwareEnv

FOLDER = "ATTUNE_KEYS"


class Environment(FileAwareEnv):
    """Reads text without the white space around it. Raises ValueError when a file can't be read."""

    def __init__(self) -> None:
        super().__init__(strip_whitespace=True)

    def has(self, name: str) -> bool:
        """Whether somebody says what `name` is, and not that it is empty."""
        return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE") or self._in_folder(name))

    def _get_value(self, env_key: str, default: Any) -> Any:
        if name_is_free(env_key) and (text := self._in_folder(env_key)) is not None:
            return text
        return super()._get_value(env_key, default)

    def _in_folder(self, name: str) -> str | None:
        """What the folder of secrets says, if it has that file."""
        folder = os.environ.get(FOLDER)
        if not folder:
            return None
        try:
            file = Path(folder) / name.removeprefix("ATTUNE_").lower()
            return file.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ValueError(f"{file} can't be read: {error.strerror}") from error


def name_is_free(name: str) -> bool:
    """Whether neither the variable nor its …_FILE is set."""
    return name not in os.environ and f"{name}_FILE" not in os.environ
