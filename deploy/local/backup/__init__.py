"""`attune backup` and `attune restore`: every database to one moment, keys apart (docs/operations-backup.md)."""
