"""`attune vault renew`: begins a new data key for one person's words. Written down, like every operator's act."""

from uuid import UUID

import click

from deploy.local.events.access import Access, models_of
from deploy.local.events.options import SERVICES_ARGUMENT, asking, reaching
from deploy.local.events.output import Output
from deploy.local.vault.commands.erase import CLASSES
from shared.db.private import owners_of
from shared.db.tenancy import Scope
from shared.path.acts import Act, Operator, write_act


@click.command(short_help="Begin a new data key for one person's words.")
@SERVICES_ARGUMENT
@click.option("--practice", type=click.UUID, required=True, help="The practice's id.")
@click.option("--person", type=click.UUID, required=True, help="Whose words: a person's id.")
@asking(is_required=True)
@reaching
def command(
    services: tuple[str, ...], *, practice: UUID, person: UUID, by: str, because: str | None,
    access: Access, out: Output,
) -> int:  # fmt: skip
    """Seal what one person writes from now on under a new data key, for when somebody may have seen the one they had.

    What lies there moves to the new key when it is next written; until then the older one stays, to open it.
    """
    operator = Operator(by, because)
    for service in access.only(services):
        renewed = 0
        with (
            access.database(service) as database,
            database.transaction(Scope(practice, role="worker")) as db,
        ):
            vault = access.vaults[service]
            for owner in owners_of(db, models_of(service), person):
                for each in CLASSES:
                    if not vault.has_key(db, owner, each):
                        continue
                    generation = vault.renew_key(db, owner, each)
                    asked = {
                        "practice_id": str(practice), "owner_id": str(owner), "data_class": each,
                        "generation": generation,
                    }  # fmt: skip
                    write_act(db, operator, Act.KEY_RENEWED, asked=asked)
                    renewed += 1
        out.row("renewed", service=service, keys=renewed)
        out.say(f"{service}: {renewed} new keys")
    return 0
