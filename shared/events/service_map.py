"""The service map: who owns which event, who listens, and how. Made from definitions and handler tables.

`python -m shared.events.freeze` writes it to docs/events/service-map.md; a test fails when it is out of date.
"""

from collections.abc import Mapping

from shared.events.base import Event, topic_of
from shared.path.handlers import Handlers

_HEAD = """# Who owns which event, and who listens

Made by `python -m shared.events.freeze` from the definitions in `shared/events` and the tables in each service's
`handlers`; a test fails when it is out of date. Field by field: [asyncapi.json](asyncapi.json).

A **projection** keeps a copy of what happened, many events in one statement. A **reaction** takes one event and
calls a command.

A number on an arrow says how many kinds of event go that way."""


def page(events: Mapping[str, type[Event]], handlers: Mapping[str, Handlers]) -> str:
    """The page in Markdown. `handlers` holds every service's table by its name."""
    told = list(events.values())
    parts = [_HEAD, _diagram(told, handlers), "## Events", _table(told, handlers)]
    for service, table in sorted(handlers.items()):
        parts += [f"## {service}", _card(service, told, table)]
    return "\n\n".join(parts) + "\n"


def listening(definition: type[Event], table: Handlers) -> str:
    """How a service handles an event: projection, reaction, both, or nothing (an empty string)."""
    ways = {"projection": table.projections, "reaction": table.reactions}
    return " and ".join(way for way, handled in ways.items() if definition in handled)


def _diagram(told: list[type[Event]], handlers: Mapping[str, Handlers]) -> str:
    lines = ["```mermaid", "flowchart LR"]
    lines += [f'  {service}["{service}"]' for service in sorted(handlers)]
    for owner in sorted(handlers):
        for listener, table in sorted(handlers.items()):
            heard = [one for one in told if owner == one.OWNER and listening(one, table)]
            if heard:
                lines.append(f"  {owner} -- {len(heard)} --> {listener}")
    return "\n".join([*lines, "```"])


def _table(told: list[type[Event]], handlers: Mapping[str, Handlers]) -> str:
    lines = ["| Event | Version | Owner | Key | Consumers | Meaning |", "|---|---|---|---|---|---|"]
    for one in sorted(told, key=lambda cls: cls.TYPE):
        how = {service: listening(one, table) for service, table in sorted(handlers.items())}
        consumers = ", ".join(f"{service} ({way})" for service, way in how.items() if way) or "none"
        meaning = " ".join((one.__doc__ or "").split())
        late = "" if one.NEEDS_ORDER else " Warns somebody: does not wait behind an event that was put aside."
        lines.append(
            f"| `{one.__name__}` | {one.VERSION} | {one.OWNER} | {one.KEY or 'practice'} | {consumers} "
            f"| {meaning}{late} |"
        )
    return "\n".join(lines)


def _card(service: str, told: list[type[Event]], table: Handlers) -> str:
    owned = sorted({one.__name__ for one in told if service == one.OWNER})
    heard = [one for one in sorted(told, key=lambda cls: cls.TYPE) if listening(one, table)]
    lines = [f"Owns, on topic `{topic_of(service)}`: " + ", ".join(f"`{name}`" for name in owned) + "."]
    lines += ["", "| Listens to | Owner | By |", "|---|---|---|"]
    lines += [f"| `{one.__name__}` | {one.OWNER} | {listening(one, table)} |" for one in heard]
    return "\n".join(lines)
