"""The database: tables, migrations and repositories. No other package speaks SQL."""
