"""The version of the database's schema: what it is, what it should be, and how it gets there."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect
from sqlalchemy.exc import DatabaseError

from service.errors import DatabaseUnusable


def migrate(engine: Engine, migrations: Path, *, shown: str) -> None:
    """Bring the schema to this version; create it where the database is empty.

    Args:
        shown: The database's address as messages show it, without its password.

    Raises:
        DatabaseUnusable: It cannot be opened, is of a newer version, or holds another program's tables; nothing was
            changed.
    """
    _refuse_foreign(engine, migrations, shown)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(migrations))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def _refuse_foreign(engine: Engine, migrations: Path, shown: str) -> None:
    known = {script.revision for script in ScriptDirectory(str(migrations)).walk_revisions()}
    try:
        with engine.connect() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            tables = set(inspect(connection).get_table_names())
    except DatabaseError as error:
        raise DatabaseUnusable(f"{shown}: cannot be opened: {error.orig}") from None
    if current is not None and current not in known:
        raise DatabaseUnusable(
            f"{shown}: was made by a newer version of Công Vụ (schema {current}). "
            "Install that version, or point to another database; nothing was changed"
        )
    if current is None and tables:
        raise DatabaseUnusable(
            f"{shown}: holds tables of another program ({', '.join(sorted(tables)[:5])}). "
            "Point to an empty database; nothing was changed"
        )
