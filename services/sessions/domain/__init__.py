"""Sessions' rules: pure, in the field's words; no database, no web."""
