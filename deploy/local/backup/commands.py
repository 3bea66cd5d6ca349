"""The commands `attune backup` and `attune restore`."""

import importlib
import shutil
from pathlib import Path

import click

from deploy.local.backup import manifest, restoring
from deploy.local.backup.keeping import Keep, keep_of, prune
from deploy.local.backup.ledgers import FOLDERS, copy_ledgers
from deploy.local.backup.opening import holds_keys, is_installation
from deploy.local.backup.place import admin_url_of, in_one_line, in_time, kafka_of, person
from deploy.local.backup.running import server
from deploy.local.backup.saving import Source, made_whole, save
from deploy.local.errors import UserError
from deploy.local.keys import open_keys
from deploy.local.programs import RealPrograms
from deploy.local.progress import say
from shared.path.acts import Operator
from shared.settings import SERVICES
from shared.telemetry import logs

_FOLDER = click.Path(path_type=Path)
_DATA = click.option("--data", type=_FOLDER, envvar="ATTUNE_DATA", default=Path(".attune"), show_default=True,
                     metavar="DIR", help="Data folder of `attune up`; elsewhere the one with `erasures` and `audit`.",
                     )  # fmt: skip
_DATABASE = click.option(
    "--database-url",
    metavar="URL",
    help="A PostgreSQL elsewhere, as a superuser. Default: as attune databases.",
)
_KAFKA = click.option(
    "--kafka", metavar="HOST:PORT", help="The Kafka, if there is one. Default: that of $ATTUNE_EVENT_LOG_URL."
)
_TOOLS = click.option(
    "--tools", type=_FOLDER, metavar="DIR", help="Folder of PostgreSQL's pg_dump and pg_restore."
)


def _keep(_context: click.Context, _option: click.Parameter, text: str | None) -> Keep | None:
    try:
        return None if text is None else keep_of(text)
    except ValueError as error:
        raise click.BadParameter("days, weeks and months to keep one of, such as 7d,4w,12m") from error


@click.command(short_help="Save every database as it is at one moment.")
@click.argument("folder", type=_FOLDER)
@_DATA
@_DATABASE
@_KAFKA
@_TOOLS
@click.option("--dated", is_flag=True, help="Save to a new folder in FOLDER, named by the time (UTC).")
@click.option(
    "--keep",
    callback=_keep,
    metavar="7d,4w,12m",
    help="With --dated: then remove older ones, but all of two days and the newest of so many days, weeks, months.",
)
@click.option(
    "--verify", "what", flag_value="verify", help="Only look whether the backup in FOLDER is whole."
)
@click.option(
    "--keys", "what", flag_value="keys", help="Copy the keys to FOLDER instead: keep it far from backups."
)
@click.option("--ledgers", "what", flag_value="ledgers",
              help="Add to FOLDER who was erased, and the audit's checkpoints: often, on another disk.")  # fmt: skip
def backup(
    folder: Path,
    *,
    data: Path,
    database_url: str | None,
    kafka: str | None,
    tools: Path | None,
    dated: bool,
    keep: Keep | None,
    what: str | None,
) -> None:
    """Save all databases and the embedded event log to FOLDER, while the platform runs or is stopped.

    FOLDER must be new. The keys are never in it: without them nobody reads a private word there, you included. Copy
    them once, and after each change, with --keys. How to restore, and how often to do what: docs/operations-backup.md.
    """
    logs.configure(service="platform", process="backup", level="critical")
    if keep and (what or not dated):
        raise click.UsageError("--keep is for backups of --dated")
    if what == "verify":
        said = manifest.verify(folder)
        say(f"The backup in {folder} is whole: everything up to {said.point}, by Attune {said.program}.")
    elif what == "keys":
        _copy_keys(data, folder)
    elif what == "ledgers":
        _copy_ledgers(data, folder)
    else:
        with in_one_line():
            new = in_time(folder) if dated else folder
            _save(new, data, admin_url_of(database_url), kafka_of(kafka), tools)
            if keep:
                _prune(folder, keep, new)


def _save(folder: Path, data: Path, database_url: str | None, kafka: str | None, tools: Path | None) -> None:
    if holds_keys(folder.absolute().parent):
        raise UserError(f"{folder.absolute().parent} holds keys: a backup must not lie with them")
    with server(data, database_url) as admin_url:
        saved = save(Source(admin_url=admin_url, data=data, kafka=kafka, tools=tools), folder)
    say(f"Saved to {folder}: everything up to {saved.manifest.point}, {saved.size / 1e6:.1f} MB.")
    say(f"Writes waited for {saved.waited_s:.2f} s. Private words in it are sealed.")
    place = data / "keys"
    if place.exists() and not is_installation(place):
        say(f"The keys are not in it. They lie in {place}: copy them apart with attune backup --keys FOLDER.")
    else:
        say("The keys are not in it: keep a copy of the folder of attune keys, far from backups.")


def _prune(folder: Path, keep: Keep, just_made: Path) -> None:
    stay, gone = prune(folder, keep, just_made)
    for one in gone:
        say(f"Removed {one.name}.")
    say(f"{len(stay)} backups stay in {folder}, the oldest {stay[0].name}.")


def _copy_keys(data: Path, folder: Path) -> None:
    if any((near / manifest.NAME).exists() for near in (folder.absolute(), *folder.absolute().parents)):
        raise UserError(
            f"{folder} lies in a backup: keys and backups together are open to whoever finds them"
        )
    keys = data / "keys"
    if is_installation(keys):
        raise UserError(f"{keys} was made by attune keys: copy it as it is (docs/operations.md)")
    open_keys(keys, may_make=False)
    with made_whole(folder) as new:
        shutil.rmtree(new)
        shutil.copytree(keys, new)
        new.chmod(0o700)
        open_keys(new, may_make=False)
    say(f"The keys are copied to {folder}. Whoever has them and a backup reads everything: keep them apart.")


def _copy_ledgers(data: Path, folder: Path) -> None:
    if not any((data / name).is_dir() for name in ("keys", *FOLDERS)):
        raise UserError(f"there is no platform in {data}: name its data folder with --data")
    lines = copy_ledgers(data, folder)
    say(f"{lines} new lines in {folder}: who was erased, and the audit's checkpoints.")


@click.command(short_help="Bring a backup back, into an empty place.")
@click.argument("folder", type=_FOLDER)
@_DATA
@_DATABASE
@_KAFKA
@_TOOLS
@click.option(
    "--keys", type=_FOLDER, metavar="DIR", envvar="ATTUNE_KEYS",
    help="Your copy of the keys, where DATA/keys is missing; or the folder of attune keys.",
)  # fmt: skip
@click.option("--ledgers", "beside", type=_FOLDER, metavar="DIR", help="Your newest copy of the ledgers.")
@click.option("--by", metavar="NAME", default=None, help="Who restores; written down. Default: your login.")
def restore(
    folder: Path, *, data: Path, database_url: str | None, kafka: str | None, tools: Path | None,
    keys: Path | None, beside: Path | None, by: str | None,
) -> None:  # fmt: skip
    """Restore FOLDER into an empty data folder or server, and make it safe. Start nothing before it says done.

    What was erased is erased again. Consent to every medicine session that has not begun is asked for again. Mail that
    may have gone out is held, not sent again. Everybody signs in again.
    """
    logs.configure(service="platform", process="restore", level="critical")
    target = restoring.Target(
        data=data, database_url=admin_url_of(database_url), kafka=kafka_of(kafka), keys=keys, beside=beside,
        tools=tools,
    )  # fmt: skip
    with in_one_line():
        done = restoring.restore(folder, target, Operator(by or person()), _steps())
    say(f"Done: the platform is as it was at {done.manifest.point}. What came after that is lost.")
    say(f"{done.erased_again} erasures were applied again.")
    say(
        "Whoever was erased after the newest ledger that lay there must be erased again (attune vault erase)."
    )
    for name in SERVICES:
        words = importlib.import_module(f"services.{name}.worker").SPEC.restored.says
        if words and done.seen_to.get(name):
            say(f"- {words.format(count=done.seen_to[name])}.")
    say(
        "Now start it, look with attune doctor, and read docs/operations-backup.md: what people must be told."
    )


def _steps() -> restoring.Steps:
    from shared.db.migrations import known_revisions

    programs = RealPrograms()
    return restoring.Steps(
        migrate=programs.migrate,
        known_revisions=known_revisions,
        create_event_log=programs.create_event_log,
        open_door=programs.open_vault,
        tell=lambda line: click.echo(f"{line} …", err=True),
    )
