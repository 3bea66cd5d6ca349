"""Is the audit sealed and signed, by the key we have, with a copy outside the database?"""

from collections.abc import Iterator
from datetime import timedelta

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place
from deploy.local.errors import UserError
from shared.audit import reading
from shared.audit.outside import LineDamaged, OutsideFile
from shared.audit.signing import Checkpoint, KeyUnusable, Signer
from shared.db.tenancy import Scope

LATE = timedelta(seconds=60)


def check_audit(place: Place) -> Iterator[Finding]:
    private = place.access.audit_private
    if private is None or place.access.audit_folder is None:
        yield warn(
            "audit",
            "no key or folder of the audit is set here",
            "set ATTUNE_AUDIT_KEY and ATTUNE_AUDIT_FOLDER",
        )
        return
    try:
        key_name = Signer(private).key_name
    except KeyUnusable:
        yield fail("audit", "the audit's key is no Ed25519 key", "put it back from your copy of the keys")
        return
    for service in place.access.services:
        try:
            with place.access.database(service) as database, database.transaction(Scope(role="worker")) as db:
                waiting, made = reading.waiting(db), reading.checkpoints(db)
        except UserError:
            continue
        yield _of(place, service, waiting, made[-1] if made else None, key_name)


def _of(
    place: Place, service: str, waiting: reading.Waiting, newest: Checkpoint | None, key_name: str
) -> Finding:
    assert place.access.audit_folder is not None
    if waiting.oldest_at is not None and place.clock() - waiting.oldest_at > LATE:
        return fail(
            "audit",
            f"{service}: {waiting.rows} rows wait to be sealed for longer than a minute",
            f"does {service}'s worker run? It seals every second",
        )
    try:
        outside = OutsideFile(place.access.audit_folder, service).last()
    except (LineDamaged, OSError):
        return fail(
            "audit",
            f"{service}: the copy of its checkpoints can't be read",
            "mend it from a copy (attune backup --ledgers), and ask who changed it; attune audit verify says more",
        )
    if newest is None:
        return ok("audit", f"{service}: nothing to sign yet")
    if newest.key_name != key_name:
        return warn(
            "audit",
            f"{service}: the newest checkpoint is signed by another key than the one here",
            "is this the right key? Whoever verifies needs both: attune audit verify --key",
        )
    if outside is None or (outside.sequence + 1 < newest.sequence and place.clock() - newest.at > LATE):
        return fail(
            "audit",
            f"{service}: its newest checkpoint has no copy outside the database",
            f"is {place.access.audit_folder} there and writable for the worker?",
        )
    age = place.clock() - newest.at
    return ok("audit", f"{service}: signed {int(age.total_seconds() // 60)} minutes ago, with a copy outside")
