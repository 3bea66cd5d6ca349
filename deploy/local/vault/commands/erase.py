"""`attune vault erase`: destroys the keys of one person's words, for good. Written down, like every operator's act."""

from uuid import UUID

import click

from deploy.local.errors import UserError
from deploy.local.events.access import Access, models_of
from deploy.local.events.options import SERVICES_ARGUMENT, asking, reaching
from deploy.local.events.output import Output
from shared.db.private import owners_of
from shared.db.tenancy import Scope
from shared.path.acts import Act, Operator, write_act
from shared.vault.erasing import destroy_key

CLASSES = ("clinical", "contact")


@click.command(short_help="Erase one person's words for good.")
@SERVICES_ARGUMENT
@click.option("--practice", type=click.UUID, required=True, help="The practice's id.")
@click.option("--person", type=click.UUID, required=True, help="Whose words: a person's id.")
@click.option("--class", "data_class", type=click.Choice(CLASSES), help="Only this class. Default: all.")
@click.option("--yes", is_flag=True, help="Don't ask: what is erased never comes back.")
@asking(is_required=True)
@reaching
def command(
    services: tuple[str, ...], *, practice: UUID, person: UUID, data_class: str | None, yes: bool, by: str,
    because: str | None, access: Access, out: Output,
) -> int:  # fmt: skip
    """Destroy the keys of one person's words in one practice: clinical (answers, journals, notes), contact (addresses).

    Rows stay and show as empty; nothing new is sealed for that person. Where ATTUNE_ERASURES_FILE is set, a
    restored backup is erased again when its services start.
    """
    chosen = access.only(services)
    if not yes and not click.confirm("This can't be taken back. Erase?", err=True):
        raise UserError("nothing was erased")
    operator = Operator(by, because)
    for service in chosen:
        with (
            access.database(service) as database,
            database.transaction(Scope(practice, role="worker")) as db,
        ):
            for owner in owners_of(db, models_of(service), person):
                for each in (data_class,) if data_class else CLASSES:
                    destroy_key(db, owner, each)
                    asked = {"practice_id": str(practice), "owner_id": str(owner), "data_class": each}
                    write_act(db, operator, Act.KEY_DESTROYED, asked=asked)
        out.row("erased", service=service)
        out.say(f"{service}: erased")
    return 0
