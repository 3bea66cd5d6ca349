"""Sessions' views for reading, by noun; everything a partner reads is filtered to that partner here."""
