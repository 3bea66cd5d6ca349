"""Are the keys there, whole, for nobody else to read, and do they open what lies in the databases?"""

import stat
from collections.abc import Iterator

from deploy.local.doctor.finding import Finding, fail, ok, warn
from deploy.local.doctor.place import Place
from deploy.local.errors import UserError
from deploy.local.keys import open_keys
from shared.db.tenancy import Scope
from shared.vault.opening import VaultShut, try_keys


def check_keys(place: Place) -> Iterator[Finding]:
    if place.keys is not None:
        yield from _files(place)
    for service in place.access.services:
        try:
            with place.access.database(service) as database, database.transaction(Scope(role="worker")) as db:
                try_keys(db, service, place.access.vaults[service].provider)
        except VaultShut as error:
            yield fail(
                "keys",
                str(error).split(":", 1)[0],
                "find the right key; never make a new one",
            )
        except UserError:
            continue
        else:
            yield ok("keys", f"{service}: its key opens what was tried of what it sealed")


def _files(place: Place) -> Iterator[Finding]:
    assert place.keys is not None
    try:
        open_keys(place.keys, may_make=False)
    except UserError as error:
        yield fail("keys", str(error).split(":", 1)[0], "put the file back from your copy of the keys")
        return
    open_to_others = [
        path.name
        for path in sorted(place.keys.iterdir())
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    ]
    if open_to_others:
        yield warn(
            "keys",
            f"others on this machine may read {', '.join(open_to_others)}",
            f"chmod 600 {place.keys}/*; if somebody may have: attune vault new-key",
        )
    else:
        yield ok("keys", "all key files are whole, and nobody else's to read")
