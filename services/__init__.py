"""The five services. None imports another; each has its own database, outbox and inbox."""
