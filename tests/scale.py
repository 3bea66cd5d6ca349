"""How long tests of many cases go on: `make soak SCALE=1` sets ATTUNE_SOAK_SCALE, `make test` leaves it out."""

import os

SCALE = float(os.environ.get("ATTUNE_SOAK_SCALE", "0"))
"""0: as short as `make test` asks for, the same cases each time. Above: longer, and other cases each time."""
