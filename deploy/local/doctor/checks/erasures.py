"""Can an erasure be written down outside the database, and can what is written there be applied again?"""

import os
from collections.abc import Iterator

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place
from shared.vault.ledger import ErasureLedger, LedgerDamaged


def check_erasures(place: Place) -> Iterator[Finding]:
    if not place.erasures:
        yield warn(
            "erasures",
            "no file of erasures is named: a restored backup would bring back what was erased",
            "set ATTUNE_ERASURES_FILE, on a disk that is not restored with the database",
        )
    for service, file in place.erasures.items():
        try:
            count = sum(1 for _ in ErasureLedger(file).read())
        except LedgerDamaged as error:
            yield fail("erasures", f"{service}: {error}", "mend that line from a copy; don't delete the file")
            continue
        except OSError:
            yield fail("erasures", f"{file} can't be read", "give it back to the user that runs Attune")
            continue
        folder = file.parent if file.parent.exists() else file.parent.parent
        if not _may_write(file if file.exists() else folder):
            yield fail(
                "erasures",
                f"{file} can't be written: nobody can be erased now",
                "give it to the user that runs Attune, and look whether its disk is mounted read-only",
            )
            continue
        yield ok("erasures", f"{service}: {count} written down")


def _may_write(path: "os.PathLike[str]") -> bool:
    """Also root is asked: on a disk that is read-only, or marked immutable, not even it may."""
    if os.path.isdir(path):
        return os.access(path, os.W_OK | os.X_OK)
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_APPEND))
    except OSError:
        return False
    return True
