"""Every service has the same shape, and no module grows past what a reader can hold."""

import ast
import importlib
from pathlib import Path

import pytest

from shared.settings import SERVICES

ROOT = Path(__file__).resolve().parents[2]
NEEDED = (
    "app",
    "worker",
    "models",
    "domain",
    "commands",
    "queries",
    "handlers",
    "snapshots",
    "policy",
    "problems",
    "schemas",
    "routes",
)
VAGUE = {"utils.py", "util.py", "helpers.py", "helper.py", "misc.py", "common.py", "tools.py"}
OURS = [
    path
    for folder in ("services", "shared", "deploy", "tests")
    for path in (ROOT / folder).rglob("*.py")
    if "versions" not in path.parts
]


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_the_same_files(service: str) -> None:
    folder = ROOT / "services" / service
    missing = [
        name for name in NEEDED if not (folder / f"{name}.py").exists() and not (folder / name).is_dir()
    ]
    assert missing == []
    assert (folder / "migrations" / "env.py").read_text() == (
        ROOT / "services" / "intake" / "migrations" / "env.py"
    ).read_text()


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_opens_with_its_card(service: str) -> None:
    card = importlib.import_module(f"services.{service}").__doc__ or ""
    for word in ("owns", "Emits", "Listens to"):
        assert word in card, f"services/{service}/__init__.py says what it owns, emits and listens to"


@pytest.mark.parametrize("path", OURS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_holds_one_idea(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 300, "split it by noun"
    assert path.name not in VAGUE, "name it after what it holds"


@pytest.mark.parametrize(
    "path", [path for path in OURS if "tests" not in path.parts], ids=lambda path: str(path.relative_to(ROOT))
)
def test_every_module_says_what_it_is(path: Path) -> None:
    text = path.read_text()
    assert not text.strip() or ast.get_docstring(ast.parse(text)), "a module begins with a docstring"
