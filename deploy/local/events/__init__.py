"""`attune events …`: what an operator asks of the event path. A file in `commands` is a subcommand."""

import click

from deploy.local.subcommands import Subcommands


@click.group(cls=Subcommands, package=__name__)
def events() -> None:
    """Look at the event path and mend it: docs/operating-events.md.

    \b
    Is something stuck, where, since when?     attune events lag
    What was put aside, and why?               attune events dead-letters
    What became of this one event?             attune events show EVENT_ID
    Would a replay work?                       attune events replay … --dry-run
    Apply what was put aside                   attune events replay …
    What is being said just now?               attune events tail --follow
    What a service knows of another is wrong   attune events rebuild READER --from OWNER

    Everywhere: --json prints one object per line; ids of people and couples are short tags. Without --data, in
    a worker's container, the settings of that worker are used.
    """
