"""The journal and what was shared from it."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from services.integration.commands import confidentiality
from services.integration.commands import journal as commands
from services.integration.models import JournalEntry, JournalSnapshot
from services.integration.queries import journal
from services.integration.routes import bp
from services.integration.schemas import (
    EntriesView,
    EntryView,
    OwnSnapshotsView,
    PageQuery,
    PreviewView,
    ShareEntry,
    SnapshotsView,
    ToldByCoupleView,
    ToldSnapshotsView,
    ToldSnapshotView,
    WriteEntry,
)
from shared.audit.looks import concerning
from shared.web.concurrency import check_if_match
from shared.web.context import current_actor, now, respond, transaction
from shared.web.idempotency import once
from shared.web.paging import page
from shared.web.schemas import Nothing


@bp.post("/me/journal")
@bp.arguments(WriteEntry)
@bp.response(201, EntryView)
def write_entry(body: dict[str, Any]) -> Any:
    """Write an entry in one's own journal; nobody else sees it until it is shared."""

    def command(db: Session) -> UUID:
        return commands.write_entry(db, person_id=_me(), **body, now=now(db)).id

    return once(command, show=_own_entry)


@bp.get("/me/journal")
@bp.arguments(PageQuery, location="query")
@bp.response(200, EntriesView)
def list_own_entries(query: dict[str, Any]) -> Any:
    """The partner's own entries, newest first."""
    with transaction() as db:
        by = (JournalEntry.written_at, JournalEntry.id)
        found = page(db, journal.own_entries(_me()), by=by, newest_first=True, **query)
        return {**found, "items": [journal.entry_view(db, entry) for entry in found["items"]]}


@bp.get("/me/journal/<uuid:entry_id>")
@bp.response(200, EntryView)
def show_own_entry(entry_id: UUID) -> Any:
    """One of the partner's own entries."""
    with transaction() as db:
        return respond(_own_entry(db, entry_id))


@bp.put("/me/journal/<uuid:entry_id>")
@bp.arguments(WriteEntry)
@bp.response(200, EntryView)
def rewrite_entry(body: dict[str, Any], entry_id: UUID) -> Any:
    """Write one's own entry anew; what was shared stays as it was."""
    with transaction() as db:
        entry = journal.own_entry(db, _me(), entry_id, lock=True)
        check_if_match(entry.version)
        commands.rewrite_entry(db, entry, **body)
        return respond(journal.entry_view(db, entry))


@bp.get("/me/journal/<uuid:entry_id>/preview")
@bp.response(200, PreviewView)
def preview_entry(entry_id: UUID) -> Any:
    """What others would see if this entry were shared now."""
    with transaction() as db:
        return respond(journal.preview(db, journal.own_entry(db, _me(), entry_id)))


@bp.post("/me/journal/<uuid:entry_id>/share")
@bp.arguments(ShareEntry)
@bp.response(201, EntryView)
def share_entry(body: dict[str, Any], entry_id: UUID) -> Any:
    """Share one entry as it stands now, with the partner or with practitioners."""

    def command(db: Session) -> UUID:
        entry = journal.own_entry(db, _me(), entry_id, lock=True)
        check_if_match(entry.version, is_needed=False)  # with it, only what was previewed is shared
        commands.share_entry(db, entry, **body, now=now(db))
        return entry.id

    return once(command, show=_own_entry)


@bp.post("/me/journal/<uuid:entry_id>/unshare")
@bp.arguments(Nothing)
@bp.response(201, EntryView)
def unshare_entry(_: dict[str, Any], entry_id: UUID) -> Any:
    """Take back what was shared of one entry."""

    def command(db: Session) -> UUID:
        entry = journal.own_entry(db, _me(), entry_id, lock=True)
        commands.unshare_entry(db, entry)
        return entry.id

    return once(command, show=_own_entry)


@bp.get("/me/shared-by-me")
@bp.arguments(PageQuery, location="query")
@bp.response(200, OwnSnapshotsView)
def list_shared_by_me(query: dict[str, Any]) -> Any:
    """What the partner shares of their own journal now, as others see it."""
    with transaction() as db:
        by = (JournalSnapshot.shared_at, JournalSnapshot.id)
        found = page(db, journal.shared_by(_me()), by=by, newest_first=True, **query)
        return {**found, "items": [journal.own_snapshot_view(db, one) for one in found["items"]]}


@bp.get("/me/shared-with-me")
@bp.arguments(PageQuery, location="query")
@bp.response(200, SnapshotsView)
def list_shared_with_me(query: dict[str, Any]) -> Any:
    """What the other partner shared of their journal."""
    with transaction() as db:
        by = (JournalSnapshot.shared_at, JournalSnapshot.id)
        found = page(db, journal.shared_with_partner(_me()), by=by, newest_first=True, **query)
        for snapshot in found["items"]:
            concerning(db, record_id=snapshot.id, about_id=snapshot.person_id)
        return {**found, "items": [journal.snapshot_view(db, snapshot) for snapshot in found["items"]]}


@bp.get("/couples/<uuid:couple_id>/told")
@bp.response(200, ToldByCoupleView)
def list_told_entries(couple_id: UUID) -> Any:
    """That the partners share entries with those who treat them, and which the other reads too, without a word."""
    with transaction() as db:
        found = journal.told_by_couple(db, couple_id)
        for one in found:
            concerning(db, record_id=one["shared_id"], about_id=one["person_id"])
        return {"items": found}


@bp.get("/couples/<uuid:couple_id>/partners/<uuid:person_id>/journal")
@bp.arguments(PageQuery, location="query")
@bp.response(200, ToldSnapshotsView)
def show_partner_journal(query: dict[str, Any], couple_id: UUID, person_id: UUID) -> Any:
    """What one partner shared of their journal with those who treat the couple, and what of it may be raised."""
    with transaction() as db:
        by = (JournalSnapshot.shared_at, JournalSnapshot.id)
        theirs = journal.shared_with_practitioners(couple_id, person_id)
        found = page(db, theirs, by=by, newest_first=True, **query)
        for snapshot in found["items"]:
            concerning(db, record_id=snapshot.id, about_id=snapshot.person_id)
        return {**found, "items": journal.told_views(db, found["items"])}


@bp.post("/couples/<uuid:couple_id>/partners/<uuid:person_id>/journal/<uuid:shared_id>/told-first")
@bp.arguments(Nothing)
@bp.response(201, ToldSnapshotView)
def record_entry_told_first(_: dict[str, Any], couple_id: UUID, person_id: UUID, shared_id: UUID) -> Any:
    """Record that the person was told that this may come up in joint work, before it does."""
    by = _me()

    def record(db: Session) -> UUID:
        snapshot = journal.shared_with_the_practitioner(db, couple_id, person_id, shared_id)
        confidentiality.record_entry_told_first(db, snapshot, by=by, now=now(db))
        return shared_id

    def show(db: Session, ident: UUID) -> Any:
        snapshot = journal.shared_with_the_practitioner(db, couple_id, person_id, ident)
        return journal.told_views(db, [snapshot])[0]

    return once(record, show=show)


def _own_entry(db: Session, entry_id: UUID) -> dict[str, Any]:
    return journal.entry_view(db, journal.own_entry(db, _me(), entry_id))


def _me() -> UUID:
    return current_actor().person_id
