"""What keeps the containers apart, asked of those that run."""

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from deploy.installation.apart import needs
from shared.settings import SERVICES
from tests.compose.stack import Failed, Stack, docker

OURS = [*SERVICES, *(f"{service}-worker" for service in SERVICES)]
_LOOK = """
import json, os, pathlib, socket, sys
def opens(host, port):
    try:
        socket.create_connection((host, port), 3).close()
    except OSError:
        return False
    return True
keys = pathlib.Path("/var/lib/attune/keys")
asked = [*json.loads(sys.argv[2]), "", "vault_key_intake", "operator_key"]
readable = [name for name in asked if os.access(keys / name, os.R_OK)]
own = pathlib.Path(os.environ["ATTUNE_KEYS"])
try:
    pathlib.Path("/opt/attune/written").write_text("")
    is_written = True
except OSError:
    is_written = False
print(json.dumps({"readable": readable, "own": sorted(f.name for f in own.iterdir()), "uid": os.getuid(),
    "is_written": is_written, "reached": [p for p in json.loads(sys.argv[1]) if opens(*p)],
    "caps": [l.split()[1] for l in open("/proc/self/status") if l.startswith("CapEff")][0]}))
"""


def check_walls(stack: Stack) -> None:
    """Raises Failed where a container may more than it needs."""
    containers = stack.containers()
    for service, one in containers.items():
        _contained(service, one)
    _check_ways_out(stack, containers)
    published = {service: sorted(ports) for service, one in containers.items() if (ports := _published(one))}
    expect(set(published) == {"caddy"}, "only caddy to publish ports", published)
    with ThreadPoolExecutor() as at_once:  # most of a look is waiting for what must not answer
        looks = zip(OURS, at_once.map(partial(_look, stack), OURS), strict=True)
    for service, seen in looks:
        expect(
            seen["uid"] == 10001 and set(seen["caps"]) == {"0"}, f"{service} to be nobody in particular", seen
        )
        expect(not seen["is_written"], f"{service} not to write to its image", seen)
        expect(
            seen["readable"] == [f"for/{service}"],
            f"{service} to read its own secrets alone",
            seen["readable"],
        )
        expect(seen["own"] == sorted(needs()[service]), f"{service} to have what it needs", seen["own"])
        expect(
            {host for host, _ in seen["reached"]} == _reachable(service),
            f"{service} to reach its own",
            seen,
        )


def _look(stack: Stack, service: str) -> Any:
    """What a process of this container's own user can read, write and reach."""
    places = [["postgres", 5432], ["kafka", 9092], *([name, 8000] for name in SERVICES)]
    folders = [f"for/{process}" for process in needs()]
    return json.loads(stack.exec(service, "python3", "-c", _LOOK, json.dumps(places), json.dumps(folders)))


def _check_ways_out(stack: Stack, containers: Mapping[str, Any]) -> None:
    """Certificates, mail and practices' sign-in lie outside; nobody else has a way there."""
    label = f"label=com.docker.compose.project={stack.project}"
    networks = json.loads(
        docker("network", "inspect", *docker("network", "ls", "-q", "--filter", label).split())
    )
    open_ones = {one["Name"] for one in networks if not one["Internal"]}
    out = {name for name, one in containers.items() if open_ones & set(one["NetworkSettings"]["Networks"])}
    expect(out == {"caddy", "gateway", "notify-worker"}, "three containers to have a way out", out)


def _reachable(service: str) -> set[str]:
    name, _, kind = service.partition("-")
    if service == "gateway":
        return {"postgres", *SERVICES}
    return {"postgres", name, "gateway", *(["kafka"] if kind else [])}


def _contained(service: str, one: Any) -> None:
    host, user = one["HostConfig"], one["Config"]["User"]
    expect(user.split(":")[0] not in ("", "0", "root"), f"{service} not to be root", user)
    expect(host["ReadonlyRootfs"] is True, f"{service} to be read-only", host["ReadonlyRootfs"])
    expect(host["CapDrop"] == ["ALL"], f"{service} to have no capabilities", host["CapDrop"])
    expect(not host["Privileged"], f"{service} not to be privileged", host["Privileged"])
    expect("no-new-privileges:true" in host["SecurityOpt"], f"{service} to gain none", host["SecurityOpt"])
    expect(
        host["Memory"] > 0 and host["NanoCpus"] > 0 and host["PidsLimit"] > 0,
        f"{service} to have limits",
        host,
    )


def _published(one: Any) -> list[str]:
    ports = one["NetworkSettings"]["Ports"] or {}
    return [port for port, bindings in ports.items() if bindings]


def expect(is_so: bool, expected: str, seen: object) -> None:
    if not is_so:
        raise Failed(f"expected {expected}, saw {seen}")
