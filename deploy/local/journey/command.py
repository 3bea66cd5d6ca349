"""The `attune journey` command."""

import json
import os
import sys
import time
from pathlib import Path

import click

from deploy.local.errors import UserError
from deploy.local.journey.faults import Off
from deploy.local.journey.play import play
from deploy.local.journey.progress import shown_progress
from deploy.local.journey.story import Story
from deploy.local.keys import open_keys

NO_KEY = "no operator key: give --operator-key, --data of a platform here, or ATTUNE_OPERATOR_KEY"


@click.command()
@click.option(
    "--url", metavar="URL", help="The platform. Default: http://localhost:$ATTUNE_PORT, or port 8000."
)
@click.option("--operator-key", metavar="KEY",
              help="Default: the key in the data folder, if there is one, else $ATTUNE_OPERATOR_KEY.")  # fmt: skip
@click.option("--data", type=click.Path(path_type=Path), envvar="ATTUNE_DATA", default=Path(".attune"),
              show_default=True, help="Data folder of `attune up`, to read the operator key from.")  # fmt: skip
def journey(url: str | None, operator_key: str | None, data: Path) -> None:
    """Play two couples' whole way through a running platform and check every effect.

    It makes a demo practice of its own, so it can run often and beside itself. One couple goes from the
    enquiry to the integration session; another stops an hour before the medicine session.

    The last line on standard output is JSON: "steps" played, "events": how many distinct effects were seen
    to have happened, each at the view of the person it is meant for, and "seconds". Progress goes to
    standard error. When anything is off, missing or doubled, the step is named there and the exit code is 1.
    """
    address = url or f"http://localhost:{os.environ.get('ATTUNE_PORT') or 8000}"
    key = operator_key or _known_key(data)
    began = time.monotonic()
    try:
        with shown_progress() as progress:
            story = Story(progress)
            play(story, address, key)
    except Off as off:
        click.echo(str(off), err=True)
        sys.exit(1)
    seconds = round(time.monotonic() - began, 1)
    click.echo(json.dumps({"steps": story.steps, "events": story.effects, "seconds": seconds}))


def _known_key(data: Path) -> str:
    """The operator key of the platform in `data`, else the environment's. Raises UserError without either."""
    if (data / "keys").is_dir():
        return open_keys(data / "keys", may_make=False).operator
    if key := os.environ.get("ATTUNE_OPERATOR_KEY"):
        return key
    raise UserError(NO_KEY)
