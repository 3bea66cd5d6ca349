"""Sharing one entry of the journal, after seeing what others will see; taking it back."""

from uuid import UUID

from flask import Response, make_response, redirect, request

from services.gateway.language import language, page_texts
from services.gateway.pages import bp
from services.gateway.pages.channels import BY_NAME
from services.gateway.pages.forms import Sent, send
from services.gateway.pages.frame import page
from services.gateway.pages.journal import is_other
from services.gateway.pages.own_couple import OWN_COUPLE, names
from services.gateway.pages.parts import Ask, gather
from services.gateway.pages.view import page_of_ours
from services.gateway.pages.written import etag_seen, version_of

_ONLY_ME = "private"
_AUDIENCES = frozenset({"practitioner", "partner", "both"})


@bp.get("/journal/<uuid:entry_id>/share")
def show_entry_sharing(entry_id: UUID) -> Response:
    return _show(entry_id)


@bp.post("/journal/<uuid:entry_id>/share")
def share_entry(entry_id: UUID) -> Response:
    """Do what was chosen; only with the words that were previewed. Only me: take back what is shared."""
    audience, path = request.form.get("audience", ""), f"me/journal/{entry_id}"
    if audience == _ONLY_ME:
        sent = send("integration", "POST", f"{path}/unshare", {}, step="unshare")
    elif audience in _AUDIENCES:
        body = {"audience": audience}
        sent = send("integration", "POST", f"{path}/share", body, etag=etag_seen(), step=audience)
    else:
        sent = Sent(errors={"audience": page_texts(language())["share_choose"]})
    return make_response(redirect(f"/journal/{entry_id}", 303)) if sent.is_done else _show(entry_id, sent)


@bp.post("/journal/<uuid:entry_id>/unshare")
def unshare_entry(entry_id: UUID) -> Response:
    sent = send("integration", "POST", f"me/journal/{entry_id}/unshare", {}, step="unshare")
    if not sent.is_done:
        return _show(entry_id, sent)
    return make_response(redirect(page_of_ours(request.form.get("next", f"/journal/{entry_id}")), 303))


def _show(entry_id: UUID, sent: Sent | None = None) -> Response:
    parts = gather(
        couple=OWN_COUPLE,
        entry=Ask("integration", f"me/journal/{entry_id}", is_main=True),
        preview=Ask("integration", f"me/journal/{entry_id}/preview", is_main=True),
    )
    entry, preview = parts["entry"].data, parts["preview"].data
    return page(
        "partner/share_entry.html",
        422 if sent else 200,
        entry_id=entry_id,
        audience=entry["audience"],
        preview=preview,
        version=version_of(parts["preview"].etag),
        channel=BY_NAME[preview["channel"]],
        seen=preview["shared"] if is_other(preview["shared"], preview) else None,
        errors=sent.errors if sent else {},
        problem=sent.problem if sent else "",
        typed=request.form if sent else None,
        **names(parts["couple"]),
    )
