"""Migrations expand first and contract later: what a released program needs stays as it is for one release more.

A revision may add: tables, columns that may be empty or fill themselves, indexes that forbid nothing, policies on what
it adds. Whatever takes away or forbids waits for a revision that says `contracts = "<version>"`: the last version whose
programs used it, which must be older than the one that is being made. docs/operations-backup.md says why.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.settings import SERVICES

ROOT = Path(__file__).resolve().parents[2]
FIRST_RELEASE = {
    "intake": "0006",
    "sessions": "0007",
    "integration": "0005",
    "notify": "0007",
    "gateway": "0007",
}
"""Up to these revisions nobody had data: there was no release to run beside."""

HELPERS = {
    "shared.db.migrations.isolate": "walls off a table that the revision makes",
    "shared.db.migrations.roles": "names",
    "shared.db.walls.ask_once": "has policies say the same in another way",
}
"""What a revision may call beside `op`, and why an older program can live with it."""

_TAKES_AWAY = {"drop_table", "drop_column", "drop_constraint", "drop_index", "rename_table"}
_FORBIDS = {
    "create_unique_constraint", "create_check_constraint", "create_foreign_key", "create_exclude_constraint",
    "create_primary_key",
}  # fmt: skip
_SQL = re.compile(
    r"\b(DROP|RENAME|TRUNCATE|REVOKE|SET\s+NOT\s+NULL|ADD\s+CONSTRAINT|DISABLE|DELETE\s+FROM"
    r"|ALTER\s+(COLUMN\s+\w+\s+)?TYPE|CREATE\s+UNIQUE\s+INDEX|AS\s+RESTRICTIVE|ALTER\s+POLICY)\b",
    re.IGNORECASE,
)


def problems(source: str) -> list[str]:
    """What an expanding revision does that an older program could trip over. Empty for a contracting one."""
    tree = ast.parse(source)
    if contracted(tree) is not None:
        return []
    made = {_first(call) for call in _calls(tree) if _name(call) == "create_table"}
    return [line for call in _calls(tree) for line in _of(call, made)]


def contracted(tree: ast.Module) -> str | None:
    """The version after which nobody uses what this revision takes away."""
    for node in tree.body:
        match node:
            case ast.Assign(targets=[ast.Name(id="contracts")], value=ast.Constant(value=str(version))):
                return version
    return None


def _of(call: ast.Call, made: set[str | None]) -> Iterator[str]:
    name, given = _name(call), {one.arg: one.value for one in call.keywords}
    if name in _TAKES_AWAY:
        yield name
    elif name in _FORBIDS:
        yield f"{name} on what is there"
    elif name == "create_index" and _is_true(given.get("unique")) and _second(call) not in made:
        yield "create_index unique on what is there"
    elif name == "alter_column":
        changes = set(given) - {"comment", "existing_type", "existing_nullable", "existing_server_default"}
        if changes - {"nullable"} or not _is_true(given.get("nullable", ast.Constant(True))):
            yield "alter_column"
    elif name == "add_column":
        yield from _added(call)
    elif name == "execute":
        text = " ".join(
            node.value
            for node in ast.walk(call)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
        )
        found = [one[0] for one in _SQL.finditer(text)]
        # Walls of a table that this very revision makes stand in nobody's way.
        yield from (f"execute {one}" for one in found if not (made and one.upper() == "AS RESTRICTIVE"))


def _added(call: ast.Call) -> Iterator[str]:
    """A column that an older program leaves out must be one that may be left out, and must forbid nothing."""
    for column in (node for node in ast.walk(call) if isinstance(node, ast.Call) and _name(node) == "Column"):
        given = {one.arg: one.value for one in column.keywords}
        may_be_empty = _is_true(given.get("nullable", ast.Constant(True)))
        if not may_be_empty and "server_default" not in given:
            yield "add_column without a default"
        if _is_true(given.get("unique")) or any(
            isinstance(one, ast.Call) and _name(one) in ("ForeignKey", "CheckConstraint")
            for one in column.args
        ):
            yield "add_column that forbids"


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _name(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def _first(call: ast.Call) -> str | None:
    return call.args[0].value if call.args and isinstance(call.args[0], ast.Constant) else None  # type: ignore[return-value]


def _second(call: ast.Call) -> str | None:
    second = call.args[1] if len(call.args) > 1 else None
    return second.value if isinstance(second, ast.Constant) else None  # type: ignore[return-value]


def _is_true(node: ast.AST | None) -> bool:
    return isinstance(node, ast.Constant) and node.value is True


def later() -> list[Path]:
    """Every revision after the first release's."""
    return [
        path
        for service in SERVICES
        for path in sorted((ROOT / "services" / service / "migrations" / "versions").glob("*.py"))
        if path.name[:4] > FIRST_RELEASE[service]
    ]


@pytest.mark.parametrize("path", later(), ids=lambda path: f"{path.parts[-4]}-{path.stem}")
def test_a_revision_only_expands_or_says_that_it_contracts(path: Path) -> None:
    assert problems(path.read_text()) == []
    version = contracted(ast.parse(path.read_text()))
    if version is not None:
        here = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
        assert _numbers(version) < _numbers(here), (
            f"{version} is not released yet: contract in a later version"
        )


def test_a_revision_of_another_kind_has_no_way_around_this() -> None:
    """Nothing but `op` and what `HELPERS` names changes a table, and no revision is out of order."""
    assert [path for path in later() if "exec_driver_sql" in path.read_text()] == []
    called = {
        f"{node.module}.{one.name}"
        for path in later()
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
        and (node.module or "").partition(".")[0] in ("shared", "services")
        for one in node.names
    }
    assert called <= set(HELPERS)
    assert later(), "there are revisions to look at"


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


NOT_NULL = 'op.add_column("t", sa.Column("c", sa.Text, nullable=False))'


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ('op.drop_column("t", "c")', True),
        ('op.rename_table("t", "u")', True),
        ('op.alter_column("t", "c", new_column_name="d")', True),
        ('op.alter_column("t", "c", nullable=False)', True),
        ('op.alter_column("t", "c", type_=sa.BigInteger)', True),
        ('op.alter_column("t", "c", nullable=True)', False),
        (NOT_NULL, True),
        (NOT_NULL.replace("nullable=False", "nullable=False, server_default='x'"), False),
        ('op.add_column("t", sa.Column("c", sa.Text))', False),
        ('op.add_column("t", sa.Column("c", sa.Uuid, sa.ForeignKey("u.id")))', True),
        ('op.create_unique_constraint("n", "t", ["c"])', True),
        ('op.create_index("n", "t", ["c"])', False),
        ('op.create_index("n", "t", ["c"], unique=True)', True),
        (
            'op.create_table("t", sa.Column("c", sa.Uuid))\nop.create_index("n", "t", ["c"], unique=True)',
            False,
        ),
        ('op.create_table("t", sa.Column("c", sa.Uuid, nullable=False))', False),
        ('op.execute("ALTER TABLE t RENAME c TO d")', True),
        ('op.execute(f"ALTER TABLE {t} ALTER COLUMN c SET NOT NULL")', True),
        ('op.execute("CREATE POLICY p ON t AS RESTRICTIVE FOR SELECT USING (true)")', True),
        ('op.execute("GRANT SELECT ON t TO r")', False),
    ],
)
def test_what_an_older_program_would_trip_over_is_found(line: str, is_found: bool) -> None:
    assert bool(problems(line)) is is_found
    assert problems(f'contracts = "0.1.0"\n{line}') == []
