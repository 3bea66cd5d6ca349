"""A backup by the CronJob, something written later, every database out of the way, and what there was is there again.

By the commands of docs/operations-kubernetes.md.
"""

import re
import secrets
import time

from deploy.local.journey.client import Client
from tests.compose.keeping import ROWS
from tests.kubernetes.live.cluster import Failed, say
from tests.kubernetes.live.jobs import run_from
from tests.kubernetes.live.platform import DATABASES, URL, Platform

_PRACTICES = "SELECT slug FROM practice_directory ORDER BY slug"
_ASIDE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'attune_{area}';"
    " ALTER DATABASE attune_{area} RENAME TO before_{area}"
)
_KNOWN_S = 120.0


def lose_and_restore(platform: Platform, version: str) -> dict[str, object]:
    """Seconds that it took, and what the restore said last. Raises Failed."""
    cluster, before = platform.cluster, counted(platform)
    practices = platform.rows("gateway", _PRACTICES)
    expect(all(before.values()), f"every database should have rows to lose, and they have {before}")
    began = time.monotonic()
    saved = re.search(r"Saved to /backups/(\S+):", run_from(cluster, "backup", "backup-by-hand"))
    backup_s, name = time.monotonic() - began, saved[1] if saved else "the program named none"
    whole = run_from(cluster, "backup", "backup-verify", "backup", f"/backups/{name}", "--verify")
    expect("is whole" in whole, f"the backup on its volume should be whole, and the program said: {whole}")
    ledgers = run_from(
        cluster, "backup", "backup-ledgers", "backup", "/backups/ledgers", "--ledgers", "--data", "/outside"
    )
    expect("new lines" in ledgers, f"the ledgers should be copied apart, and the program said: {ledgers}")
    say(f"  a backup after {backup_s:.0f} s: {name}")
    later = write_later(platform)
    changed = counted(platform)
    expect(changed != before, f"something should have been written after the backup, and all is {before}")

    platform.stop()
    for area in DATABASES:
        platform.sql("postgres", _ASIDE.format(area=area))
    cluster.ours("create", "configmap", "restore", f"--from-literal=BACKUP={name}")
    began = time.monotonic()
    said = run_from(cluster, "restore", "restore-1")
    restore_s = time.monotonic() - began
    expect("Done: the platform is as it was" in said, f"the restore should say that it is done, not: {said}")
    after = counted(platform)
    expect(
        after == before, f"after the restore there should be the rows that there were, {before}, not {after}"
    )
    ready_s = platform.start(version)
    expect(
        platform.rows("gateway", _PRACTICES) == practices,
        f"the practices should be those of the backup, and {later}, of later, should be gone",
    )
    for slug, status in ((practices[0], 200), (later, 404)):
        seen = operator(platform, practice=slug).get(f"/practices/{slug}").status
        expect(seen == status, f"the gateway should answer {status} for the practice {slug}, not {seen}")
    found: dict[str, object] = {
        "backup_s": round(backup_s, 1),
        "restore_s": round(restore_s, 1),
        "ready_after_s": round(ready_s, 1),
        "rows": before,
    }
    say(f"brought back from the backup: {found}")
    return found


def write_later(platform: Platform) -> str:
    """A practice that the backup can't know, once every service knows it; its slug."""
    slug = f"later-{secrets.token_hex(5)}"
    operator(platform).make(
        "/practices", {"name": "Later", "slug": slug, "zone": "America/Denver", "is_demo": True}
    )
    [practice_id] = platform.rows(
        "gateway", f"SELECT practice_id FROM practice_directory WHERE slug = '{slug}'"
    )
    known = f"SELECT 1 FROM practice WHERE practice_id = '{practice_id}'"
    platform.cluster.until(
        f"the practice {slug} known to every service",
        lambda: all(platform.rows(name, known) for name in DATABASES),
        within_s=_KNOWN_S,
    )
    return slug


def operator(platform: Platform, practice: str | None = None) -> Client:
    return Client(URL, authorization=f"Operator {platform.operator_key}", practice=practice)


def counted(platform: Platform) -> dict[str, int]:
    """Of each database the rows of one table that nothing changes while nobody does anything."""
    return {
        database: int(platform.rows(database.removeprefix("attune_"), f"SELECT count(*) FROM {table}")[0])
        for database, table in ROWS.items()
    }


def expect(is_so: bool, otherwise: str) -> None:
    if not is_so:
        raise Failed(otherwise)
