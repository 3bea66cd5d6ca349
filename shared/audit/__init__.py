"""The audit: who looked at or changed clinical data, sealed into a chain that shows tampering (docs/audit.md)."""
