"""The vault: seals private words so that a ciphertext opens only in its own place (docs/rules.md, P4)."""

from shared.vault.closed import ClosedVault, NotAudited
from shared.vault.sealing import Ciphertext, Place, SealBroken
from shared.vault.vault import Vault

__all__ = ["Ciphertext", "ClosedVault", "NotAudited", "Place", "SealBroken", "Vault"]
