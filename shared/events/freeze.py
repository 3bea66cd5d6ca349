"""`python -m shared.events.freeze`: freeze what is new in the event contracts, and write the pages made from them.

A change that breaks anything frozen is refused and nothing is written. With `--check` nothing is written at
all: it fails when something is broken, not frozen yet, or out of date. Exit codes: 0 done, 1 refused or out of
date (sentences on standard error), 2 wrong usage.
"""

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path

from shared.events import EVENTS, Event, asyncapi, service_map
from shared.events.history import History
from shared.path.handlers import Handlers
from shared.settings import SERVICES

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "docs" / "events"
_MEND = "run python -m shared.events.freeze and commit what it writes"


def main(args: Sequence[str]) -> int:
    """The command line."""
    if list(args) not in ([], ["--check"]):
        sys.stderr.write("usage: python -m shared.events.freeze [--check]\n")
        return 2
    work = out_of_date if args else freeze
    found = work(History(HERE), PAGES, EVENTS, tables())
    sys.stderr.write("".join(f"{sentence}\n" for sentence in found))
    return 1 if found else 0


def freeze(
    history: History, pages: Path, events: Mapping[str, type[Event]], handlers: Mapping[str, Handlers]
) -> list[str]:
    """Freeze every revision that is due and write the pages; returns why it refuses to, or nothing."""
    if found := history.problems(events):
        return found
    for _, cls in sorted(events.items()):
        if history.is_due(cls):
            history.freeze(cls)
    pages.mkdir(parents=True, exist_ok=True)
    for name, text in contents(history, events, handlers).items():
        (pages / name).write_text(text)
    return []


def out_of_date(
    history: History, pages: Path, events: Mapping[str, type[Event]], handlers: Mapping[str, Handlers]
) -> list[str]:
    """Sentences on what breaks the frozen contracts, is not frozen yet, or is no longer what they say."""
    if found := history.problems(events):
        return found
    found = [
        f"{name} {'has changed since its last' if history.revisions(name) else 'has no'} frozen revision: {_MEND}"
        for name, cls in sorted(events.items())
        if history.is_due(cls)
    ]
    for name, text in contents(history, events, handlers).items():
        page = pages / name
        if not page.exists() or page.read_text() != text:
            found.append(f"docs/events/{name} is not what the definitions say: {_MEND}")
    return found


def contents(
    history: History, events: Mapping[str, type[Event]], handlers: Mapping[str, Handlers]
) -> dict[str, str]:
    """The generated pages by file name."""
    return {
        "asyncapi.json": asyncapi.written(asyncapi.document(events, history.samples())),
        "service-map.md": service_map.page(events, handlers),
    }


def tables() -> dict[str, Handlers]:
    """Every service's handler table. By name: this command looks at the services, `shared` does not know them."""
    return {name: import_module(f"services.{name}.worker").SPEC.handlers for name in SERVICES}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
