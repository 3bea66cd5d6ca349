"""Without the extra, or without its setting, nothing is imported and nothing changes."""

import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local import platform
from deploy.local.programs import RealPrograms
from shared.environment import Environment
from shared.settings import SettingsError, Traces, traces_from_env
from shared.telemetry import exporting, trace

NEEDED = {
    "ATTUNE_DATABASE_URL": "postgresql://x", "ATTUNE_WORKER_DATABASE_URL": "postgresql://x",
    "ATTUNE_EVENT_LOG_URL": "postgresql://x", "ATTUNE_EVENT_KEY": "00" * 32, "ATTUNE_VAULT_KEY": "00" * 32,
    "ATTUNE_CURSOR_KEY": "00" * 32, "ATTUNE_ACTOR_PUBLIC_KEY": "x",
}  # fmt: skip
WITHOUT = """
import sys
class Missing:
    def find_spec(self, name, *_):
        if name.split(".")[0] in ("opentelemetry", "requests"):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Missing())
"""
WHAT_USES_IT = """
import deploy.local.platform, services.gateway.app, services.gateway.worker, shared.path.worker, shared.web.serve
from shared.telemetry import exporting, trace
exporting.start(None, service="intake", process="web")
with trace.span(None, "GET /", "server") as one, trace.step("x", "client", {}) as none:
    assert none is None and trace.current() is one.context
assert not any(name.startswith("opentelemetry") for name in sys.modules)
"""
SERVE = "from deploy.local.cli import main; sys.argv = ['attune', 'work', 'intake']; main()"


def test_nothing_is_imported_where_traces_are_switched_off() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + WHAT_USES_IT],
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr


def test_what_is_carried_is_as_it_always_was() -> None:
    parent = trace.TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", "00")
    exporting.start(None, service="intake", process="web")
    with trace.span(parent) as one:
        assert (one.context.trace_id, one.context.flags) == (parent.trace_id, "00")
        with trace.step("x", "client", {}):
            assert trace.current() == one.context
    assert trace.current() is None


def test_missing_packages_are_one_line_that_says_what_to_install() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT + SERVE],
        capture_output=True, text=True, check=False, timeout=30,
        env={**NEEDED, "ATTUNE_TRACES_URL": "http://localhost:4318/v1/traces"},
    )  # fmt: skip
    assert done.returncode == 1
    [line] = done.stderr.splitlines()
    assert "pip install 'attune[traces]'" in line


@pytest.mark.parametrize(
    "url",
    ["localhost:4318", "ftp://x/v1/traces", "http:///v1/traces", "http://x:port/v1/traces", "http://x:4318",
     "http://x/", "http://who:secret@x/v1/traces", "http://x/v1/traces?key=secret"],
)  # fmt: skip
def test_a_wrong_endpoint_is_refused_without_being_quoted(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ATTUNE_TRACES_URL", url)
    with pytest.raises(SettingsError, match="ATTUNE_TRACES_URL is an OTLP/HTTP endpoint") as refused:
        traces_from_env(Environment())
    assert url not in str(refused.value)


def test_a_wrong_share_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ATTUNE_TRACES_URL", "http://x/v1/traces")
    for share in ("0", "2", "some"):
        monkeypatch.setenv("ATTUNE_TRACES_SHARE", share)
        with pytest.raises(SettingsError, match="ATTUNE_TRACES_SHARE"):
            platform.up(platform.Options(data=tmp_path / "data"), RealPrograms())
    assert not (tmp_path / "data").exists()


def test_a_tenth_of_the_traces_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ATTUNE_TRACES_URL", "ATTUNE_TRACES_SHARE"):
        monkeypatch.delenv(name, raising=False)
    assert traces_from_env(Environment()) is None
    monkeypatch.setenv("ATTUNE_TRACES_URL", "https://collector.example.org/v1/traces")
    assert traces_from_env(Environment()) == Traces("https://collector.example.org/v1/traces", 0.1)
