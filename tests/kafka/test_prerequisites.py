"""What is missing for the tests is installed, or named in one sentence; nothing is ever skipped."""

from pathlib import Path

import pytest

from deploy.local import prerequisites
from deploy.local.errors import UserError
from tests.kafka.broker import BrokerFailed, KafkaBroker


def test_what_is_there_is_passed_over_in_silence(capsys: pytest.CaptureFixture[str]):
    prerequisites.install([prerequisites.Need("Python", lambda: True, "python3")])
    assert capsys.readouterr() == ("", "")


def test_without_apt_get_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        UserError,
        match=r"need Java 17 or later and Maven and Chromium: .*apt-get install openjdk-17-jre-headless maven chromium",
    ):
        prerequisites.install(prerequisites.NEEDS)


@pytest.mark.parametrize(
    ("told", "good"), [("17.0.15", True), ("21", True), ("11.0.2", False), ("1.8.0_402", False)]
)
def test_only_a_recent_java_will_do(told: str, good: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    java = tmp_path / "java"
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{told}\" 2025-04-15' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert prerequisites.has_java() is good


def test_a_broker_without_its_jars_fails_and_says_how_to_get_them(tmp_path: Path):
    with pytest.raises(BrokerFailed, match="make test"):
        KafkaBroker(tmp_path, libs=tmp_path / "nothing").start()


def _program(folder: Path, name: str, script: str) -> None:
    file = folder / name
    file.write_text(f"#!/bin/sh\necho {name} $* >> {folder}/asked\n{script}\n")
    file.chmod(0o755)


def test_prometheus_is_unpacked_and_never_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    programs, kept = tmp_path / "programs", tmp_path / "kept"
    programs.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setattr(prerequisites, "PROMETHEUS", kept)
    packages = "prometheus_2_amd64.deb prometheus-alertmanager_0_amd64.deb"
    _program(programs, "apt-get", f'case "$*" in *download*) touch {packages};; esac')
    names = "prometheus promtool amtool"
    unpack = f'mkdir -p "$3/usr/bin"; for one in {names}; do echo it > "$3/usr/bin/$one"; done'
    _program(programs, "dpkg-deb", unpack)
    monkeypatch.setattr("shutil.which", lambda name: str(programs / name) if name == "apt-get" else None)
    for _ in range(2):
        prerequisites.fetch_prometheus()
    assert prerequisites.prometheus_program("promtool") == kept / "promtool"
    assert (kept / "prometheus").read_text() == "it\n"
    asked = (programs / "asked").read_text()
    assert " install" not in asked
    assert prerequisites.prometheus_program("amtool") == kept / "amtool"
    assert asked.count("dpkg-deb --extract") == 2, "what is there is left alone"


def test_without_apt_get_one_sentence_says_that_promtool_is_missing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(prerequisites, "PROMETHEUS", tmp_path)
    with pytest.raises(
        UserError, match=r"need Prometheus \(promtool\) .*put them on the PATH .*package prometheus"
    ):
        prerequisites.fetch_prometheus()
