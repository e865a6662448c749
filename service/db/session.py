"""Open the database, keep its schema at the right version, and give out transactions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.util import EMPTY_DICT

from service.errors import DatabaseUnusable

MIGRATIONS = Path(__file__).resolve().parent / "migrations"


def newest_version() -> str:
    """Return the version that migrations lead to: each file's name begins with the number of its own."""
    return max(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("[0-9]*_*.py"))


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
        if not self._is_current():
            from service.db.schema import migrate  # a quarter of a second to load, and nearly always not needed

            migrate(self._engine, MIGRATIONS, shown=self._shown)
        if self._url.get_backend_name() == "sqlite":
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode=WAL")  # stays with the file

    def close(self) -> None:
        """Give back all connections."""
        self._engine.dispose()

    def _is_current(self) -> bool:
        """Tell whether the schema is this version's already; where that cannot be told, it is not."""
        try:
            with self._engine.connect() as connection:
                if not inspect(connection).has_table("alembic_version"):
                    return False
                found = connection.scalars(text("SELECT version_num FROM alembic_version")).all()
        except DatabaseError:
            return False  # `migrate` looks again, and says what is wrong
        return [newest_version()] == list(found)

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
            # with NORMAL a power cut takes back what was committed last: evidence is deleted on the word of a commit
            cursor.execute("PRAGMA synchronous=FULL")
            cursor.close()

    return engine
