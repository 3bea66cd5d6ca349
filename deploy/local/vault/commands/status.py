"""`attune vault status`: how many data keys lie under which key-encryption key. Names of keys are no secrets."""

import click

from deploy.local.events.access import Access
from deploy.local.events.options import SERVICES_ARGUMENT, reaching
from deploy.local.events.output import Output
from shared.path.dead_letters.replaying import WORKER
from shared.vault.rotation import standing


@click.command(short_help="Which keys wrap how many data keys.")
@SERVICES_ARGUMENT
@reaching
def command(services: tuple[str, ...], *, access: Access, out: Output) -> int:
    """Show, per service, how many data keys each key-encryption key wraps, and how many were destroyed.

    Exit code 0: all lie under the current key. 1: some lie under an older one (`attune vault rotate` is still to
    do), or under one that is not at hand.
    """
    lines: list[tuple[object, ...]] = []
    is_settled = True
    for service in access.only(services):
        provider = access.vaults[service].provider
        with access.database(service) as database, database.transaction(WORKER) as db:
            found = standing(db)
        by_name = {provider.current: 0, **found.by_name}
        for name, count in by_name.items():
            state = "current" if name == provider.current else "older" if provider.knows(name) else "missing"
            is_settled = is_settled and state == "current"
            out.row("key", service=service, name=name, state=state, data_keys=count)
            lines.append((service, name, state, count))
        out.row("destroyed", service=service, data_keys=found.destroyed)
        lines.append((service, "", "destroyed", found.destroyed))
    out.table(("service", "key", "state", "data keys"), lines)
    return 0 if is_settled else 1
