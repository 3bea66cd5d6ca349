"""The frozen history of the event contracts: every revision of every version, with its golden samples.

A version (`….v1`) lives on while nothing breaks; when an optional field comes or goes it gets another
revision. `schemas/<type>.r1.json` is a revision's schema, `examples/<type>.r1.full.json` and `….minimal.json`
are its samples. None is ever rewritten: `frozen.sha256` seals them, in the form that `sha256sum -c` reads.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared.events.base import UPCASTS, Event
from shared.events.compatibility import Schema, breaks, meaning
from shared.events.json_schema import json_schema
from shared.events.samples import samples

_NAME = re.compile(r"(?P<type>.+\.v\d+)\.r(?P<revision>\d+)(?:\.(?P<sample>[a-z]+))?\.json")


@dataclass(frozen=True)
class Sample:
    """One golden sample. `payload` is the event's data as it was written then."""

    type: str
    revision: int
    name: str  # full or minimal
    payload: dict[str, Any]


class History:
    """What lies frozen in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seals = folder / "frozen.sha256"

    def types(self) -> set[str]:
        """Every event type that was ever frozen."""
        return {name["type"] for _, name in self._files("schemas")}

    def revisions(self, event_type: str) -> list[Schema]:
        """The type's schemas, oldest first: the first is revision 1."""
        found = {
            int(name["revision"]): path for path, name in self._files("schemas") if name["type"] == event_type
        }
        return [json.loads(found[number].read_text()) for number in sorted(found)]

    def samples(self) -> list[Sample]:
        """Every golden sample ever frozen, in a stable order."""
        return [
            Sample(name["type"], int(name["revision"]), name["sample"], json.loads(path.read_text()))
            for path, name in self._files("examples")
        ]

    def problems(self, events: Mapping[str, type[Event]]) -> list[str]:
        """Sentences on everything in which today's events break what was frozen; empty when nothing."""
        found = self._broken_seals()
        for event_type in sorted(self.types() - events.keys() - UPCASTS.keys()):
            found.append(
                f"{event_type} is gone, but events of it are stored: keep its definition, or lift it to the next"
            )
        for event_type, cls in sorted(events.items()):
            for number, schema in enumerate(self.revisions(event_type), start=1):
                found += [
                    f"{event_type} breaks its revision {number}: {why}. Leave this version as it was and"
                    " define a new one beside it"
                    for why in breaks(schema, json_schema(cls))
                ]
        return found

    def is_due(self, cls: type[Event]) -> bool:
        """Whether today's definition means anything that its newest frozen revision does not."""
        known = self.revisions(cls.TYPE)
        return not known or meaning(known[-1]) != meaning(json_schema(cls))

    def freeze(self, cls: type[Event]) -> None:
        """Write the next revision of this event, its samples, and their seals."""
        stem = f"{cls.TYPE}.r{len(self.revisions(cls.TYPE)) + 1}"
        self._write(f"schemas/{stem}.json", json_schema(cls))
        for name, payload in samples(cls).items():
            self._write(f"examples/{stem}.{name}.json", payload)

    def _write(self, name: str, content: Any) -> None:
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2, sort_keys=True) + "\n")
        seals = {**self._sealed(), name: _digest(path)}
        self._seals.write_text("".join(f"{seals[one]}  {one}\n" for one in sorted(seals)))

    def _sealed(self) -> dict[str, str]:
        """Digest by file name, as written when each was frozen."""
        if not self._seals.exists():
            return {}
        pairs = (line.split("  ", 1) for line in self._seals.read_text().splitlines())
        return {name: digest for digest, name in pairs}

    def _broken_seals(self) -> list[str]:
        sealed = self._sealed()
        there = {
            str(path.relative_to(self._folder))
            for kind in ("schemas", "examples")
            for path in (self._folder / kind).glob("*")
        }
        return [
            *(f"{name} was frozen and is gone: bring it back" for name in sorted(sealed.keys() - there)),
            *(
                f"{name} is not frozen: only this command writes there"
                for name in sorted(there - sealed.keys())
            ),
            *(
                f"{name} was frozen and is changed: bring back what it said"
                for name in sorted(sealed.keys() & there)
                if _digest(self._folder / name) != sealed[name]
            ),
        ]

    def _files(self, kind: str) -> list[tuple[Path, re.Match[str]]]:
        paths = sorted((self._folder / kind).glob("*.json"))
        return [(path, name) for path in paths if (name := _NAME.fullmatch(path.name))]


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
