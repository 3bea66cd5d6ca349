"""What fills a database of a test: see `PostgresServer.fresh_database`."""

from sqlalchemy import create_engine

from shared.db import plumbing


def plumbing_tables(url: str) -> None:
    """The tables that every service has, and nothing else: no roles, no walls."""
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    plumbing.metadata.create_all(engine)
    engine.dispose()
