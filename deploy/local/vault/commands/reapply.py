"""`attune vault reapply`: erases again what a restored backup brought back. Services do the same when they start."""

import click

from deploy.local.errors import UserError
from deploy.local.events.access import Access
from deploy.local.events.options import SERVICES_ARGUMENT, reaching
from deploy.local.events.output import Output
from shared.path.dead_letters.replaying import WORKER
from shared.vault.ledger import LedgerDamaged
from shared.vault.opening import reapply


@click.command(short_help="Erase again what a restored backup brought back.")
@SERVICES_ARGUMENT
@reaching
def command(services: tuple[str, ...], *, access: Access, out: Output) -> int:
    """Apply the ledger of erasures to the databases. Doing it again is harmless."""
    for service in access.only(services):
        ledger = access.vaults[service].ledger
        if ledger is None:
            raise UserError("ATTUNE_ERASURES_FILE is not set: there is no ledger to apply")
        try:
            with access.database(service) as database, database.transaction(WORKER) as db:
                applied = reapply(db, ledger.read())
        except LedgerDamaged as error:
            raise UserError(str(error)) from error
        except OSError as error:
            raise UserError(f"{ledger.path} can't be read: {error.strerror}") from error
        out.row("reapplied", service=service, destroyed=applied)
        out.say(f"{service}: {applied} destroyed again")
    return 0
