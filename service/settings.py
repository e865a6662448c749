"""What the operator of this computer sets: environment variables CONGVU_*."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.attendance.webhook import fault_of_address
from service.evidence.bucket import REGION, BucketAccess, fault_of_endpoint, fault_of_evidence_address
from service.evidence.levels import MARKS, Marks
from service.evidence.signing import KeyFolder

SECRET_LETTERS = 16
HEADS_FILE = "journal-heads.jsonl"


class Settings(BaseSettings):
    """Built once, in `service.cli`, and handed on as plain values.

    Attributes:
        data_dir: Where database and evidence live unless told otherwise.
        database_url: SQLAlchemy address of the database; empty for SQLite in ``data_dir``.
        session_hours: How long a sign-in lasts.
        secure_cookies: Send cookies over HTTPS only; set this behind a TLS proxy.
        evidence_url: Bucket that evidence lies in, ``s3://BUCKET/FOLDER``; empty for the folder in ``data_dir``.
        evidence_endpoint: Web address of the S3 server of that bucket; empty for Amazon's.
        evidence_region: Region of that server.
        evidence_secret_key: Secret part of the key to that bucket.
        evidence_access_key: Name of the key to that bucket; empty to take what the computer itself was given.
        key_dir: Where the key of the journal lies; empty for ``keys`` in ``data_dir``.
        credentials_chain: PEM file of the certificates that content credentials are signed with; empty for none.
        credentials_key: PEM file of the private key of the first of them.
        timestamp_roots: PEM file of the certificates that the authority's own must end in; empty: any will do.
        timestamp_url: RFC 3161 authority that witnesses the journal's heads; empty for none.
        key_passphrase: The key's file is encrypted with it; empty for a file that only its owner may read.
        disk_tight_share: Below this free share of the disk, the oldest evidence goes before its time.
        disk_very_tight_share: Below this one, visits get no clips and cameras no stills.
        disk_full_share: Below this one, no evidence is stored; the rest is for the database.
        disk_locked_share: Above this share of the disk taken by evidence that is never deleted there is an alarm.
        retention_minutes: Time between two looks at what has had its time.
        period_webhook_secret: Key of the signature of what is sent to ``period_webhook_url``.
        period_webhook_url: Who is told that a period of attendance was closed; empty for nobody.
        public_url: Where people reach the pages, as ``https://congvu.example.vn``; links in letters begin with it.
        smtp_url: Server that takes e-mails, ``smtps://user:password@host:port`` or ``smtp://`` with STARTTLS.
        mail_from: Address that e-mails come from.
    """

    model_config = SettingsConfigDict(env_prefix="CONGVU_", extra="forbid", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    session_hours: float = Field(default=12.0, gt=0, le=24 * 30)
    secure_cookies: bool = False
    evidence_url: str = ""
    evidence_endpoint: str = ""
    evidence_region: str = Field(default=REGION, min_length=1)
    evidence_secret_key: SecretStr = SecretStr("")
    evidence_access_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    key_dir: Path | None = None
    key_passphrase: SecretStr = SecretStr("")
    credentials_chain: Path | None = None
    credentials_key: Path | None = None
    timestamp_url: str = ""
    timestamp_roots: Path | None = None
    disk_full_share: float = Field(default=MARKS.full, ge=0, lt=1)
    disk_very_tight_share: float = Field(default=MARKS.very_tight, gt=0, lt=1)
    disk_tight_share: float = Field(default=MARKS.tight, gt=0, lt=1)
    disk_locked_share: float = Field(default=MARKS.locked, gt=0, le=1)
    retention_minutes: float = Field(default=60.0, gt=0, le=7 * 1440)
    period_webhook_secret: SecretStr = SecretStr("")
    period_webhook_url: str = ""
    public_url: str = ""
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = ""

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

    @field_validator("evidence_url")
    @classmethod
    def _check_evidence_address(cls, address: str) -> str:
        fault = fault_of_evidence_address(address) if address else None
        if fault:
            raise ValueError(fault)
        return address

    @field_validator("evidence_endpoint")
    @classmethod
    def _check_endpoint(cls, endpoint: str) -> str:
        fault = fault_of_endpoint(endpoint) if endpoint else None
        if fault:
            raise ValueError(fault)
        return endpoint

    @field_validator("evidence_access_key")
    @classmethod
    def _check_keys(cls, key: SecretStr, info: ValidationInfo) -> SecretStr:
        secret = info.data.get("evidence_secret_key")
        if secret is not None and bool(secret.get_secret_value()) != bool(key.get_secret_value()):
            raise ValueError("wants CONGVU_EVIDENCE_SECRET_KEY with it, or neither")
        return key

    @field_validator("disk_very_tight_share", "disk_tight_share")
    @classmethod
    def _check_marks(cls, share: float, info: ValidationInfo) -> float:
        below = {"disk_very_tight_share": "disk_full_share", "disk_tight_share": "disk_very_tight_share"}
        lower = below[str(info.field_name)]
        if lower in info.data and info.data[lower] >= share:
            raise ValueError(f"wants more than CONGVU_{lower.upper()} ({info.data[lower]:g}), got {share:g}")
        return share

    @property
    def disk_marks(self) -> Marks:
        """At which share of the disk what is done."""
        return Marks(
            tight=self.disk_tight_share,
            very_tight=self.disk_very_tight_share,
            full=self.disk_full_share,
            locked=self.disk_locked_share,
        )

    @property
    def database(self) -> str:
        """Address of the database."""
        return self.database_url or f"sqlite:///{self.data_dir.resolve() / 'congvu.db'}"

    @property
    def evidence_dir(self) -> Path:
        """Folder of the evidence."""
        return self.data_dir / "evidence"

    @property
    def bucket_access(self) -> BucketAccess:
        """How to reach the bucket of the evidence."""
        return BucketAccess(
            endpoint=self.evidence_endpoint,
            region=self.evidence_region,
            access_key=self.evidence_access_key.get_secret_value(),
            secret_key=self.evidence_secret_key.get_secret_value(),
        )

    @property
    def keys(self) -> KeyFolder:
        """Where the key of the journal lies."""
        return KeyFolder(self.key_dir or self.data_dir / "keys", self.key_passphrase.get_secret_value())

    @property
    def heads_file(self) -> Path:
        """File of the journal's heads; keep a copy of it where nobody of this service can write."""
        return self.data_dir / HEADS_FILE

    @property
    def session_lasts(self) -> timedelta:
        """How long a sign-in lasts."""
        return timedelta(hours=self.session_hours)
