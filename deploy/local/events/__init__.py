"""`attune events …`: what an operator asks of the event path. A file in `commands` is a subcommand."""

import importlib
import pkgutil
from pathlib import Path

import click

_COMMANDS = f"{__name__}.commands"
_FOLDER = Path(__file__).parent / "commands"


class _Subcommands(click.Group):
    """`commands/dead_letters.py` holds `command`, which is `attune events dead-letters`. Loaded when asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return sorted(one.name.replace("_", "-") for one in pkgutil.iter_modules([str(_FOLDER)]))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{_COMMANDS}.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found


@click.group(cls=_Subcommands)
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
