"""Open the database, keep its schema at the right version, and give out transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.util import EMPTY_DICT

from service.errors import DatabaseUnusable

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


class Database:
    """One database. One request or task is one transaction; application code never commits.

    Raises:
        DatabaseUnusable: It cannot be opened, is of a newer version, or holds another program's tables.
    """

    def __init__(self, url: str) -> None:
        try:
            self._url = make_url(url)
        except ArgumentError:
            raise DatabaseUnusable(
                "CONGVU_DATABASE_URL is no database address; wanted one such as sqlite:////srv/congvu.db or "
                "postgresql+psycopg://user:password@host/congvu"
            ) from None
        if self._url.get_backend_name() == "sqlite" and self._url.database:
            _make_folder(Path(self._url.database).parent)
        self._engine = _make_engine(self._url)
        self._sessions = sessionmaker(self._engine, expire_on_commit=False)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Commit at the end of the block; roll back when it raises."""
        with self._sessions.begin() as session:
            yield session

    def upgrade(self) -> None:
        """Bring the schema to this version; create it where the database is empty."""
        self._refuse_foreign()
        if self._url.get_backend_name() == "sqlite":
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # stays with the file
        with self._engine.begin() as connection:
            config = Config()
            config.set_main_option("script_location", str(MIGRATIONS))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def _refuse_foreign(self) -> None:
        scripts = ScriptDirectory(str(MIGRATIONS))
        known = {script.revision for script in scripts.walk_revisions()}
        try:
            with self._engine.connect() as connection:
                current = MigrationContext.configure(connection).get_current_revision()
                tables = set(inspect(connection).get_table_names())
        except (OperationalError, DatabaseError) as error:
            raise DatabaseUnusable(f"{self._shown}: cannot be opened: {error.orig}") from None
        if current is not None and current not in known:
            raise DatabaseUnusable(
                f"{self._shown}: was made by a newer version of Công Vụ (schema {current}). "
                "Install that version, or point to another database; nothing was changed"
            )
        if current is None and tables:
            raise DatabaseUnusable(
                f"{self._shown}: holds tables of another program ({', '.join(sorted(tables)[:5])}). "
                "Point to an empty database; nothing was changed"
            )

    @property
    def _shown(self) -> str:
        return self._url.render_as_string(hide_password=True)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(f"{folder}: cannot be made: {error.strerror}. Choose another data folder") from None


def _make_engine(url: URL) -> Engine:
    is_sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(url, connect_args={"timeout": 30} if is_sqlite else dict(EMPTY_DICT))
    if is_sqlite:

        @event.listens_for(engine, "connect")
        def set_pragmas(connection: object, _record: object) -> None:
            cursor = connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.close()

    return engine
