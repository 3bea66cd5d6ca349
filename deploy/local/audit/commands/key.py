"""`attune audit key`: the public key that checkpoints are signed for, as an auditor keeps it."""

import click

from deploy.local.audit.trusted import public_key
from deploy.local.events.access import Access
from deploy.local.events.options import reaching
from deploy.local.events.output import Output
from shared.audit.signing import keys_from


@click.command(short_help="The public key of the checkpoints.")
@reaching
def command(*, access: Access, out: Output) -> int:
    """Print the public key in PEM. Keep it away from the platform: `verify --key FILE` then trusts it alone."""
    pem = public_key(access)
    [name] = keys_from([pem])
    out.row("key", name=name, pem=pem.decode())
    out.say(pem.decode().rstrip())
    return 0
