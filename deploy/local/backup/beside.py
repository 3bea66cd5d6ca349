"""What a restore needs beside the databases: ledgers brought together, the audit's copies begun anew, settings."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from deploy.local.backup.ledgers import copy_ledgers
from deploy.local.backup.opening import Opening
from deploy.local.data_folder import erasures_file
from shared.audit import reading
from shared.audit.outside import OutsideFile
from shared.clock import utcnow
from shared.db.tenancy import Database, Scope
from shared.settings import Settings


def bring_ledgers(backup: Path, beside: Path | None, data: Path) -> None:
    """Add to the platform's own ledgers what the backup and the newer copy beside it hold."""
    for source in (backup, beside):
        if source is not None:
            copy_ledgers(source, data)


def begin_audit_anew(folder: Path, worker_urls: Mapping[str, str], now: datetime | None = None) -> None:
    """Put copies of checkpoints that the databases have lost aside, and write down those that they have.

    What was put aside stays the witness of rows that were sealed after the backup and are gone.
    """
    stamp = (now or utcnow()).strftime("%Y%m%dT%H%M%SZ")
    for service, url in worker_urls.items():
        file = OutsideFile(folder, service)
        if file.path.exists():
            file.path.rename(folder / f"{service}.before-restore-{stamp}.jsonl")
        database = Database(url, pool_size=1, name="restore")
        try:
            with database.transaction(Scope(role="worker")) as db:
                file.append(reading.checkpoints(db))
        finally:
            database.close()


def settings_of(
    service: str, keys: Opening, url: Callable[[str, str], str], log_url: str, data: Path
) -> Settings:
    """Settings of one service's worker, as far as a restore needs them."""
    return Settings(
        service=service,
        database_url=url(service, "app"),
        worker_database_url=url(service, "worker"),
        event_log_url=log_url,
        event_key=keys.event,
        vault_key=keys.vaults[service],
        vault_keys_before=keys.vaults_before[service],
        erasures_file=erasures_file(data, service),
        cursor_key=keys.cursor,
        actor_public_key=keys.actor_public,
        instance="restore",
    )
