"""`make soak SCALE=1`: the event path under harm, on both logs; one JSON line each, and 1 when anything went wrong."""

import argparse
import json
import secrets
import signal
import sys

from tests.soak.plan import plan
from tests.soak.run import soak

LOGS = ("embedded", "kafka")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1: a million events; 0.01: two minutes")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000), help="repeats the harm")
    parser.add_argument("--only", choices=LOGS, help="one log instead of both")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped first
    bad = 0
    for kind in [asked.only] if asked.only else LOGS:
        wanted = plan(asked.scale)
        outcome = soak(kind, wanted, seed=asked.seed, deadline_s=600 + 3 * 3600 * asked.scale)
        sys.stdout.write(json.dumps(outcome.line()) + "\n")
        sys.stdout.flush()
        bad += not outcome.verdict.is_clean or bool(outcome.tally.crashed)
        # What stood still must have been taken over: else the harm was not the harm that it says it was.
        bad += outcome.seen.takeovers < wanted.relay_stops or outcome.seen.handovers < wanted.reader_stops
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
