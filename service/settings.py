"""What the operator of this computer sets: environment variables CONGVU_*."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from service.api.limits import RATE_LIMITS, RateLimits
from service.api.oidc import fault_of_issuer
from service.attendance.webhook import fault_of_address
from service.camera_secrets import read_secrets
from service.db.records import Role
from service.errors import SiteInvalid
from service.evidence.bucket import REGION, BucketAccess, fault_of_endpoint, fault_of_evidence_address
from service.evidence.levels import MARKS, Marks
from service.evidence.signing import KeyFolder
from service.hearing.deadlines import HearingTimes
from service.notices.addresses import SCHEMAS, AddressRules
from service.notices.mail import MailServer, mail_server

SECRET_LETTERS = 16
HEADS_FILE = "journal-heads.jsonl"


class Settings(BaseSettings):
    """Built once, in `service.cli`, and handed on as plain values.

    Attributes:
        data_dir: Where database and evidence live unless told otherwise.
        database_url: SQLAlchemy address of the database; empty for SQLite in ``data_dir``.
        session_hours: How long a sign-in lasts.
        session_idle_hours: After how long without a request a sign-in ends before its time.
        require_totp_roles: Roles that have to have a second factor, separated by commas.
        oidc_issuer: Identity provider that may vouch for people, as it names itself; empty for none.
        oidc_client_id: As whom we ask it.
        oidc_client_secret: What we prove that with.
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
        nets_device: What torch calls the device that the nets run on, as ``cuda:0``; empty for this computer's CPU.
        secrets_file: Passwords of cameras, lines of ``NAME=VALUE``; empty for those in the environment alone.
        period_webhook_secret: Key of the signature of what is sent to ``period_webhook_url``.
        period_webhook_url: Who is told that a period of attendance was closed; empty for nobody.
        hearing_respond_days: Working days that a person who is heard has to answer.
        hearing_appeal_days: Days in which they may appeal against a conclusion.
        hearing_decide_days: Days after which the inspection is late with a conclusion.
        public_url: Where people reach the pages, as ``https://congvu.example.vn``; links in letters begin with it.
        smtp_url: Server that takes e-mails, ``smtps://user:password@host:port`` or ``smtp://`` with STARTTLS.
        mail_from: Address that e-mails come from.
        notice_schemas: Ways that notifications may go, as Apprise names them, with commas between.
        notice_private_hosts: Names, addresses or networks inside our own network that they may go to.
        notice_waiting_hours: After how many hours a flag has waited for too long.
        notice_waiting_flags: How many such flags are worth a notification.
        rate_limit_session: Requests a minute of one session or token.
        rate_limit_media: Pieces of evidence and stills of cameras a minute of one session or token.
        rate_limit_anonymous: Requests a minute of one address from which nobody is signed in.
        rate_limit_sign_in: Attempts a minute to sign in that do not succeed, of one address.
        rate_limit_password: Passwords and PINs a minute that are looked at, right ones too, of one address.
        trusted_proxies: Addresses or networks of proxies whose ``X-Forwarded-For`` is believed, with commas between.
    """

    model_config = SettingsConfigDict(env_prefix="CONGVU_", extra="forbid", frozen=True)

    data_dir: Path = Path("data")
    database_url: str = ""
    session_hours: float = Field(default=12.0, gt=0, le=24 * 30)
    session_idle_hours: float = Field(default=4.0, gt=0, le=24 * 30)
    require_totp_roles: str = ""
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
    nets_device: str = ""
    secrets_file: Path | None = None
    period_webhook_secret: SecretStr = SecretStr("")
    period_webhook_url: str = ""
    hearing_respond_days: int = Field(default=5, ge=1, le=60)
    hearing_appeal_days: int = Field(default=10, ge=1, le=90)
    hearing_decide_days: int = Field(default=10, ge=1, le=90)
    public_url: str = ""
    smtp_url: SecretStr = SecretStr("")
    mail_from: str = Field(default="", validate_default=True)
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_issuer: str = ""
    notice_schemas: str = ",".join(SCHEMAS)
    notice_private_hosts: str = ""
    notice_waiting_hours: float = Field(default=24.0, gt=0, le=24 * 30)
    notice_waiting_flags: int = Field(default=1, ge=1)
    rate_limit_session: int = Field(default=RATE_LIMITS.session, ge=1, le=1_000_000)
    rate_limit_media: int = Field(default=RATE_LIMITS.media, ge=1, le=1_000_000)
    rate_limit_anonymous: int = Field(default=RATE_LIMITS.anonymous, ge=1, le=1_000_000)
    rate_limit_sign_in: int = Field(default=RATE_LIMITS.sign_in, ge=1, le=1_000_000)
    rate_limit_password: int = Field(default=RATE_LIMITS.password, ge=1, le=1_000_000)
    trusted_proxies: str = ""

    @field_validator("trusted_proxies")
    @classmethod
    def _check_proxies(cls, proxies: str) -> str:
        for part in proxies.split(",") if proxies else ():
            try:
                ip_network(part.strip())
            except ValueError:
                raise ValueError(f"wants addresses or networks as 10.0.0.0/8, got {part.strip()!r}") from None
        return proxies

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

    @field_validator("smtp_url")
    @classmethod
    def _check_mail_server(cls, address: SecretStr) -> SecretStr:
        if address.get_secret_value():
            mail_server(address.get_secret_value(), "congvu@localhost")
        return address

    @field_validator("mail_from")
    @classmethod
    def _check_mail_sender(cls, sender: str, info: ValidationInfo) -> str:
        server = info.data.get("smtp_url")
        if server is not None and server.get_secret_value():
            mail_server(server.get_secret_value(), sender)
        return sender

    @field_validator("secrets_file")
    @classmethod
    def _check_secrets(cls, path: Path | None) -> Path | None:
        if path is not None:
            try:
                read_secrets(path)
            except SiteInvalid as error:
                raise ValueError(error.faults[0]) from None
        return path

    @field_validator("require_totp_roles")
    @classmethod
    def _check_roles(cls, text: str) -> str:
        unknown = sorted({role.strip() for role in text.split(",")} - {"", *Role})
        if unknown:
            raise ValueError(f"wants some of {', '.join(Role)}, got {', '.join(unknown)}")
        return text

    @field_validator("oidc_issuer")
    @classmethod
    def _check_issuer(cls, issuer: str, info: ValidationInfo) -> str:
        if not issuer:
            return issuer
        fault = fault_of_issuer(issuer)
        if fault:
            raise ValueError(fault)
        secret = info.data.get("oidc_client_secret")
        if not info.data.get("oidc_client_id") or secret is None or not secret.get_secret_value():
            raise ValueError("wants CONGVU_OIDC_CLIENT_ID and CONGVU_OIDC_CLIENT_SECRET with it")
        if not info.data.get("public_url"):
            raise ValueError("wants CONGVU_PUBLIC_URL with it: the provider sends people back there")
        return issuer

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
    def rate_limits(self) -> RateLimits:
        """How many requests a minute are served."""
        return RateLimits(
            session=self.rate_limit_session,
            media=self.rate_limit_media,
            anonymous=self.rate_limit_anonymous,
            sign_in=self.rate_limit_sign_in,
            password=self.rate_limit_password,
        )

    @property
    def mail_server(self) -> MailServer | None:
        """Where e-mails go out; None where none do."""
        address = self.smtp_url.get_secret_value()
        return mail_server(address, self.mail_from) if address else None

    @property
    def address_rules(self) -> AddressRules:
        """Where notifications may go."""
        return AddressRules(
            frozenset(_named(self.notice_schemas)),
            tuple(_named(self.notice_private_hosts)),
            has_mail=self.mail_server is not None,
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
    def session_idle(self) -> timedelta:
        """After how long without a request a sign-in ends before its time."""
        return timedelta(hours=self.session_idle_hours)

    @property
    def hearing_times(self) -> HearingTimes:
        """Deadlines of hearings."""
        return HearingTimes(self.hearing_respond_days, self.hearing_appeal_days, self.hearing_decide_days)

    @property
    def totp_roles(self) -> frozenset[Role]:
        """Who has to have a second factor."""
        return frozenset(Role(role.strip()) for role in self.require_totp_roles.split(",") if role.strip())

    @property
    def session_lasts(self) -> timedelta:
        """How long a sign-in lasts."""
        return timedelta(hours=self.session_hours)


def _named(text: str) -> list[str]:
    return [part.strip().lower() for part in text.split(",") if part.strip()]
