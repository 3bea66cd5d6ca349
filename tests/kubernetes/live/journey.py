"""`attune journey` as a process of its own, with more patience: a broker that is killed is away for half a minute."""

import sys

from deploy.local.cli import main
from deploy.local.journey import client, waiting

if __name__ == "__main__":
    client.PATIENCE_S = waiting.PATIENCE_S = 180.0
    sys.argv[:1] = ["attune", "journey"]
    main()
