"""The vault: seals private words so that a ciphertext opens only in its own place (DESIGN.md, Encryption)."""

from shared.vault.sealing import Place, SealBroken, Vault

__all__ = ["Place", "SealBroken", "Vault"]
