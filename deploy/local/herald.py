"""The last part of a start: wait until everything is ready, make the demo, say the address."""

import sys
import time
from collections.abc import Sequence

import httpx

from deploy.local.errors import UserError
from deploy.local.programs import Programs
from deploy.local.progress import Progress, say
from deploy.local.sockets import url_of
from deploy.local.wiring import Wiring

READY_S = 60.0
_POLL_S = 0.05


def announce(programs: Programs, wiring: Wiring, *, demo: bool, log_name: str) -> None:
    """The body of a process that ends once it has told the address. Exits 1 with one line if it can't."""
    sockets, url = wiring.sockets, wiring.public_url
    internal = [*sockets.web_internal.values(), *sockets.worker_internal.values()]
    checks = [f"{url}/readyz", *(f"{url_of(one)}/readyz" for one in internal)]
    sockets.close()
    progress = Progress()
    try:
        with progress.step("Waiting until every process is ready"):
            wait_until_ready(checks, log_name)
        lines: Sequence[str] = ()
        if demo:
            with progress.step("Making the demo practice"):
                lines = programs.create_demo(url, wiring.keys.operator)
    except (UserError, httpx.HTTPError) as error:
        _fail(str(error) or type(error).__name__)
    except Exception as error:
        _fail(f"the demo practice can't be made: {type(error).__name__}; more in {log_name}")
    say()
    say(f"Attune is ready at {url}")
    for line in lines:
        say(line)
    say("Ctrl-C stops it.")


def wait_until_ready(urls: Sequence[str], log_name: str, *, patience_s: float = READY_S) -> None:
    """Return when each URL has answered 200. Raises UserError that names what is not ready in time."""
    deadline = time.monotonic() + patience_s
    waiting = list(urls)
    last = ""
    with httpx.Client(timeout=2, trust_env=False) as client:
        while waiting:
            try:
                answer = client.get(waiting[0])
                if answer.status_code == 200:
                    waiting.pop(0)
                    continue
                last = f"answers {answer.status_code}"
            except httpx.TransportError:
                last = "does not answer"
            if time.monotonic() > deadline:
                raise UserError(f"not ready after {patience_s:g} s: {waiting[0]} {last}; more in {log_name}")
            time.sleep(_POLL_S)


def _fail(line: str) -> None:
    sys.stderr.write(f"attune: {line}\n")
    sys.exit(1)
