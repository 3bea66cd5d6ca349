"""What a command prints: text for people, or one JSON object per line. Never both."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import Enum
from uuid import UUID

import click

GAP = 2


class Output:
    """`row` prints only as JSON, `say` and `table` only for people: each place says both, in its own words."""

    def __init__(self, *, is_json: bool) -> None:
        self.is_json = is_json

    def row(self, kind: str, **values: object) -> None:
        """One object. Times are RFC 3339 in UTC, ages whole tenths of a second."""
        if self.is_json:
            click.echo(json.dumps({"kind": kind, **{name: _plain(one) for name, one in values.items()}}))

    def say(self, *lines: str) -> None:
        if not self.is_json:
            for line in lines or ("",):
                click.echo(line)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Columns as wide as they need to be; numbers to the right."""
        if self.is_json:
            return
        cells = [[str(one) for one in row] for row in [header, *rows]]
        widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
        is_number = [
            all(isinstance(row[column], int) for row in rows) and bool(rows) for column in range(len(header))
        ]
        for row in cells:
            parts = [
                text.rjust(width) if right else text.ljust(width)
                for text, width, right in zip(row, widths, is_number, strict=True)
            ]
            click.echo((" " * GAP).join(parts).rstrip())


def warn(line: str) -> None:
    """Something to know that is no result: on standard error, so that JSON stays JSON."""
    click.echo(f"attune: {line}", err=True)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, float):
        return round(value, 1)
    if isinstance(value, Mapping):
        return {str(name): _plain(one) for name, one in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [_plain(one) for one in value]
    return value
