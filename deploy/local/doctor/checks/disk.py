"""Is there room: for the databases, the ledgers, the copies of the audit?"""

import shutil
from collections.abc import Iterator

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place

LITTLE, TOO_LITTLE = 2_000_000_000, 300_000_000  # bytes
_DO = "make room (old backups and logs first), or get a larger disk: PostgreSQL stops when it is full"


def check_disk(place: Place) -> Iterator[Finding]:
    for folder in place.folders:
        try:
            free = shutil.disk_usage(folder).free
        except OSError:
            yield fail("disk", f"{folder} is not there", "is its disk mounted?")
            continue
        said = f"{free / 1e9:.1f} GB free at {folder}"
        if free < TOO_LITTLE:
            yield fail("disk", said, _DO)
        elif free < LITTLE:
            yield warn("disk", said, _DO)
        else:
            yield ok("disk", said)
