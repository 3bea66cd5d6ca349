"""`attune vault rotate`: wraps every data key by the current key-encryption key."""

import click

from deploy.local.errors import UserError
from deploy.local.events.access import Access
from deploy.local.events.options import SERVICES_ARGUMENT, reaching
from deploy.local.events.output import Output
from shared.path.dead_letters.replaying import WORKER
from shared.path.failpoints import reach
from shared.vault.providers import KeyUnknown
from shared.vault.rotation import BATCH, rewrap_batch, standing
from shared.vault.sealing import SealBroken


@click.command(short_help="Wrap every data key by the current key.")
@SERVICES_ARGUMENT
@click.option("--batch", type=click.IntRange(1, 10_000), default=BATCH, show_default=True,
              help="Data keys per transaction.")  # fmt: skip
@reaching
def command(services: tuple[str, ...], *, batch: int, access: Access, out: Output) -> int:
    """Wrap all data keys that lie under an older key by the current one. What they sealed is not touched.

    Every process must know the new key before: give it to all as ATTUNE_VAULT_KEY with the older one in
    ATTUNE_VAULT_KEYS_BEFORE, start them again, then rotate. Stopped at any moment, it goes on where it was when
    it is run again. Afterwards the older key can be taken away; `attune vault status` says whether it is still needed.
    """
    for service in access.only(services):
        _rotate(service, access, out, batch)
    return 0


def _rotate(service: str, access: Access, out: Output, batch: int) -> None:
    provider = access.vaults[service].provider
    done = 0
    try:
        with access.database(service) as database:
            with database.transaction(WORKER) as db:
                found = standing(db)
            wanted = sum(count for name, count in found.by_name.items() if name != provider.current)
            while True:
                with database.transaction(WORKER) as db:
                    moved = rewrap_batch(db, provider, limit=batch)
                if moved == 0:
                    break
                done += moved
                out.row("progress", service=service, rewrapped=done, of=max(wanted, done))
                out.say(f"{service}: {done} of {max(wanted, done)}")
                reach("vault.after_batch")
    except KeyUnknown as error:
        raise UserError(
            f"{service} has data keys under {error}, which is not at hand: add it to ATTUNE_VAULT_KEYS_BEFORE"
        ) from error
    except SealBroken as error:
        raise UserError(f"a data key of {service} does not open: its row was changed") from error
    out.row("rotated", service=service, rewrapped=done, name=provider.current)
    out.say(f"{service}: all under {provider.current}")
