"""`attune vault …`: keys that wrap, rotation, erasure. A file in `commands` is a subcommand."""

import click

from deploy.local.subcommands import Subcommands


@click.group(cls=Subcommands, package=__name__)
def vault() -> None:
    """Look after the keys of private words: docs/operating-vault.md.

    \b
    Which keys wrap how much?              attune vault status
    A new key for a service (stopped)      attune vault new-key SERVICE
    Wrap everything by the new key         attune vault rotate
    A new data key for a person            attune vault renew --practice ID --person ID
    Erase a person's words for good        attune vault erase --practice ID --person ID
    Erase again after a restored backup    attune vault reapply

    Everywhere: --json prints one object per line. Nothing secret is ever shown.
    """
