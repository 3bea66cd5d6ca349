"""What stands in place of the vault where nothing is written down: it neither opens nor seals.

So finds it a route whose rule says nothing of an audit, and a worker's handler of events and timers.
"""

from typing import NoReturn

from shared.vault.ledger import ErasureLedger


class NotAudited(LookupError):
    """Somebody wanted private words and would not have written it down: a route whose rule in `policy.py` does not
    say what it reads or changes, or a worker's handler.
    """


class ClosedVault:
    """Stands where the vault would be.

    `ledger`: whoever erases needs no word, and writes down outside the database that they did.
    """

    def __init__(self, ledger: ErasureLedger | None = None) -> None:
        self.ledger = ledger

    def __getattr__(self, name: str) -> NoReturn:
        raise NotAudited(
            f"no {name} here: this route's rule is not audited (shared/web/policy.py), or a worker's handler asks"
        )
