"""`attune journey` as a process of its own."""

import sys

from deploy.local.cli import main

if __name__ == "__main__":
    sys.argv[:1] = ["attune", "journey"]
    main()
