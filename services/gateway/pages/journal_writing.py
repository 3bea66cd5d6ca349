"""Writing in the journal: a new page with five channels, any of them, and changing an entry."""

import re
from uuid import UUID

from flask import Response, make_response, redirect, request
from werkzeug.datastructures import MultiDict

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.channels import BY_NAME, CHANNELS
from services.gateway.pages.forms import Sent, send
from services.gateway.pages.frame import page
from services.gateway.pages.parts import Ask, Part, gather
from services.gateway.pages.written import etag_seen, version_of, words

_MOOD = re.compile(r"10|[0-9]")


@bp.get("/journal/new")
def show_new_entry() -> Response:
    return _show_new()


@bp.post("/journal/new")
def write_entries() -> Response:
    """Keep an entry for each channel that has words. Those that can't be kept stay in the form, the others not."""
    texts = {channel.name: text for channel in CHANNELS if (text := words(channel.name))}
    if not texts:
        return _show_new(errors={"feelings": page_texts(language())["journal_one_word"]}, typed=request.form)
    errors: dict[str, str] = {}
    problem = ""
    left = MultiDict({"form_key": request.form.get("form_key", "")})
    for name, text in texts.items():
        body = {"channel": name, "text": text}
        sent = send("integration", "POST", "me/journal", body, step=name, names={"text": name})
        if not sent.is_done:
            errors |= sent.errors
            problem = problem or sent.problem
            left[name] = text
    if errors or problem:
        is_part_kept = len(left) - 1 < len(texts)
        return _show_new(errors=errors, problem=problem, typed=left, is_part_kept=is_part_kept)
    return make_response(redirect("/journal", 303))


@bp.get("/journal/<uuid:entry_id>/change")
def show_entry_to_change(entry_id: UUID) -> Response:
    return _show_change(entry_id, gather(entry=_own(entry_id, is_main=True))["entry"])


@bp.post("/journal/<uuid:entry_id>/change")
def rewrite_entry(entry_id: UUID) -> Response:
    """Keep the words anew, where nobody else changed them since they were shown."""
    mood = request.form.get("mood", "")
    body = {
        "channel": request.form.get("channel", ""),
        "text": words("text"),
        "mood": int(mood) if _MOOD.fullmatch(mood) else None,
    }
    sent = send("integration", "PUT", f"me/journal/{entry_id}", body, etag=etag_seen())
    if not sent.is_done:
        entry = gather(entry=_own(entry_id))["entry"]
        if entry.data is None or any(entry.data[name] != value for name, value in body.items()):
            return _show_change(entry_id, entry, sent)
    return make_response(redirect(f"/journal/{entry_id}", 303))


def _own(entry_id: UUID, *, is_main: bool = False) -> Ask:
    return Ask("integration", f"me/journal/{entry_id}", is_main=is_main)


def _show_new(
    *,
    errors: dict[str, str] | None = None,
    problem: str = "",
    typed: MultiDict[str, str] | None = None,
    is_part_kept: bool = False,
) -> Response:
    return page(
        "partner/new_entry.html",
        422 if errors or problem else 200,
        channels=CHANNELS,
        errors=errors or {},
        problem=problem,
        typed=typed,
        is_part_kept=is_part_kept,
    )


def _show_change(entry_id: UUID, entry: Part, sent: Sent | None = None) -> Response:
    """What was typed stays; words that were kept meanwhile, from another window, are shown beside it."""
    kept = entry.data or {"channel": "", "text": "", "mood": None}
    typed = request.form if sent else None
    version = version_of(entry.etag) or request.form.get("version", "")
    changed = typed is not None and entry.data is not None and version != typed.get("version")
    return page(
        "partner/change_entry.html",
        422 if sent else 200,
        entry_id=entry_id,
        entry=kept,
        version=version,
        channels=CHANNELS,
        by_name=BY_NAME,
        kept_meanwhile=kept["text"] if changed else None,
        errors=sent.errors if sent else {},
        problem=sent.problem if sent else "",
        typed=typed,
    )
