"""Groups of `attune` whose subcommands are files of a package `commands`, loaded when asked for."""

import importlib
import pkgutil

import click


class Subcommands(click.Group):
    """`commands/dead_letters.py` holds `command`, which is `attune events dead-letters`."""

    def __init__(self, *args: object, package: str, **kw: object) -> None:
        """`package` has the package `commands`."""
        super().__init__(*args, **kw)  # type: ignore[arg-type]
        self._package = f"{package}.commands"

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        folder = importlib.import_module(self._package).__path__
        return sorted(one.name.replace("_", "-") for one in pkgutil.iter_modules(folder))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"{self._package}.{cmd_name.replace('-', '_')}")
        found: click.Command = module.command
        return found
