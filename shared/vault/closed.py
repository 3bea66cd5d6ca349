"""What a route finds in place of the vault when its rule says nothing of an audit: it neither opens nor seals."""

from typing import NoReturn


class NotAudited(LookupError):
    """A route wanted private words, but its rule in `policy.py` does not say what it reads or changes."""


class ClosedVault:
    """Stands where the vault would be."""

    def __getattr__(self, name: str) -> NoReturn:
        raise NotAudited(f"no {name} here: the rule of this route is not audited (shared/web/policy.py)")
