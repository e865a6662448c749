"""`congvu evidence`: export a bundle, check one, keep one from being deleted, hide the others on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli_options import AsJson, DataDir, settings_of
from service.cli_quarantine import quarantine_app
from service.custody import Custody
from service.errors import ServiceError
from service.evidence.assembling import verifier_script
from service.evidence.credentials import make_signing_certificate
from service.evidence.exporting import Asked
from service.evidence.offline.bundle import check_bundle
from service.evidence.offline.bundle_report import Trusted
from service.evidence.offline.journal_heads import GivenHead, head_from
from service.evidence.offline.script import EXIT_CODES, bundle_json, told_of_bundle
from service.redaction.modes import Mode
from service.whole_file import write_bytes, write_secret, writing
from service.wiring import custody_of, open_parts, redactor_of
from vision.clock import SystemClock

evidence_app = typer.Typer(help="Evidence: bundles, locks, what was set aside.", no_args_is_help=True)
evidence_app.add_typer(quarantine_app, name="quarantine")
stderr = Console(stderr=True, soft_wrap=True)

Event = Annotated[str, typer.Argument(help="Id of the event, as the pages and `analyze --json` show it.")]
Reason = Annotated[str, typer.Option(help="Why; its sum goes into the journal.")]
Language = Annotated[str, typer.Option(help="vi or en.")]


@evidence_app.command("export")
def export_bundle(
    event: Event,
    out: Annotated[Path, typer.Option(help="Bundle to write (.zip).")],
    reason: Reason,
    redacted_only: Annotated[
        bool, typer.Option("--redacted-only", help="Leave the originals out; only redacted copies show people.")
    ] = False,
    data: DataDir = None,
) -> None:
    """Write all that is known of an event into one file that anybody can check; the originals show everybody."""
    if out.suffix != ".zip":
        raise typer.BadParameter(f"--out: wanted a name that ends in .zip, got {out.name!r}")
    if out.exists():
        raise typer.BadParameter(f"--out: {out} is there already; a bundle that was handed out is never written over")
    # the file first: what cannot be written must not be told in the journal as exported
    with opened(data) as custody, writing(out) as file:
        asked = Asked(None, _stated(reason), custody.clock.now(), without_originals=redacted_only)
        bundle = custody.exporter.export(event, asked)
        file.write(bundle)
    report = check_bundle(bundle)
    stderr.print(f"{out}: {len(bundle) / 1e6:.1f} MB, {report.members} files, mark of the journal {report.journal}")


@evidence_app.command("verify")
def verify_bundle(
    bundle: Annotated[Path, typer.Argument(help="A bundle; no database is needed.")],
    journal: Annotated[str, typer.Option(help="The mark of the journal that it must come from.")] = "",
    key: Annotated[list[str] | None, typer.Option(help="A key that is the agency's; may be given again.")] = None,
    heads: Annotated[Path | None, typer.Option(help="File of heads that the agency has given out.")] = None,
    language: Language = "vi",
    as_json: AsJson = False,
) -> None:
    """Check a bundle; every change is named. Exit code 1: it was changed; 3: nobody vouches for who signed it."""
    if language not in ("vi", "en"):
        raise typer.BadParameter(f"--language: wanted vi or en, got {language!r}")
    try:
        archive = bundle.read_bytes()
    except OSError as error:
        raise ServiceError(f"{bundle}: cannot be read: {error.strerror}") from None
    try:
        trusted = Trusted.told(journal, key or (), () if heads is None else heads_in(heads))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    report = check_bundle(archive, trusted)
    if as_json:
        print(json.dumps(bundle_json(report), indent=2))
    else:
        print("\n".join(told_of_bundle(report, language)))
    raise typer.Exit(EXIT_CODES[report.verdict])


@evidence_app.command("verifier")
def write_verifier(out: Annotated[Path, typer.Option(help="Python file to write.")]) -> None:
    """Write the verifier as one Python file for those who have nothing of ours but the bundle."""
    write_bytes(out, verifier_script().encode())
    stderr.print(f"{out}: needs Python 3.10 or newer and the library cryptography")


@evidence_app.command("lock")
def lock_event(event: Event, reason: Reason, data: DataDir = None) -> None:
    """Keep an event's evidence whatever the retention says, until the lock is released."""
    with opened(data) as custody:
        lock = custody.locksmith.place(event, reason=_stated(reason), user_id=None, at=custody.clock.now())
    stderr.print(f"lock {lock.lock_id} on event {event}")


@evidence_app.command("locks")
def list_locks(event: Event, data: DataDir = None) -> None:
    """List the locks on an event, those released among them."""
    with opened(data) as custody:
        for lock in custody.locksmith.locks_of(event):
            state = "in force" if lock.is_in_force else f"released {lock.released_at:%Y-%m-%d %H:%M}Z"
            print(f"{lock.lock_id}  {lock.placed_at:%Y-%m-%d %H:%M}Z  {state}  {lock.reason}")


@evidence_app.command("unlock")
def unlock_event(
    lock: Annotated[int, typer.Argument(help="Number of the lock, as `lock` gave it.")],
    reason: Reason,
    data: DataDir = None,
) -> None:
    """Release one lock; with the last one the retention counts again."""
    with opened(data) as custody:
        released = custody.locksmith.release(lock, reason=_stated(reason), user_id=None, at=custody.clock.now())
    stderr.print(f"lock {lock} on event {released.event_id} is released")


@evidence_app.command("redact")
def redact_event(
    event: Event,
    reason: Reason,
    mode: Annotated[Mode, typer.Option(help="Who stays visible.")] = Mode.ALL_BUT_SUBJECT,
    data: DataDir = None,
) -> None:
    """Make copies of an event's clips and pictures on which people are hidden; they go into its bundle."""
    parts = open_parts(settings_of(data))
    with Progress(TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn(), console=stderr) as bar:
        task = bar.add_task(str(mode), total=1.0)
        copies = redactor_of(parts).redact(
            event, mode, user_id=None, reason=_stated(reason), at=parts.clock.now(),
            progress=lambda share: bar.update(task, completed=share),
        )  # fmt: skip
        bar.update(task, completed=1.0)
    parts.database.close()
    for copy in copies:
        stderr.print(f"{copy.kind}: {copy.key} ({copy.size_bytes / 1e6:.1f} MB)", markup=False)


@evidence_app.command("make-certificate")
def make_certificate(
    organisation: Annotated[str, typer.Option(help="Name of the agency in the certificate.")],
    folder: Annotated[Path, typer.Option(help="Folder to write chain.pem, key.pem and anchor.pem into.")],
    days: Annotated[int, typer.Option(min=1, max=3650, help="How long it is valid.")] = 365,
) -> None:
    """Make a certificate of your own for content credentials (C2PA); others trust it only if they are told to."""
    if not organisation.strip():
        raise typer.BadParameter("--organisation: say whose certificate it is")
    if (folder / "key.pem").exists():
        raise typer.BadParameter(f"--folder: {folder} holds a key already; whoever trusts its anchor.pem would lose it")
    valid_for = timedelta(days=days)
    made = make_signing_certificate(organisation, valid_from=SystemClock().now(), valid_for=valid_for)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_bytes(folder / "chain.pem", made.certificate_chain_pem)
    write_bytes(folder / "anchor.pem", made.anchor_pem)
    write_secret(folder / "key.pem", made.private_key_pem)
    stderr.print(f"{folder}: set CONGVU_CREDENTIALS_CHAIN and CONGVU_CREDENTIALS_KEY to chain.pem and key.pem in it")


@contextmanager
def opened(data: Path | None) -> Iterator[Custody]:
    """Open what custody needs, for one command."""
    parts = open_parts(settings_of(data))
    try:
        yield custody_of(parts)
    finally:
        parts.database.close()


def heads_in(file: Path) -> list[GivenHead]:
    """Read a file of heads. Raises `ServiceError` naming the line."""
    try:
        lines = file.read_bytes().splitlines()
    except OSError as error:
        raise ServiceError(f"{file}: cannot be read: {error.strerror}") from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(head_from(line))
        except ValueError as error:
            raise ServiceError(f"{file}, line {number}: {error}") from None
    return found


def _stated(reason: str) -> str:
    if not reason.strip():
        raise typer.BadParameter("--reason: say why; whoever checks the journal later will ask")
    return reason.strip()
