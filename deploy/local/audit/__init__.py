"""`attune audit …`: what an auditor asks. A file in `commands` is a subcommand."""

import click

from deploy.local.subcommands import Subcommands


@click.group(cls=Subcommands, package=__name__)
def audit() -> None:
    """Look at who looked: docs/audit.md.

    \b
    Was anything changed, taken out or put in?  attune audit verify
    Who looked at this person's data?           attune audit show --about PERSON_ID
    What does an auditor check signatures with? attune audit key

    Everywhere: --json prints one object per line. Without --data, in a worker's container, the settings of that
    worker are used.
    """
