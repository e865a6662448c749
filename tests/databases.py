"""An empty database of each kind that Công Vụ works on: SQLite, and a real PostgreSQL started for the tests."""

from __future__ import annotations

import os
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import create_engine, text

from service.db.session import Database

KINDS = ("sqlite", "postgresql")


@contextmanager
def empty_database(kind: str, folder: Path) -> Iterator[Database]:
    """Open a database with this version's tables and nothing in them."""
    database = Database(f"sqlite:///{folder / 'congvu.db'}" if kind == "sqlite" else new_postgresql())
    database.upgrade()
    try:
        yield database
    finally:
        database.close()


def new_postgresql() -> str:
    """Return the address of a new, empty database."""
    name = f"congvu_{uuid.uuid4().hex[:12]}"
    engine = create_engine(_address("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return _address(name)


@cache
def _socket_folder() -> str:
    """Start the server once for all tests; it stops with the process."""
    os.environ.setdefault("XDG_RUNTIME_DIR", tempfile.mkdtemp(prefix="congvu-runtime-"))
    import pgserver  # its import looks at the environment

    server = pgserver.get_server(tempfile.mkdtemp(prefix="congvu-postgresql-"))
    return str(server.get_uri()).partition("host=")[2]


def _address(name: str) -> str:
    return f"postgresql+psycopg://postgres@/{name}?host={_socket_folder()}"
