"""The reader's own couple on a page: whom they may share with, and how that person is called."""

from collections.abc import Mapping
from typing import Any

from services.gateway.language import language, page_texts
from services.gateway.pages.parts import Ask, Part

OWN_COUPLE = Ask("intake", "me/couple")


def names(couple: Part) -> Mapping[str, Any]:
    """For templates: `other`, a name or "your partner"; `partner_name` and `own_name`, which may be empty.

    `has_partner` is true while it is not known.
    """
    data = couple.data or {"me": {"display_name": ""}, "partner": {"display_name": ""}}
    other = (data["partner"] or {}).get("display_name")
    return {
        "partner_name": other or "",
        "other": other or page_texts(language())["other_partner"],
        "own_name": data["me"]["display_name"],
        "has_partner": data["partner"] is not None,
    }
