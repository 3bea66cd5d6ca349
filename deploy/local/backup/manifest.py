"""What a backup says of itself: of which moment and version, which files, which keys open it. Nothing secret."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.errors import UserError
from deploy.local.files import write_whole

FORMAT = 1
"""Raise it when an older program could no longer restore a backup."""
NAME = "manifest.json"
_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Manifest:
    point: str  # RFC 3339, UTC: everything committed before it is here, nothing after it
    program: str  # the version of Attune that made it
    postgres: int  # the server's major version
    revisions: Mapping[str, str]  # service → revision of its database
    log: Mapping[str, Any]  # id, kind (embedded, kafka), ends (Kafka: topic/partition → next offset)
    keys: Mapping[str, str]  # service → name of the key that wraps its data keys
    files: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)  # name → bytes, sha256
    format: int = FORMAT

    def write(self, folder: Path) -> None:
        """With its own checksum in the last line, so that a changed manifest shows too."""
        text = json.dumps(asdict(self), indent=1, sort_keys=True)
        write_whole(folder / NAME, f"{text}\n{_seal(text)}\n")


def read(folder: Path) -> Manifest:
    """Raises UserError: no backup there, of a newer format, damaged."""
    try:
        text, _, seal = (folder / NAME).read_text(encoding="utf-8").rstrip("\n").rpartition("\n")
    except FileNotFoundError as error:
        raise UserError(f"there is no backup in {folder}: it has no {NAME}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{folder / NAME} can't be read: {error}") from error
    if seal != _seal(text):
        raise UserError(f"{folder / NAME} is damaged: use another backup")
    said = json.loads(text)
    if said["format"] > FORMAT:
        raise UserError(
            f"the backup in {folder} is of a newer version (format {said['format']}, this program knows"
            f" {FORMAT}): use that version, {said['program']}"
        )
    return Manifest(**said)


def files_of(folder: Path) -> dict[str, dict[str, Any]]:
    """Size and checksum of every file below `folder`, the manifest aside."""
    return {
        path.relative_to(folder).as_posix(): {"bytes": path.stat().st_size, "sha256": checksum(path)}
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != NAME
    }


def verify(folder: Path) -> Manifest:
    """The manifest of a backup whose files are all as they were written. Raises UserError naming the first."""
    manifest = read(folder)
    for name, said in manifest.files.items():
        try:
            is_whole = (folder / name).stat().st_size == said["bytes"] and checksum(folder / name) == said[
                "sha256"
            ]
        except OSError as error:
            raise UserError(f"the backup in {folder} is incomplete: {name} can't be read") from error
        if not is_whole:
            raise UserError(f"the backup in {folder} is damaged: {name} is not what was written")
    return manifest


def checksum(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _seal(text: str) -> str:
    return "sha256 " + hashlib.sha256(text.encode()).hexdigest()
