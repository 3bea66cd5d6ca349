"""Files of others that browsers get: unchanged since they were copied, named with licence, and nothing beside them."""

import hashlib
import re
from pathlib import Path

import pytest

from deploy.assets.copying import FILES, ICONS, LUCIDE, ROOT, SPRITE, SPRITE_SHA256, STATIC

NAMED = (ROOT / "THIRD_PARTY.md").read_text()
TEMPLATES = sorted((ROOT / "services" / "gateway" / "templates").rglob("*.html"))
OUR_SCRIPTS = {"attune.js", "passkeys.js"}
HASHES = {**{file.to: file.sha256 for file in FILES}, SPRITE: SPRITE_SHA256}
_LOADS = re.compile(r"""<(?:script|link|img|iframe|source|video|audio|embed|object|use)\b[^>]*""")
_ADDRESS = re.compile(r"""\b(?:src|href|data|srcset|poster)=("(?:\{\{.*?\}\}|[^"])*")""")


@pytest.mark.parametrize("path", list(HASHES), ids=lambda path: path.name)
def test_a_copied_file_is_as_it_was_copied(path: Path) -> None:
    assert hashlib.sha256(path.read_bytes()).hexdigest() == HASHES[path]


@pytest.mark.parametrize("package", sorted({*(file.package for file in FILES), LUCIDE}))
def test_a_package_is_named_with_version_and_licence(package: str) -> None:
    name, _, version = package.rpartition("@")
    (row,) = [
        line
        for line in NAMED.splitlines()
        if re.search(rf"\| {re.escape(name)} {re.escape(version)}\b", line)
    ]
    assert row.strip("| ").rpartition("|")[2].strip(), f"{package} has no licence"


def test_every_icon_that_is_used_is_copied_and_named() -> None:
    of_lucide = NAMED[NAMED.index("## Icons") :].split("\n## ")[0]
    assert sorted(re.findall(r"`i-([a-z0-9-]+)`", of_lucide)) == sorted(set(ICONS))
    assert re.findall(r'id="i-([^"]+)"', SPRITE.read_text()) == sorted(set(ICONS))


@pytest.mark.parametrize(("kind", "ours"), [(".js", OUR_SCRIPTS), (".woff2", set())])
def test_scripts_and_letters_are_ours_or_copied(kind: str, ours: set[str]) -> None:
    copied = {file.to.name for file in FILES if STATIC in file.to.parents and file.to.suffix == kind}
    assert {path.name for path in STATIC.rglob(f"*{kind}")} == ours | copied


MADE = {'"/p/{{ slug }}/colour.css?v={{ colour[1:] }}"'}
"""Of no file, but made by us for each practice: services/gateway/colours.py."""


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_a_template_loads_only_files_of_ours(path: Path) -> None:
    text = path.read_text()
    for tag in _LOADS.findall(text):
        for address in _ADDRESS.findall(tag):
            is_file = re.fullmatch(r'"\{\{ file\("[a-z0-9_./-]+"\) \}\}(#.*)?"', address)
            assert is_file or address in MADE, f"{path.name} loads {address}"
    assert not re.search(r"(?i)<style|\bstyle=|<script(?![^>]*\bsrc=)|\son[a-z]+=", text), (
        "inline style or script"
    )


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_a_style_sheet_loads_only_files_beside_it(path: Path) -> None:
    text = path.read_text()
    assert "@import" not in text
    for address in re.findall(r"url\(([^)]+)\)", text):
        assert (path.parent / address.strip("\"'")).is_file(), address
