"""`make chaos SCALE=1`: the whole stack under harm; a JSON line for each fault, one in all, and 1 when it was wrong."""

import argparse
import json
import signal
import sys

from tests.chaos.harm import FAULTS
from tests.chaos.plan import plan
from tests.chaos.run import Sum, chaos


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--scale", type=float, default=1.0, help="1: the long run; 0.1: everything once")
    names = [fault.name for fault in FAULTS]
    parser.add_argument(
        "--only", nargs="+", choices=names, default=names, metavar="FAULT", help=", ".join(names)
    )
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is stopped first
    chosen = [fault for fault in FAULTS if fault.name in asked.only]
    all_of_them = Sum()
    for outcome in chaos(chosen, plan(asked.scale)):
        all_of_them.outcomes.append(outcome)
        _tell(outcome.line())
        for example in (*outcome.judgement.examples, *outcome.unfinished):
            sys.stderr.write(f"{outcome.name}: {example}\n")
    _tell(all_of_them.line())
    return 0 if all(one.is_well for one in all_of_them.outcomes) else 1


def _tell(line: object) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
