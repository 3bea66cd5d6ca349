"""Sessions' request bodies and views, by noun."""
