"""Names for ids: who works here, and the partners of couples, as the reader may know them."""

from typing import Any

from services.gateway import queries
from services.gateway.pages.parts import Part
from shared.web.context import transaction


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
