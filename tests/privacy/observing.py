"""Everything Ana can observe, whole: her own pages and lists, every door to Bo's things, and what was sent to her."""

import re
from collections.abc import Callable, Iterator
from difflib import unified_diff
from typing import Any

from tests.privacy.home import Home

Observed = dict[str, str]
"""Where she looked → status, headers and body as one text."""

_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)?|\d{4}-\d\d-\d\d \d\d:\d\d")
_CURSOR = re.compile(r'(?<="next_cursor": ")[^"]+|(?<="next_cursor":")[^"]+|(?<=cursor=)[\w.=-]+')


def observe(home: Home) -> Observed:
    """Look everywhere. Ids and moments are named by their first appearance in a place, so twins can be compared."""
    found: Observed = {}
    for where, answer in _looks(home):
        words = f"{answer.status_code} {sorted(answer.headers.items())} {answer.get_data(as_text=True)}"
        found[where] = _renamed(words)
    found["what was sent to her"] = _renamed(repr(_sent_to(home)))
    return found


def differences(one: Observed, other: Observed) -> list[str]:
    """Where they differ, each with the lines that only one of them has."""
    return [
        "\n".join([where, *_only(one.get(where, ""), other.get(where, ""))])
        for where in sorted(one.keys() | other.keys())
        if one.get(where) != other.get(where)
    ]


def _only(one: str, other: str) -> Iterator[str]:
    lines = unified_diff(one.splitlines(), other.splitlines(), "one", "other", lineterm="", n=0)
    return (line[:600] for line in lines)


def _renamed(text: str) -> str:
    names: dict[str, str] = {}

    def named(kind: str) -> Callable[[re.Match[str]], str]:
        return lambda match: names.setdefault(match.group(), f"<{kind} {len(names)}>")

    text = _CURSOR.sub("<cursor>", text)
    text = re.sub(r"p-[0-9a-f]{12}", "<practice>", text)
    return _MOMENT.sub("<moment>", _ID.sub(named("id"), text))


def _looks(home: Home) -> Iterator[tuple[str, Any]]:
    """Pairs of a place and its answer. The order is fixed: ids are named by it."""
    ana, couple, bo = home.ana, home.couple_id, home.bo_id
    yield "page /today", home.page()
    for service, paths in {
        "intake": ["/me/couple", "/me/intention", "/me/intention/from-partner"],
        "sessions": ["/me/sessions"],
        "integration": ["/me/journeys", "/me/check-ins"],
        "notify": ["/me/inbox", "/me/preferences"],
    }.items():
        for path in paths:
            yield f"{service}{path}", ana(service).get(path)
    for path in ("/me/journal", "/me/shared-with-me"):
        for size in (100, 1):
            answer = ana("integration").get(f"{path}?limit={size}")
            yield f"integration{path}?limit={size}", answer
            turned = 0
            while (cursor := answer.json["next_cursor"]) and turned < 3:
                turned += 1
                answer = ana("integration").get(f"{path}?limit={size}&cursor={cursor}")
                yield f"integration{path}?limit={size} turned {turned}", answer
    for number, entry in enumerate(ana("integration").get("/me/journal").json["items"]):
        yield f"own entry {number}", ana("integration").get(f"/me/journal/{entry['entry_id']}")
    # Doors that are not hers, to things that are there in one world and not in the other.
    for service, path in (
        ("intake", f"/couples/{couple}"),
        ("intake", f"/couples/{couple}/readiness"),
        ("intake", f"/couples/{couple}/partners/{bo}/intention"),
        ("integration", f"/couples/{couple}/journeys"),
        ("integration", f"/couples/{couple}/partners/{bo}/journal"),
        ("integration", "/safety-concerns"),
        ("notify", "/alerts"),
        ("notify", "/deliveries"),
        ("sessions", "/bookings"),
    ):
        place = path.replace(str(couple), "<couple>").replace(str(bo), "<bo>")
        yield f"door {service}{place}", ana(service).get(path)
    last = (home.made.get("bo entries") or ["00000000-0000-4000-8000-000000000000"])[-1]
    yield "door to what bo wrote last", ana("integration").get(f"/me/journal/{last}")


def _sent_to(home: Home) -> list[Any]:
    sql = (
        "SELECT occasion, channel, state, contact_id IS NULL FROM delivery WHERE person_id = %s"
        " ORDER BY occasion, channel, state"
    )
    return [tuple(row) for row in home.world.rows("notify", home.practice, sql, home.ana_id)]
