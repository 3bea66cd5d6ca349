"""`python -m deploy.local.prerequisites`: what `make test` needs and no wheel holds.

One table names it all (NEEDS). What is there already is left alone, without a word. As root on a system
with apt-get the missing packages are installed; elsewhere one sentence per need says what to install.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import UserError

ROOT = Path(__file__).resolve().parents[2]
KAFKA_POM = ROOT / "tests" / "kafka" / "pom.xml"
KAFKA_LIBS = ROOT / ".cache" / "kafka" / "libs"
PROMETHEUS = ROOT / ".cache" / "prometheus"
OLDEST_JAVA = 17


@dataclass(frozen=True)
class Need:
    """A program that must be there, and the Debian package that brings it."""

    name: str
    is_there: Callable[[], bool]
    debian_package: str


def has_java() -> bool:
    """Whether `java` runs and is recent enough for the broker."""
    if shutil.which("java") is None:
        return False
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr  # noqa: S607
    version = re.search(r'version "(\d+)', told)
    return version is not None and int(version[1]) >= OLDEST_JAVA


def has_maven() -> bool:
    return shutil.which("mvn") is not None


def has_chromium() -> bool:
    return shutil.which("chromium") is not None


NEEDS = (
    Need(f"Java {OLDEST_JAVA} or later", has_java, "openjdk-17-jre-headless"),
    Need("Maven", has_maven, "maven"),
    Need("Chromium", has_chromium, "chromium"),
)


def missing(needs: Sequence[Need]) -> list[Need]:
    return [need for need in needs if not need.is_there()]


def install(needs: Sequence[Need]) -> None:
    """Install what is missing of `needs`. Raises UserError saying what to install by hand."""
    lacking = missing(needs)
    if not lacking:
        return
    names = " and ".join(need.name for need in lacking)
    packages = [need.debian_package for need in lacking]
    advice = f"the tests need {names}: install it (Debian and Ubuntu: apt-get install {' '.join(packages)})"
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise UserError(advice)
    print(f"Installing {names} …", flush=True)  # noqa: T201
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        _run(["apt-get", "--quiet", *arguments], f"apt-get failed; {advice}", environment)
    still = missing(lacking)
    if still:
        raise UserError(f"apt-get installed no working {' and '.join(need.name for need in still)}; {advice}")


def fetch_kafka() -> None:
    """Copy the jars that tests/kafka/pom.xml names to .cache/kafka/libs, unless they are there already."""
    done = KAFKA_LIBS / ".complete"
    pom = KAFKA_POM.read_text(encoding="utf-8")
    if done.exists() and done.read_text(encoding="utf-8") == pom:
        return
    print("Fetching Apache Kafka for the tests …", flush=True)  # noqa: T201
    shutil.rmtree(KAFKA_LIBS, ignore_errors=True)  # another version's jars must not mix with this one's
    command = ["mvn", "--quiet", "--batch-mode", "--file", str(KAFKA_POM), "dependency:copy-dependencies"]
    command += ["-DincludeScope=runtime", f"-DoutputDirectory={KAFKA_LIBS}"]
    _run(command, "Maven could not fetch Apache Kafka: see above, then run it again", dict(os.environ))
    done.write_text(pom, encoding="utf-8")  # last, so that an interrupted fetch is begun again


PROMETHEUS_PROGRAMS = {
    "prometheus": ("prometheus", "promtool"),
    "prometheus-alertmanager": (
        "amtool",
    ),  # its server can't be played unpacked: it wants its templates in /usr
}
"""By Debian's package."""


def prometheus_program(name: str) -> Path | None:
    """Where one of these programs lies: beside the tests' other parts, else on the PATH; None: nowhere."""
    mine, found = PROMETHEUS / name, shutil.which(name)
    return mine if mine.exists() else Path(found) if found else None


def fetch_prometheus() -> None:
    """Put the programs of Debian's packages into .cache/prometheus, unless they are to be found already.

    A package is unpacked and not installed: installing it would start a server and make an account for it.
    """
    lacking = [
        package
        for package, programs in PROMETHEUS_PROGRAMS.items()
        if not all(prometheus_program(name) for name in programs)
    ]
    if not lacking:
        return
    advice = (
        "the tests need Prometheus (promtool) and Alertmanager (amtool): put them on the PATH"
        f" (Debian and Ubuntu: package {' and '.join(lacking)})"
    )
    if shutil.which("apt-get") is None:
        raise UserError(advice)
    print("Fetching Prometheus for the tests …", flush=True)  # noqa: T201
    environment = dict(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        if os.geteuid() == 0:
            _run(["apt-get", "--quiet", "update"], f"apt-get failed; {advice}", environment)
        download = ["apt-get", "--quiet", "download", *lacking]
        _run(download, f"apt-get failed; {advice}", environment, folder)
        for file in Path(folder).glob("*.deb"):
            _run(["dpkg-deb", "--extract", str(file), folder], f"dpkg-deb failed; {advice}", environment)
        PROMETHEUS.mkdir(parents=True, exist_ok=True)
        # Moved whole, so that an interrupted fetch is begun again.
        for name in (name for package in lacking for name in PROMETHEUS_PROGRAMS[package]):
            whole = PROMETHEUS / f"{name}.part"
            shutil.copy(Path(folder) / "usr" / "bin" / name, whole)
            whole.rename(PROMETHEUS / name)


def _run(
    command: Sequence[str], failure: str, environment: dict[str, str], folder: str | None = None
) -> None:
    """Run quietly; show what the command said only when it fails."""
    done = subprocess.run(  # noqa: S603
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=folder,
        check=False,
    )
    if done.returncode != 0:
        print(done.stdout[-4000:], file=sys.stderr)  # noqa: T201
        raise UserError(failure)


def main() -> int:
    try:
        install(NEEDS)
        fetch_kafka()
        fetch_prometheus()
    except UserError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
