"""`congvu journal`: look at it, check it, give out its head, change its key."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from service.cli_evidence import heads_in, opened
from service.cli_options import AsJson, DataDir, settings_of
from service.custody import erase_body, replace_lost_key, rotate_key
from service.db.journal import JournalRepository, moment_of_row
from service.errors import ServiceError
from service.evidence.offline.bundle_report import WHOLE, verdict_of
from service.evidence.offline.faults import Fault, fault
from service.evidence.offline.journal_file import JournalCheck
from service.evidence.offline.journal_heads import GivenHead, head_from
from service.evidence.offline.journal_rows import canonical
from service.evidence.offline.script import EXIT_CODES, faults_json, told_of_journal
from service.evidence.publishing import line_of, publish
from service.whole_file import writing
from service.wiring import open_parts

journal_app = typer.Typer(help="The journal of all that happened to evidence.", no_args_is_help=True)
stderr = Console(stderr=True, soft_wrap=True)
SHOWN_FAULTS = 1000

Reason = Annotated[str, typer.Option(help="Why; its sum goes into the journal.")]


@journal_app.command("show")
def show_rows(
    count: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest rows.")] = 20,
    data: DataDir = None,
) -> None:
    """Print the newest rows, one JSON value a line, the oldest of them first."""
    parts = open_parts(settings_of(data))
    with parts.database.transaction() as session:
        for row in reversed(JournalRepository(session).latest(limit=count)):
            at = moment_of_row(row).isoformat()
            body = None if row.body is None else json.loads(row.body)
            told = {"seq": row.seq, "at": at, "kind": row.kind, "subject": row.subject, "body": body}
            print(json.dumps(told, ensure_ascii=False))
    parts.database.close()


@journal_app.command("verify")
def verify_journal(
    heads: Annotated[Path | None, typer.Option(help="File of heads kept by others, beside our own.")] = None,
    key: Annotated[list[str] | None, typer.Option(help="A key that replaced a lost one and is ours.")] = None,
    language: Annotated[str, typer.Option(help="vi or en.")] = "vi",
    as_json: AsJson = False,
    data: DataDir = None,
) -> None:
    """Check every row and every head given out. Exit code 1: changed; 3: nobody vouches for a replaced key."""
    if language not in ("vi", "en"):
        raise typer.BadParameter(f"--language: wanted vi or en, got {language!r}")
    settings = settings_of(data)
    parts = open_parts(settings)
    with parts.database.transaction() as session:
        journal = JournalRepository(session)
        _refuse_empty(journal, settings.data_dir)
        given = [head_from(line_of(head)) for head in journal.published(limit=10_000_000)]
        # whoever empties the table may have forgotten the file
        for file in (settings.heads_file if settings.heads_file.exists() else None, heads):
            given += [] if file is None else heads_in(file)
        check, faults = _checked(journal, list(dict.fromkeys(given)), key or [])
    parts.database.close()
    verdict = verdict_of(faults)
    if as_json:
        told = {
            "verdict": verdict,
            "whole": verdict == WHOLE,
            "journal": check.mark,
            "rows": check.size,
            "heads": len(given),
        }
        print(json.dumps({**told, "faults": faults_json(faults[:SHOWN_FAULTS])}, ensure_ascii=False, indent=2))
    else:
        print("\n".join(told_of_journal(check, faults[:SHOWN_FAULTS], language)))
    raise typer.Exit(EXIT_CODES[verdict])


def _refuse_empty(journal: JournalRepository, folder: Path) -> None:
    if journal.head().size == 0:
        raise ServiceError(f"{folder}: there is no journal; see --data, or nothing was recorded there yet")


def _checked(journal: JournalRepository, given: list[GivenHead], keys: list[str]) -> tuple[JournalCheck, list[Fault]]:
    check, faults = JournalCheck(given, keys), []
    with _bar() as progress:
        task = progress.add_task("rows", total=journal.head().size)
        for row, nodes in journal.rows():
            faults += check.take(row, nodes)
            if check.size % 1000 == 0:
                progress.update(task, completed=check.size)
        progress.update(task, completed=check.size)
    head = journal.head()
    if check.size < head.size:
        faults.append(fault("journal_head", "journal_short", came=check.size, wanted=head.size))
    elif check.root != head.root:
        faults.append(fault("journal_head", "head_differs", size=head.size))
    return check, faults + check.finish()


@journal_app.command("export")
def export_journal(
    out: Annotated[Path, typer.Option(help="File to write (.jsonl), one row a line.")], data: DataDir = None
) -> None:
    """Write the whole journal into a file that the verifier checks anywhere."""
    if out.suffix != ".jsonl":
        raise typer.BadParameter(f"--out: wanted a name that ends in .jsonl, got {out.name!r}")
    parts = open_parts(settings_of(data))
    with parts.database.transaction() as session, writing(out) as file, _bar() as progress:
        journal = JournalRepository(session)
        _refuse_empty(journal, settings_of(data).data_dir)
        task = progress.add_task("rows", total=journal.head().size)
        for row, _ in journal.rows():
            file.write(canonical(row.to_json()) + b"\n")
            progress.advance(task)
    parts.database.close()
    stderr.print(f"{out}: written; check it with the verifier of `congvu evidence verifier`")


@journal_app.command("publish")
def publish_head(data: DataDir = None) -> None:
    """Sign where the journal stands, have it witnessed where an authority is set up, and append it to the file."""
    with opened(data) as custody:
        file = settings_of(data).heads_file
        head = publish(custody.database, custody.pen, file=file, at=custody.clock.now(), authority=custody.authority)
    if head is None:
        stderr.print("nothing was added to the journal since the last head")
    else:
        witnessed = "witnessed" if head.token else "not witnessed"
        stderr.print(f"{file}: head of {head.size} rows, {witnessed}")


@journal_app.command("rotate-key")
def rotate_journal_key(reason: Reason, data: DataDir = None) -> None:
    """Hand over to a new key. The old one is erased; copy the new file to your safe place."""
    with opened(data) as custody:
        keys = settings_of(data).keys
        fresh = rotate_key(custody.database, keys, custody.pen.signer, at=custody.clock.now(), reason=reason)
    stderr.print(f"{keys.path}: key {fresh.key_id} signs from here on")


@journal_app.command("key-lost")
def replace_journal_key(reason: Reason, data: DataDir = None) -> None:
    """Go on with a new key after the old one was lost for good; every check says so from here on."""
    settings = settings_of(data)
    parts = open_parts(settings)
    fresh = replace_lost_key(parts.database, settings.keys, at=parts.clock.now(), reason=reason)
    parts.database.close()
    stderr.print(f"{settings.keys.path}: key {fresh.key_id} signs from here on; tell those who check the journal")


@journal_app.command("erase")
def erase_row(
    row: Annotated[int, typer.Argument(help="Number of the row, as `show` prints it.")],
    basis: Annotated[str, typer.Option(help="The law or decision that asks for it; it stays in the journal.")],
    data: DataDir = None,
) -> None:
    """Erase what a row says, by law. That it was there, and on which basis it was erased, stays; every check passes."""
    with opened(data) as custody:
        erase_body(custody.database, custody.pen, row, basis=basis)
    stderr.print(f"row {row}: its body is erased")


def _bar() -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=stderr)
