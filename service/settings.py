"""What the operator of this computer sets: environment variables CONGVU_*."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.attendance.webhook import fault_of_address

SECRET_LETTERS = 16


class Settings(BaseSettings):
    """Built once, in `service.cli`, and handed on as plain values.

    Attributes:
        data_dir: Where database and evidence live unless told otherwise.
        database_url: SQLAlchemy address of the database; empty for SQLite in ``data_dir``.
        session_hours: How long a sign-in lasts.
        secure_cookies: Send cookies over HTTPS only; set this behind a TLS proxy.
        period_webhook_secret: Key of the signature of what is sent to ``period_webhook_url``.
        period_webhook_url: Who is told that a period of attendance was closed; empty for nobody.
    """

    model_config = SettingsConfigDict(env_prefix="CONGVU_", extra="forbid", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    session_hours: float = Field(default=12.0, gt=0, le=24 * 30)
    secure_cookies: bool = False
    period_webhook_secret: SecretStr = SecretStr("")
    period_webhook_url: str = ""

    @field_validator("period_webhook_url")
    @classmethod
    def _check_webhook(cls, address: str, info: ValidationInfo) -> str:
        if not address:
            return address
        fault = fault_of_address(address)
        if fault:
            raise ValueError(fault)
        secret = info.data.get("period_webhook_secret")
        if secret is None or len(secret.get_secret_value()) < SECRET_LETTERS:
            raise ValueError(
                f"wants CONGVU_PERIOD_WEBHOOK_SECRET of at least {SECRET_LETTERS} letters, the key of its signature"
            )
        return address

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
