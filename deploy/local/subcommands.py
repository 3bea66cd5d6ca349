"""Groups of commands whose subcommands are files: loaded when asked for, so that `attune` starts at once."""

import importlib
import pkgutil

import click


def subcommands_in(package: str) -> type[click.Group]:
    """A group: `commands/dead_letters.py` of the package holds `command`, which is its `dead-letters`."""

    class Subcommands(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
            commands = importlib.import_module(f"{package}.commands")
            return sorted(one.name.replace("_", "-") for one in pkgutil.iter_modules(commands.__path__))

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in self.list_commands(ctx):
                return None
            module = importlib.import_module(f"{package}.commands.{cmd_name.replace('-', '_')}")
            found: click.Command = module.command
            return found

    return Subcommands
