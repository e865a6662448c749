"""`congvu evidence quarantine`: compare store and database, look at what was set aside, bring it back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from service.cli_options import AsJson, DataDir, settings_of
from service.db.pen import Pen
from service.errors import EvidenceExists, Refused
from service.evidence.quarantine import Recoverer, set_aside
from service.evidence.reconcile import Reconciled, Reconciler
from service.wiring import Parts, open_parts, pen_of

quarantine_app = typer.Typer(help="Evidence that the database does not own.", no_args_is_help=True)
stderr = Console(stderr=True, soft_wrap=True)


@quarantine_app.command("list")
def quarantine_list(as_json: AsJson = False, data: DataDir = None) -> None:
    """List what was set aside: size, when it was stored, why, and its key."""
    with _opened(data) as (parts, _):
        found = list(set_aside(parts.store))
    if as_json:
        told = [
            {
                "key": each.key,
                "before": each.before,
                "reason": each.reason,
                "size_bytes": each.size_bytes,
                "stored_at": each.modified_at.isoformat(),
            }
            for each in found
        ]
        print(json.dumps({"quarantine": told}, ensure_ascii=False, indent=2))
        return
    for each in found:
        print(f"{each.size_bytes:>12} {each.modified_at:%Y-%m-%d %H:%M:%S} {each.reason} {each.key}")
    stderr.print(f"{len(found)} objects in quarantine")


@quarantine_app.command("recover")
def quarantine_recover(
    keys: Annotated[list[str] | None, typer.Argument(help="Keys in quarantine, as `list` shows them.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Try all that is in quarantine.")] = False,
    data: DataDir = None,
) -> None:
    """Put objects back that the database or the journal vouches for. Exit 1 where one had to stay."""
    if bool(keys) == everything:
        raise typer.BadParameter("give either keys or --all")
    stayed = 0
    with _opened(data) as (parts, pen):
        recoverer = Recoverer(parts.database, parts.store, pen)
        for key in keys or [each.key for each in set_aside(parts.store)]:
            try:
                stderr.print(f"{key}: {recoverer.recover(key)}", markup=False)
            except (EvidenceExists, Refused) as error:
                stayed += 1
                stderr.print(f"{key}: {error}", markup=False)
    if stayed:
        raise typer.Exit(1)


@quarantine_app.command("reconcile")
def quarantine_reconcile(
    sums: Annotated[bool, typer.Option(help="Read every object and compare its sum; takes its time.")] = False,
    even_most: Annotated[
        bool, typer.Option(help="Also where the database does not know most of what is in the store.")
    ] = False,
    as_json: AsJson = False,
    data: DataDir = None,
) -> None:
    """Set aside what the database does not own; say what of its own is gone, and exit 1 then."""
    with _opened(data) as (parts, pen):
        reconciler = Reconciler(parts.database, parts.store, pen, even_most=even_most)
        found = reconciler.run(parts.clock.now(), with_sums=sums)
    if as_json:
        print(json.dumps(_told(found), ensure_ascii=False, indent=2))
    else:
        for key in found.set_aside:
            stderr.print(f"set aside: {key}", markup=False)
        for owned in found.missing:
            stderr.print(f"not in the store as it was stored: {owned.key} (sha256 {owned.sha256})", markup=False)
        stderr.print(
            f"{found.owned} objects as they should be, {len(found.set_aside)} set aside, {found.young} too young to "
            f"tell, {found.deleted} removed that had been deleted by decision, {len(found.missing)} missing"
        )
    if found.missing:
        raise typer.Exit(1)


@contextmanager
def _opened(data: Path | None) -> Iterator[tuple[Parts, Pen]]:
    parts = open_parts(settings_of(data))
    try:
        yield parts, pen_of(parts)
    finally:
        parts.database.close()


def _told(found: Reconciled) -> dict[str, object]:
    return {
        "owned": found.owned,
        "set_aside": list(found.set_aside),
        "young": found.young,
        "held": found.held,
        "deleted": found.deleted,
        "missing": [{"key": owned.key, "event": owned.event_id, "sha256": owned.sha256} for owned in found.missing],
        "found_again": [owned.key for owned in found.found_again],
    }
