"""A partner's own journal: its entries, one of them, and what the other shared from theirs."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from flask import Response, request

from services.gateway.pages import bp
from services.gateway.pages.channels import BY_NAME
from services.gateway.pages.frame import page
from services.gateway.pages.own_couple import OWN_COUPLE, names
from services.gateway.pages.parts import Ask, gather

_AT_ONCE = "20"


@bp.get("/journal")
def show_journal() -> Response:
    """Newest first, some at a time. Nothing on it counts."""
    parts = gather(couple=OWN_COUPLE, entries=Ask("integration", "me/journal", turning(_AT_ONCE)))
    entries = parts["entries"]
    return page(
        "partner/journal.html",
        entries=entries,
        channels=BY_NAME,
        is_later_page="cursor" in request.args,
        more=more_path("/journal", entries.data),
        **names(parts["couple"]),
    )


@bp.get("/journal/shared")
def show_journal_from_partner() -> Response:
    """What the other partner shares of their journal now."""
    asked = Ask("integration", "me/shared-with-me", turning(_AT_ONCE))
    parts = gather(couple=OWN_COUPLE, theirs=asked)
    theirs = parts["theirs"]
    shown = [
        {"heading": BY_NAME[one["channel"]].heading, "text": one["text"], "mood": one["mood"]}
        for one in theirs.items
    ]
    return page(
        "partner/from_partner.html",
        is_down=theirs.is_down,
        back_path="/journal",
        back_words="nav_journal",
        shown=shown,
        more=more_path("/journal/shared", theirs.data),
        **names(parts["couple"]),
    )


@bp.get("/journal/<uuid:entry_id>")
def show_entry(entry_id: UUID) -> Response:
    """One entry, who sees it, and what they see where that differs."""
    parts = gather(
        couple=OWN_COUPLE,
        entry=Ask("integration", f"me/journal/{entry_id}", is_main=True),
        preview=Ask("integration", f"me/journal/{entry_id}/preview"),
    )
    entry = parts["entry"].data
    seen = (parts["preview"].data or {}).get("shared")
    return page(
        "partner/entry.html",
        entry=entry,
        channel=BY_NAME[entry["channel"]],
        seen=seen if is_other(seen, entry) else None,
        seen_channel=BY_NAME[seen["channel"]] if seen else None,
        **names(parts["couple"]),
    )


def is_other(seen: Any, entry: Any) -> bool:
    """Whether something is shared, and in other words than the entry has now."""
    return seen is not None and any(seen[name] != entry[name] for name in ("channel", "text", "mood"))


def turning(at_once: str) -> dict[str, str]:
    """The query of a list: from the page that the address names on."""
    cursor = request.args.get("cursor", "")
    return {"limit": at_once, **({"cursor": cursor} if cursor else {})}


def more_path(path: str, data: Any) -> str:
    """The address of the next page of a list; empty at its end."""
    cursor = (data or {}).get("next_cursor")
    return f"{path}?cursor={quote(cursor, safe='')}" if cursor else ""
