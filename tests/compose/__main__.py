"""Brings the whole stack up, uses it as people do, harms it a little, and takes it down, also on failure.

python -m tests.compose [--stand-ins FOLDER] [--image IMAGE]
"""

import argparse
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.compose import bases, keeping
from tests.compose.stack import ROOT, Failed, Stack
from tests.compose.walls import check_walls, expect

JOURNEY_S = 900
_EVENTS = "SELECT count(*) FROM inbox"


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--stand-ins", type=Path, default=None)
    parser.add_argument("--image", default=None, help="one that is there already; built otherwise")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # taken down then, too
    image = options.image or f"attune:test-{secrets.token_hex(4)}"
    cleaned = ExitStack()
    try:
        chosen = bases.variables(options.stand_ins)
        with step("the image is there"):
            say(
                bases.measured(image, chosen.get("PYTHON_IMAGE"))
                if options.image
                else bases.build_image(image, chosen.get("PYTHON_IMAGE"))
            )
        https, http = _free_port(), _free_port()
        root = Path(cleaned.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        stack = Stack(f"attune-test-{secrets.token_hex(4)}", {
            **chosen,
            **keeping.folders_in(root),
            "ATTUNE_IMAGE": image,
            "ATTUNE_HTTPS_PORT": str(https),
            "ATTUNE_HTTP_PORT": str(http),
            "ATTUNE_PUBLIC_URL": f"https://localhost:{https}",
            "ATTUNE_SMTP_URL": "smtp://mail:1025",
            "ATTUNE_DEMO_MAILBOX_URL": "http://mail:8025",
            "COMPOSE_PROFILES": "mail",
        })  # fmt: skip
        try:
            play(stack, f"https://localhost:{https}", root, with_monitoring="PROMETHEUS_IMAGE" in chosen)
        finally:
            with step("everything is taken down"):
                stack.down(with_volumes=True)
                expect(not stack.leftovers(), "nothing to be left", stack.leftovers())
    except (Failed, subprocess.CalledProcessError) as error:
        # What failed first is what counts, also when taking everything down failed after it.
        for one in (error.__context__, error):
            if isinstance(one, Failed | subprocess.CalledProcessError):
                say(f"\ncompose-test: {one}")
        return 1
    except KeyboardInterrupt:
        return 130
    finally:
        cleaned.close()
        if options.image is None:
            subprocess.run(["docker", "image", "rm", "--force", image], capture_output=True, check=False)
    return 0


def play(stack: Stack, url: str, root: Path, *, with_monitoring: bool) -> None:
    """From nothing to a stack that has lost nothing. Raises Failed."""
    with step("docker compose up, from nothing"):
        stack.up()
    with step("nothing may more than it needs"):
        check_walls(stack)
    with tempfile.TemporaryDirectory() as folder:
        trusted = Path(folder) / "root.crt"
        trusted.write_text(stack.exec("caddy", "cat", "/data/caddy/pki/authorities/local/root.crt"))
        with step("attune journey, through Caddy over TLS"):
            say(journey(stack, url, trusted))
        before = applied(stack)
        expect(before > 0, "events to have been applied", before)
        with step("a container that is killed comes back"):
            _kill_and_wait(stack, "sessions-worker")
            stack.compose("restart", "--timeout", "20", "gateway", "postgres", "kafka")
            stack.up()
        with step("down and up keep everything, secrets too"):
            key = stack.exec("gateway", "sha256sum", "/var/lib/attune/keys/for/gateway/operator_key")
            stack.down(with_volumes=False)
            stack.up()
            again = stack.exec("gateway", "sha256sum", "/var/lib/attune/keys/for/gateway/operator_key")
            expect(key == again, "the same secrets", "others")
            expect(applied(stack) >= before, f"at least {before} applied events", applied(stack))
            say(journey(stack, url, trusted))
        with step("destroyed and brought back, what there was is there"):
            say(keeping.lose_and_restore(stack, url, trusted, root))
        with step("the audit is sound"):
            for service in ("intake", "sessions", "integration", "notify", "gateway"):
                stack.exec(f"{service}-worker", "attune", "audit", "verify", "--service", service)
        if with_monitoring:
            with step("Prometheus finds every process"):
                stack.compose(
                    "--profile", "monitoring", "up", "--detach", "--no-build", "--wait", "prometheus"
                )
                _wait_for_targets(stack)


def journey(stack: Stack, url: str, trusted: Path) -> str:
    """The last line of `attune journey`. Raises Failed with what it printed."""
    key = stack.exec("gateway", "cat", "/var/lib/attune/keys/for/gateway/operator_key").strip()
    attune = [sys.executable, "-c", "from deploy.local.cli import main; main()"]
    done = subprocess.run(
        [*attune, "journey", "--url", url, "--data", "/nowhere"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=JOURNEY_S,
        env={**os.environ, "PYTHONPATH": str(ROOT), "SSL_CERT_FILE": str(trusted), "ATTUNE_OPERATOR_KEY": key},
    )  # fmt: skip
    if done.returncode != 0:
        raise Failed("the journey stopped\n" + "\n".join(done.stderr.splitlines()[-8:]))
    return done.stdout.strip().splitlines()[-1]


def applied(stack: Stack) -> int:
    """How many events notify, which listens to all, has applied."""
    return int(
        stack.exec(
            "postgres",
            "psql",
            "-qAtU",
            "postgres",
            "-h",
            "/var/run/postgresql",
            "attune_notify",
            "-c",
            _EVENTS,
        )
    )


def _kill_and_wait(stack: Stack, service: str) -> None:
    one = stack.containers()[service]
    os.kill(one["State"]["Pid"], 9)
    deadline = time.monotonic() + 180
    while time.monotonic() < deadline:
        now = stack.containers()[service]
        if (
            now["RestartCount"] > one["RestartCount"]
            and now["State"].get("Health", {}).get("Status") == "healthy"
        ):
            return
        time.sleep(2)
    raise Failed(f"{service} did not come back after it was killed")


def _wait_for_targets(stack: Stack) -> None:
    deadline, health = time.monotonic() + 120, {}
    while time.monotonic() < deadline:
        text = stack.exec("intake", "python3", "-c", "import urllib.request as r;"
                          "print(r.urlopen('http://prometheus:9090/api/v1/targets').read().decode())")  # fmt: skip
        active = json.loads(text)["data"]["activeTargets"]
        health = {one["labels"]["instance"]: one["health"] for one in active}
        if len(health) == 10 and set(health.values()) == {"up"}:
            return
        time.sleep(3)
    raise Failed(f"expected ten processes to be scraped, saw {health}")


@contextmanager
def step(what: str) -> Iterator[None]:
    began = time.monotonic()
    say(f"… {what}")
    yield
    say(f"ok {what}: {time.monotonic() - began:.0f} s")


def say(line: str) -> None:
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
