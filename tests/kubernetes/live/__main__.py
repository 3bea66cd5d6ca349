"""`python -m tests.kubernetes.live [--kubernetes FOLDER]`: every promise of the manifests, on a real cluster.

Prints what it finds as it goes and one line of JSON at the end. Removes what it made, also when something fails.
"""

import argparse
import json
import secrets
import subprocess
import sys
import time
from pathlib import Path

from deploy.local.journey.faults import Off
from tests.compose.bases import build_image, variables
from tests.kubernetes.live.cluster import Cluster, Failed, say
from tests.kubernetes.live.harm import kill_each_kind, play_journey
from tests.kubernetes.live.keeping import lose_and_restore
from tests.kubernetes.live.load import Load
from tests.kubernetes.live.platform import Platform
from tests.kubernetes.live.walls import check_admission, check_walls

VERSION, NEXT = "0.1.0", "0.1.1-rc"
BEFORE_S, AFTER_S = 5.0, 10.0


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--kubernetes", type=Path, help="folder of up.sh, load-image.sh and down.sh")
    parser.add_argument("--overlay", default=None, help="default: local with --kubernetes, else kind")
    parser.add_argument(
        "--stand-ins", type=Path, help="folder of build.sh; default: stand-in-images beside --kubernetes"
    )
    parser.add_argument("--image", help="of the local docker engine; default: built now")
    parser.add_argument("--keep", action="store_true", help="leave everything as it is at the end")
    given = parser.parse_args()
    cluster = Cluster(given.kubernetes)
    platform = Platform(cluster, given.overlay or ("local" if given.kubernetes else "kind"))
    try:
        cluster.start()
        if given.kubernetes is not None:
            load_images(cluster, given.stand_ins or given.kubernetes.parent / "stand-in-images", given.image)
        found = prove(platform)
    except (Failed, Off, KeyboardInterrupt) as failure:
        say(f"FAILED: {failure}")
        say(_complaints(cluster))
        return 1
    finally:
        if not given.keep:
            clean_up(platform)
    print(json.dumps(found))
    return 0


def _complaints(cluster: Cluster) -> str:
    try:
        return cluster.complaints()
    except Failed as error:  # the cluster itself may be what failed
        return f"and no log can be read: {error}"


def load_images(cluster: Cluster, stand_ins: Path, image: str | None) -> None:
    """Bring the platform's image, as two versions of it, and those of its stores to the node."""
    bases = variables(stand_ins)
    ours = image or f"attune:test-{secrets.token_hex(4)}"
    try:
        if image is None:
            say(build_image(ours, bases["PYTHON_IMAGE"]))
        cluster.load(
            f"{ours}=attune:{VERSION}", f"{ours}=attune:{NEXT}",
            *(f"{bases[name]}={bases[name]}:built" for name in ("POSTGRES_IMAGE", "KAFKA_IMAGE")),
        )  # fmt: skip
    finally:
        if image is None:
            subprocess.run(["docker", "image", "rm", "--force", ours], capture_output=True, check=False)


def clean_up(platform: Platform) -> None:
    try:
        if platform.cluster.was_started:
            platform.cluster.stop()
        else:
            platform.remove()
    except Exception as error:  # what failed before is what counts
        say(f"could not clean up: {error}")


def prove(platform: Platform) -> dict[str, object]:
    """Every promise in turn. Raises Failed at the first that does not hold."""
    found: dict[str, object] = {"ready_after_s": round(platform.install(VERSION), 1)}
    say(f"everything is ready after {found['ready_after_s']} s")
    check_admission(platform.cluster, f"attune:{VERSION}")
    found["ways_tried"] = check_walls(platform.cluster, f"attune:{VERSION}")
    say(f"{found['ways_tried']} ways between pods are open or closed as they should be")
    found["journey"] = json.loads(play_journey(platform.operator_key))
    say(f"a journey passed: {found['journey']}")
    found["rolling"] = roll(platform)
    found["seconds_without"], journeys = kill_each_kind(platform)
    found["journeys_beside_kills"] = [json.loads(line) for line in journeys]
    found["at_rest_after_s"] = round(platform.until_at_rest(), 1)
    expect_nothing_aside(platform)
    found["restored"] = lose_and_restore(platform, VERSION)
    found["journey_after_restore"] = json.loads(play_journey(platform.operator_key))
    say(f"and a journey passed: {found['journey_after_restore']}")
    platform.until_at_rest()
    expect_nothing_aside(platform)
    return found


def expect_nothing_aside(platform: Platform) -> None:
    if aside := platform.put_aside():
        raise Failed(f"events were put aside: {aside}")


def roll(platform: Platform) -> dict[str, object]:
    """An update and the way back, under load: no request fails, no event is lost."""
    with Load(platform.operator_key) as load:
        time.sleep(BEFORE_S)
        update_s = platform.update(NEXT)
        say(f"  updated within {update_s:.0f} s")
        back_s = platform.update(VERSION)
        say(f"  rolled back within {back_s:.0f} s")
        time.sleep(AFTER_S)
    rest_s = platform.until_at_rest()
    found: dict[str, object] = {
        "update_s": round(update_s, 1),
        "roll_back_s": round(back_s, 1),
        "requests": load.requests,
        "failed": len(load.failures),
        "slowest_s": round(load.slowest_s, 2),
        "couples": len(load.made),
        "at_rest_after_s": round(rest_s, 1),
    }
    say(f"under load: {found}")
    platform.cluster.until("every couple known everywhere", lambda: not load.lost(platform), within_s=60.0)
    if load.failures:
        raise Failed(
            f"{len(load.failures)} of {load.requests} requests failed: " + "\n".join(load.failures[:20])
        )
    return found


if __name__ == "__main__":
    sys.exit(main())
