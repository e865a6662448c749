"""What the operator of this computer sets: environment variables CONGVU_*."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Built once, in `service.cli`, and handed on as plain values.

    Attributes:
        data_dir: Where database and evidence live unless told otherwise.
        database_url: SQLAlchemy address of the database; empty for SQLite in ``data_dir``.
        session_hours: How long a sign-in lasts.
        secure_cookies: Send cookies over HTTPS only; set this behind a TLS proxy.
    """

    model_config = SettingsConfigDict(env_prefix="CONGVU_", extra="forbid", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    session_hours: float = Field(default=12.0, gt=0, le=24 * 30)
    secure_cookies: bool = False

    @property
    def database(self) -> str:
        """Address of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'congvu.db'}"

    @property
    def evidence_dir(self) -> Path:
        """Folder of the evidence."""
        return self.data_dir / "evidence"

    @property
    def session_lasts(self) -> timedelta:
        """How long a sign-in lasts."""
        return timedelta(hours=self.session_hours)
