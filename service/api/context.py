"""What the web application is given when it is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from service.api.limits import RateLimits
from service.api.oidc import OidcProvider
from service.attendance.imported import FactReader, Importable
from service.db.pen import Pen
from service.db.records import Role
from service.db.session import Database
from service.evidence.disk import DiskWatch
from service.evidence.store import EvidenceStore
from service.hearing.copies import CopyMaker
from service.hearing.deadlines import HearingTimes
from service.notices.addresses import AddressBook
from vision.clock import Clock


@dataclass(frozen=True, slots=True)
class WebContext:
    """Everything that requests need, made once by the wiring.

    Attributes:
        pen: What the journal is written with.
        session_lasts: How long a sign-in is good for.
        session_idle: After how long without a request a sign-in ends before its time.
        secure_cookies: Send cookies over HTTPS only; wanted wherever the service is not on this very machine.
        site_path: The site file that the scene editor may change; None where scenes are only looked at.
        readers: What may be imported from files, and by what it is read.
        public_url: Where people reach these pages, without a slash at the end; links in letters begin with it.
        totp_roles: Who has to have a second factor.
        oidc: The identity provider that may vouch for people; None where none is set up.
        hearing_times: Deadlines of hearings.
        copies: Makes the redacted copies that a person who is heard sees; None where nobody does.
        addresses: Which addresses of notifications are taken in; None where nobody is told of anything.
        disk: How full the disk of the evidence is, as the keeper of retention saw it last.
        rate_limits: How many requests a minute are served; None: as many as come.
    """

    database: Database
    store: EvidenceStore
    clock: Clock
    pen: Pen
    session_lasts: timedelta = timedelta(hours=12)
    secure_cookies: bool = False
    site_path: Path | None = None
    readers: Mapping[Importable, FactReader] = field(default_factory=dict)
    disk: DiskWatch = field(default_factory=DiskWatch)
    public_url: str = ""
    rate_limits: RateLimits | None = None
    session_idle: timedelta = timedelta(hours=4)
    totp_roles: frozenset[Role] = frozenset()
    hearing_times: HearingTimes = field(default_factory=HearingTimes)
    copies: CopyMaker | None = None
    oidc: OidcProvider | None = None
    addresses: AddressBook | None = None
