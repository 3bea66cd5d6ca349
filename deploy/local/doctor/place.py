"""What a doctor looks at: a platform on one machine by its data folder, or the one that this worker is part of."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from deploy.local.data_folder import erasures_file
from deploy.local.events.access import WORKER_URL, Access, open_access
from shared.clock import utcnow
from shared.settings import SERVICES, from_env


@dataclass(frozen=True, kw_only=True)
class Place:
    """`smtp_url`: None where no mail server was named. `folders`: what must not run full."""

    access: Access
    keys: Path | None
    erasures: Mapping[str, Path]  # service → its file
    smtp_url: str | None
    folders: tuple[Path, ...]
    clock: Callable[[], datetime] = utcnow


def place_of(data: Path | None, database_url: str | None, kafka: str | None, smtp: str | None) -> Place:
    """Raises UserError or SettingsError when there is no platform there, or its settings are wrong."""
    access = open_access(data, database_url, kafka)
    is_worker = data is None and (WORKER_URL in os.environ or f"{WORKER_URL}_FILE" in os.environ)
    if is_worker:
        (service,) = access.services
        settings = from_env(service)
        erasures = {service: settings.erasures_file} if settings.erasures_file else {}
        folders = [path.parent for path in erasures.values()]
        return Place(
            access=access,
            keys=None,
            erasures=erasures,
            smtp_url=smtp or settings.smtp_url,
            folders=tuple(folders + ([settings.audit_folder] if settings.audit_folder else [])),
        )
    root = data or Path(os.environ.get("ATTUNE_DATA") or ".attune")
    return Place(
        access=access,
        keys=root / "keys",
        erasures={name: erasures_file(root, name) for name in SERVICES},
        smtp_url=smtp or os.environ.get("ATTUNE_SMTP_URL") or None,
        folders=(root,),
    )
