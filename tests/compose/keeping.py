"""A backup, everything destroyed, and what there was is there again: by the commands of docs/operations-backup.md."""

import json
import ssl
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from tests.compose.stack import Stack
from tests.compose.walls import expect

_KEYS = "/var/lib/attune/keys"
_OPERATOR_KEY = f"{_KEYS}/for/gateway/operator_key"
ROWS = {
    "attune_gateway": "practice_directory",
    "attune_intake": "couple",
    "attune_integration": "journal_entry",
    "attune_notify": "practice",
    "attune_sessions": "booking",
}
"""Of each database a table in which the journey leaves rows, and which nothing changes while nobody does anything."""


def folders_in(root: Path) -> Mapping[str, str]:
    """Folders of this machine that outlive the stack and that its users may write, by Compose's variable."""
    for name in ("backups", "ledgers", "keys"):
        (root / name).mkdir()
        (root / name).chmod(0o777)
    return {f"ATTUNE_{name.upper()}": str(root / name) for name in ("backups", "ledgers")}


def lose_and_restore(stack: Stack, url: str, trusted: Path, root: Path) -> str:
    """What the restore said. Raises Failed."""
    before, slug = (
        _counted(stack),
        _query(stack, "attune_gateway", "SELECT min(slug) FROM practice_directory"),
    )
    operator_key = stack.exec("gateway", "cat", _OPERATOR_KEY).strip()
    expect(all(before.values()), "rows in every database", before)
    stack.compose("run", "--rm", "-T", "backup")
    [backup] = [f"/backups/{path.name}" for path in (root / "backups").iterdir()]
    stack.compose("run", "--rm", "-T", "backup", backup, "--verify")
    stack.compose("run", "--rm", "-T", "backup", "/ledgers", "--ledgers")
    _tar(stack, root, "-c", "--exclude=./for", ".")
    stack.down(with_volumes=True)
    expect(not stack.leftovers(), "nothing to be left", stack.leftovers())
    _tar(stack, root, "-x")
    said = stack.compose(
        "run", "--rm", "-T", "restore", backup, "--ledgers", "/ledgers", "--by", "compose-test"
    )
    stack.up()
    expect(_counted(stack) == before, f"the rows that there were, {before}", _counted(stack))
    trusted.write_text(
        stack.exec("caddy", "cat", "/data/caddy/pki/authorities/local/root.crt")
    )  # tls is not kept
    expect(_answer(url, slug, operator_key, trusted)["slug"] == slug, f"{slug} to answer", "another")
    return said


def _tar(stack: Stack, root: Path, *arguments: str) -> None:
    """Copy the secrets out, or back in, as their owner."""
    stack.compose(
        "run", "--rm", "--no-deps", "-T", "--volume", f"{root / 'keys'}:/copy", "--entrypoint", "tar",
        "keys", "-C", _KEYS, "-f", "/copy/keys.tar", *arguments,
    )  # fmt: skip


def _counted(stack: Stack) -> dict[str, int]:
    return {name: int(_query(stack, name, f"SELECT count(*) FROM {table}")) for name, table in ROWS.items()}


def _query(stack: Stack, database: str, statement: str) -> str:
    psql = ["psql", "-qAtU", "postgres", "-h", "/var/run/postgresql"]
    return stack.exec("postgres", *psql, database, "-c", statement).strip()


def _answer(url: str, slug: str, operator_key: str, trusted: Path) -> dict[str, object]:
    """What the gateway says of a practice, asked with the operator key that there was before."""
    headers = {"Authorization": f"Operator {operator_key}", "Attune-Practice": slug}
    asked = urllib.request.Request(f"{url}/api/v1/practices/{slug}", headers=headers)
    context = ssl.create_default_context(cafile=str(trusted))
    with urllib.request.urlopen(asked, context=context, timeout=60) as answer:
        said: dict[str, object] = json.load(answer)
    return said
