"""`python -m deploy.assets.copying`: fetch the packages named here and write their files and the icons anew.

Needs npm, and nothing else does: what it writes is committed, and a test compares the hashes.
"""

import hashlib
import io
import re
import subprocess
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "services" / "gateway" / "static"


@dataclass(frozen=True)
class Copied:
    """One file of a package at an exact version, and where it goes."""

    package: str
    path: str
    to: Path
    sha256: str


HTMX = "htmx.org@4.0.1"
AXE = "axe-core@4.14.1"
FIGTREE = "@fontsource-variable/figtree@5.3.0"
FRAUNCES = "@fontsource-variable/fraunces@5.3.0"
ATKINSON = "@fontsource/atkinson-hyperlegible@5.3.0"
LUCIDE = "lucide-static@1.62.0"
FILES = (
    Copied(
        HTMX,
        "dist/htmx.min.js",
        STATIC / "js" / "htmx.min.js",
        "a0abb04f2f45a1f89d1d4844023245537e5e6014c87b144553e0607b4cc32130",
    ),
    Copied(
        AXE,
        "axe.min.js",
        ROOT / "tests" / "browser" / "axe.min.js",
        "29348999450cdf2849a8e70b7912fc2da85a849da39c0d0d5394f51d4a9ed95c",
    ),
    Copied(
        FIGTREE,
        "files/figtree-latin-wght-normal.woff2",
        STATIC / "fonts" / "figtree-latin-wght-normal.woff2",
        "4ba7d3d096695818fe0686be4f1e82c6b05134e18a22260336130335027462dd",
    ),
    Copied(
        FRAUNCES,
        "files/fraunces-latin-opsz-normal.woff2",
        STATIC / "fonts" / "fraunces-latin-opsz-normal.woff2",
        "7234ed860a9cc83045413c4faee63c960a8f2d1917adcf728119307d56e0d783",
    ),
    Copied(
        ATKINSON,
        "files/atkinson-hyperlegible-latin-400-normal.woff2",
        STATIC / "fonts" / "atkinson-hyperlegible-latin-400-normal.woff2",
        "d64ba838ef5472bba248620ec4fd8b5aa7cf0db2908e0bb230600caf279ba7bc",
    ),
    Copied(
        ATKINSON,
        "files/atkinson-hyperlegible-latin-700-normal.woff2",
        STATIC / "fonts" / "atkinson-hyperlegible-latin-700-normal.woff2",
        "140e2bd25a7315c8a062508391426b0d8c3297400c947b8d847be28f73a199f0",
    ),
)
ICONS = (
    *("arrow-right", "bell", "book-open", "building-2", "calendar", "check", "chevron-left", "chevron-right"),
    *(
        "circle",
        "circle-alert",
        "circle-check",
        "circle-dashed",
        "clipboard-list",
        "clock",
        "cloud-off",
        "code",
    ),
    *(
        "copy",
        "door-open",
        "ear",
        "ellipsis",
        "eye",
        "eye-off",
        "file-text",
        "fingerprint",
        "flag",
        "footprints",
    ),
    *("hand", "hand-heart", "heart", "image", "inbox", "key-round", "languages", "leaf", "lock", "log-out"),
    *(
        "mail",
        "message-circle",
        "monitor-smartphone",
        "pause",
        "pen-line",
        "phone",
        "plus",
        "radio",
        "rotate-cw",
    ),
    *("search", "server", "settings", "shield", "smartphone", "sprout", "sun", "timer", "trash-2"),
    *("tree-deciduous", "undo-2", "user-plus", "users", "video", "x"),
)
SPRITE = STATIC / "icons.svg"
SPRITE_SHA256 = "3aa94d9c6571d09f66e82d334b26ed580063d12d3d612a44a5d0804cc7178ca2"


def main() -> None:
    packages: dict[str, dict[str, bytes]] = {}
    for file in FILES:
        if file.package not in packages:
            packages[file.package] = _unpacked(file.package)
        content = packages[file.package][file.path]
        file.to.parent.mkdir(parents=True, exist_ok=True)
        file.to.write_bytes(content)
        _say(file.to, content)
    sprite = sprite_of(_unpacked(LUCIDE))
    SPRITE.write_bytes(sprite)
    _say(SPRITE, sprite)


def sprite_of(lucide: dict[str, bytes]) -> bytes:
    """One file with a symbol for each icon, `i-<name>`."""
    symbols = []
    for name in sorted(set(ICONS)):
        svg = lucide[f"icons/{name}.svg"].decode()
        inner = re.sub(r"\s+", " ", re.sub(r"<!--.*?-->", "", svg[svg.index(">", svg.index("<svg")) + 1 :]))
        inner = inner.replace("</svg>", "").replace("> <", "><").strip()
        symbols.append(f'<symbol id="i-{name}" viewBox="0 0 24 24">{inner}</symbol>')
    return ('<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n").encode()


def _unpacked(package: str) -> dict[str, bytes]:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, package]
        name = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()  # noqa: S603
        packed = (Path(folder) / name).read_bytes()
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        read = {one.name.partition("/")[2]: archive.extractfile(one) for one in archive if one.isfile()}
        return {path: file.read() for path, file in read.items() if file is not None}


def _say(path: Path, content: bytes) -> None:
    print(path.relative_to(ROOT), hashlib.sha256(content).hexdigest())  # noqa: T201


if __name__ == "__main__":
    main()
