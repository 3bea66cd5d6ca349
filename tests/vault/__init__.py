"""Keys per person, seals per place, erasure, rotation: shared/vault over the real database."""
