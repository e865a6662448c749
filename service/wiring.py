"""The only place that knows the concrete classes: settings and site file in, working parts out.

What a process that watches a camera needs stands in `service.watching`: that process loads nothing of this.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from importlib.metadata import version
from multiprocessing import get_context
from pathlib import Path

from fastapi import FastAPI

from models.catalog import CatalogInvalid, ModelEntry, load_catalog
from models.here import load_catalog_for
from service.api.app import create_app
from service.api.context import WebContext
from service.api.oidc import OidcProvider, OidcSetup
from service.attendance.imports.readers import fact_readers
from service.custody import Custody
from service.errors import ServiceError
from service.evidence.credentials import Credentialer
from service.evidence.timestamps import TimestampAuthority
from service.hearing.copies import MODE as COPY_MODE
from service.hearing.copies import REASON as COPY_REASON
from service.hearing.copies import CopyMaker
from service.nets import Nets as Nets
from service.nets import nets_of
from service.notices.addresses import AddressBook
from service.notices.mail import Mailer
from service.notices.sealing import open_seal
from service.notices.sending import Sender
from service.parts import Parts as Parts
from service.parts import open_parts as open_parts
from service.redaction.finding import load_finder
from service.redaction.keeping import Redactor
from service.settings import Settings
from service.site_tables import CameraTable
from service.watching import build_pipeline as build_pipeline
from service.watching import build_watch as build_watch
from service.watching import live_thread as live_thread
from service.watching import pen_of as pen_of
from service.watching import register_site as register_site
from service.web.notice_words import NoticeWords
from service.workers.deliveries import Deliverer, DeliveryThread, Receiver
from service.workers.heads import PublishingThread
from service.workers.hearings import LOOKS_EVERY as HEARINGS_LOOKED_AT_EVERY
from service.workers.hearings import HearingKeeper
from service.workers.herald import LOOKS_EVERY as HERALD_LOOKS_EVERY
from service.workers.herald import Herald, RepeatedThread
from service.workers.post import LetterPost, NoticePost, PostThread
from service.workers.retention import RetentionKeeper, RetentionThread
from service.workers.room import RoomWatch
from vision.capture.file import FileSource, Recording
from vision.clock import Clock
from vision.detection.detector import Detector
from vision.detection.net import Net
from vision.detection.openvino import OpenVinoDetector, OpenVinoNet
from vision.detection.ultralytics import UltralyticsNet, check_device
from vision.types import CameraId

STAMP_WAIT = timedelta(seconds=10)


def custody_of(parts: Parts) -> Custody:
    """Put together what deals with evidence once it is stored. Raises `KeyNotInForce`, `KeyUnusable`."""
    address = parts.settings.timestamp_url
    authority = TimestampAuthority(address, STAMP_WAIT, roots=parts.settings.timestamp_roots) if address else None
    return Custody(
        parts.database,
        parts.store,
        pen_of(parts),
        parts.clock,
        authority,
        parts.settings.heads_file,
        _credentialer_of(parts.settings),
    )


def _credentialer_of(settings: Settings) -> Credentialer | None:
    chain, key = settings.credentials_chain, settings.credentials_key
    if chain is None and key is None:
        return None
    if chain is None or key is None:
        raise ServiceError("CONGVU_CREDENTIALS_CHAIN and CONGVU_CREDENTIALS_KEY: set both, or neither")
    try:
        return Credentialer(chain.read_bytes(), key.read_bytes(), version=version("congvu"))
    except OSError as error:
        raise ServiceError(f"{error.filename}: cannot be read: {error.strerror}") from None


def redactor_of(parts: Parts) -> Redactor:
    """Return what makes redacted copies; its nets are loaded when the first is made."""
    return Redactor(parts.database, parts.store, pen_of(parts), load_finder)


def _copies_of(parts: Parts) -> CopyMaker:
    """Return what makes the copies that a person who is heard sees."""
    redactor = redactor_of(parts)
    return CopyMaker(
        lambda event_id, user_id: redactor.redact(
            event_id, COPY_MODE, user_id=user_id, reason=COPY_REASON, at=parts.clock.now()
        )
    )


def build_app(parts: Parts, site_path: Path | None = None) -> FastAPI:
    """Make the web application; with a site file, its scenes may be drawn in the pages."""
    settings = parts.settings
    return create_app(
        WebContext(
            parts.database,
            parts.store,
            parts.clock,
            pen_of(parts),
            session_lasts=settings.session_lasts,
            session_idle=settings.session_idle,
            totp_roles=settings.totp_roles,
            oidc=_provider_of(settings, parts.clock),
            secure_cookies=settings.secure_cookies,
            site_path=site_path,
            readers=fact_readers(),
            disk=parts.disk,
            public_url=settings.public_url.rstrip("/"),
            hearing_times=settings.hearing_times,
            copies=_copies_of(parts),
            addresses=AddressBook(settings.address_rules, open_seal(settings.keys.path.parent)),
            rate_limits=settings.rate_limits,
        )
    )


def _provider_of(settings: Settings, clock: Clock) -> OidcProvider | None:
    if not settings.oidc_issuer:
        return None
    back = f"{settings.public_url.rstrip('/')}/sign-in/oidc/back"
    secret = settings.oidc_client_secret.get_secret_value()
    return OidcProvider(OidcSetup(settings.oidc_issuer, settings.oidc_client_id, secret, back), clock)


def build_deliveries(parts: Parts) -> DeliveryThread | None:
    """Return the thread that tells another system of closed periods; None where nobody wants to be told."""
    settings = parts.settings
    if not settings.period_webhook_url:
        return None
    receiver = Receiver(settings.period_webhook_url, settings.period_webhook_secret.get_secret_value())
    return DeliveryThread(Deliverer(parts.database, receiver), parts.clock)


def build_post(parts: Parts) -> tuple[RepeatedThread, ...]:
    """Return the threads that find what is to be told, and send letters and messages."""
    settings = parts.settings
    server = settings.mail_server
    mailer = None if server is None else Mailer(server)
    words = NoticeWords(settings.public_url.rstrip("/"), settings.notice_waiting_hours)
    herald = Herald(
        parts.database,
        parts.disk,
        words.say,
        waits=timedelta(hours=settings.notice_waiting_hours),
        waiting_least=settings.notice_waiting_flags,
    )
    sender = Sender(settings.address_rules, mailer)
    notices = NoticePost(parts.database, sender, open_seal(settings.keys.path.parent), words.message)
    return (
        RepeatedThread("herald", herald, parts.clock, HERALD_LOOKS_EVERY),
        PostThread("letters", LetterPost(parts.database, mailer), parts.clock),
        PostThread("notices", notices, parts.clock),
    )


def build_hearings(context: WebContext) -> RepeatedThread:
    """Return the thread that lets time do its part in hearings."""
    return RepeatedThread("hearings", HearingKeeper(context), context.clock, HEARINGS_LOOKED_AT_EVERY)


def build_publishing(parts: Parts) -> PublishingThread:
    """Return the thread that gives out the journal's heads."""
    return PublishingThread(custody_of(parts), parts.settings.heads_file)


def build_retention(parts: Parts) -> RetentionThread:
    """Return the thread that deletes what has had its time and looks after the room on the disk."""
    pen, every = pen_of(parts), timedelta(minutes=parts.settings.retention_minutes)
    room = RoomWatch(parts.database, parts.store, pen, disk=parts.disk, marks=parts.settings.disk_marks)
    return RetentionThread(RetentionKeeper(parts.database, parts.store, pen, room), room, parts.clock, every=every)


def check_nets(device: str = "") -> None:
    """Check before anything is stored that the nets are there, and the device that they are to run on.

    Raises:
        ServiceError: A net is missing or was changed.
        BackendMissing: There is no such device, or what it needs is not installed.
    """
    try:
        for entry in load_catalog().values():
            entry.verify(with_checkpoint=bool(device))
    except CatalogInvalid as error:
        raise ServiceError(str(error)) from None
    if device:
        # in a process of its own: torch would stay in this one's memory
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as other:
            other.submit(check_device, device).result()


def load_nets(*, workers: int = 1, device: str = "") -> Nets:
    """Load the nets for one of ``workers`` that share this computer, or a device of it.

    Raises `ServiceError`, `WeightsInvalid`, `BackendMissing`.
    """
    threads = max(1, (os.cpu_count() or 1) // workers)

    def make(entry: ModelEntry, input_px: tuple[int, int]) -> Net:
        if device:
            return UltralyticsNet(entry, input_px=input_px, device=device)
        return OpenVinoNet(entry, input_px=input_px, threads=threads)

    try:
        return nets_of(make, load_catalog_for(device))
    except CatalogInvalid as error:
        raise ServiceError(str(error)) from None


def load_detector(entry: ModelEntry, classes: Sequence[str], *, score_min: float, look_px: int) -> Detector:
    """Load one net for whole pictures, for some of its classes. Raises `WeightsInvalid`."""
    return OpenVinoDetector(entry, keep_classes=classes, score_min=score_min, long_px=look_px)


def file_source(camera: CameraTable, recording: Recording, *, allow_jumps: bool = False) -> FileSource:
    """Make the source of a recording."""
    return FileSource(CameraId(camera.id), recording, recorded_at=camera.recorded_at, allow_jumps=allow_jumps)
