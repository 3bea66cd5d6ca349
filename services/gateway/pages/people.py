"""Names for ids: who works here, and the partners of couples, as the reader may know them."""

from dataclasses import replace
from typing import Any

from services.gateway import queries
from services.gateway.pages.parts import Ask, Part, gather
from shared.web.context import transaction

COUPLES = Ask("intake", "couples", {"limit": "100"})
"""The first of the couples that the reader may know: all_couples() has the others."""
_MOST = 1000


def all_couples(first: Part) -> Part:
    """With those that follow what COUPLES gave, 1,000 at most; those that can't be had are left out."""
    items, cursor = first.items, (first.data or {}).get("next_cursor")
    while cursor and len(items) < _MOST:
        more = gather(more=replace(COUPLES, query={"limit": "100", "cursor": cursor}))["more"]
        items += more.items
        cursor = (more.data or {}).get("next_cursor")
    return replace(first, data={**first.data, "items": items}) if first.data else first


def staff_names() -> dict[str, str]:
    """Everybody who works for the practice: name by person id."""
    with transaction() as db:
        return {str(one.person_id): one.display_name or "" for one in queries.staff(db)}


def couple_names(couples: Part) -> dict[str, str]:
    """Both names of each couple in intake's list, by couple id."""
    return {
        one["couple_id"]: " · ".join(each["display_name"] for each in one["partners"])
        for one in couples.items
    }


def partner_names(couples: Part) -> dict[str, str]:
    """Name by person id of the partners in intake's list."""
    return {each["person_id"]: each["display_name"] for one in couples.items for each in one["partners"]}


def options(names: dict[str, str]) -> list[tuple[str, str]]:
    """Pairs for a choice, by name."""
    return sorted(names.items(), key=lambda pair: pair[1].casefold())


def couples_of(couples: Part) -> list[dict[str, Any]]:
    """The couples themselves, by the first partner's name."""
    return sorted(couples.items, key=lambda one: one["partners"][0]["display_name"].casefold())
