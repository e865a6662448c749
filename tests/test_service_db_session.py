"""Opening a database: what is at this version already is only looked at."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text

from service.db.session import MIGRATIONS, Database, newest_version
from service.errors import DatabaseUnusable
from tests.databases import KINDS, new_postgresql

OPEN_AND_LIST = """
import sys
from service.errors import DatabaseUnusable
from service.db.session import Database
Database(sys.argv[1]).upgrade()
print("alembic" in sys.modules)
"""


@pytest.fixture(params=KINDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'congvu.db'}" if request.param == "sqlite" else new_postgresql()


def loads_the_tools_of_migration(url: str) -> bool:
    done = subprocess.run([sys.executable, "-c", OPEN_AND_LIST, url], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def version_of(url: str) -> str:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = str(connection.scalar(text("SELECT version_num FROM alembic_version")))
    engine.dispose()
    return found


def bring_to(url: str, version: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, version)
    engine.dispose()


def test_the_newest_version_is_where_the_migrations_lead() -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == newest_version()


def test_only_a_database_that_is_not_current_loads_the_tools_of_migration(url: str) -> None:
    assert [True, False] == [loads_the_tools_of_migration(url) for _ in range(2)]
    assert newest_version() == version_of(url)


def test_an_older_database_is_brought_to_this_version(url: str) -> None:
    bring_to(url, "0001")
    assert "0001" == version_of(url)
    database = Database(url)
    database.upgrade()
    database.close()
    assert newest_version() == version_of(url)


def test_a_table_of_versions_with_nothing_in_it_is_somebody_elses(url: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    database = Database(url)
    with pytest.raises(DatabaseUnusable, match="another program"):
        database.upgrade()
    database.close()
    with engine.connect() as connection:
        assert ["alembic_version"] == inspect(connection).get_table_names()
    engine.dispose()
