"""Open the journal and its key, rotate the key, replace one that was lost, publish signed heads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import structlog

from service.db.journal import JournalRepository
from service.db.pen import Pen
from service.db.session import Database
from service.errors import KeyNotInForce, Refused
from service.evidence.credentials import Credentialer
from service.evidence.exporting import Exporter
from service.evidence.journal import Facts, RowKind
from service.evidence.locks import Locksmith
from service.evidence.offline.journal_rows import KEY_SUBJECT, sum_of
from service.evidence.publishing import Authority
from service.evidence.signing import KeyFolder, Signer
from service.evidence.store import EvidenceStore
from vision.clock import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Custody:
    """Everything that deals with evidence once it is stored.

    Attributes:
        authority: Witnesses heads of the journal; None where none is set up.
        heads_file: File of the journal's heads that are given out; None where none is kept.
        credentialer: Writes content credentials; None where no certificate is set up.
    """

    database: Database
    store: EvidenceStore
    pen: Pen
    clock: Clock
    authority: Authority | None = None
    heads_file: Path | None = None
    credentialer: Credentialer | None = None

    @property
    def exporter(self) -> Exporter:
        """What makes bundles."""
        return Exporter(
            self.database,
            self.store,
            self.pen,
            authority=self.authority,
            heads_file=self.heads_file,
            credentialer=self.credentialer,
        )

    @property
    def locksmith(self) -> Locksmith:
        """What locks evidence."""
        return Locksmith(self.database, self.store, self.pen)


def open_pen(database: Database, keys: KeyFolder, clock: Clock) -> Pen:
    """Return what writes the journal; the first time, make its key. Raises `KeyNotInForce`, `KeyUnusable`."""
    return Pen(open_journal(database, keys, at=clock.now()), keys, clock)


@dataclass(frozen=True, slots=True)
class KeyState:
    """The key at hand and the key that the journal is signed with; None and empty where there is none."""

    signer: Signer | None
    in_force: str

    @property
    def fits(self) -> bool:
        """Tell whether the key at hand may sign."""
        return self.signer is not None and self.signer.key_id == self.in_force


def key_state(database: Database, keys: KeyFolder) -> KeyState:
    """Look at the key, and put a successor in force that the journal had already taken. Raises `KeyUnusable`."""
    with database.transaction() as session:
        in_force = JournalRepository(session).head().key_id
    signer = keys.load()
    if signer is None or signer.key_id != in_force:
        waiting = keys.load_next()
        if waiting is not None and waiting.key_id == in_force:
            keys.promote()
            return KeyState(waiting, in_force)
    return KeyState(signer, in_force)


def open_journal(database: Database, keys: KeyFolder, *, at: datetime) -> Signer:
    """Return what rows are signed with; the first time, make the key and open the journal.

    Raises:
        KeyNotInForce: The journal has another key than the one at hand, or there is none at hand.
        KeyUnusable: The file cannot be read or written.
    """
    state = key_state(database, keys)
    if state.fits and state.signer is not None:
        return state.signer
    if state.in_force:
        held = "none is there" if state.signer is None else f"it holds {state.signer.key_id}"
        raise KeyNotInForce(
            f"{keys.path}: the journal is signed with key {state.in_force}, but {held}. Put back the key from your "
            "backup; if it is lost for good, run `congvu journal key-lost`"
        )
    signer = state.signer or Signer.fresh()
    keys.keep(signer)
    _note_key(database, signer, RowKind.JOURNAL_OPENED, _named(signer), at=at)
    log.info("journal opened", key=signer.key_id, file=str(keys.path))
    return signer


def rotate_key(database: Database, keys: KeyFolder, signer: Signer, *, at: datetime, reason: str) -> Signer:
    """Hand over to a new key: the old one signs its name, the new one accepts. The old one is gone after it.

    Raises:
        KeyNotInForce: The key at hand is not the journal's.
        KeyUnusable: The new key cannot be written; the old one stays in force.
    """
    fresh = Signer.fresh()
    keys.keep_next(fresh)
    facts = {**_named(fresh), "accepted": fresh.accept(signer.key_id).hex(), "reason_sha256": sum_of(reason.encode())}
    _note_key(database, signer, RowKind.KEY_ROTATED, facts, at=at)
    keys.promote()
    log.info("journal key rotated", before=signer.key_id, key=fresh.key_id)
    return fresh


def replace_lost_key(database: Database, keys: KeyFolder, *, at: datetime, reason: str) -> Signer:
    """Go on with a new key though the old one cannot sign its name: every check says so from here on.

    Raises:
        Refused: The key is not lost, or there is no journal yet.
        KeyUnusable: The new key cannot be written.
    """
    state = key_state(database, keys)
    if not state.in_force:
        raise Refused("there is no journal yet, so no key of it can be lost")
    if state.fits:
        raise Refused(f"{keys.path} holds the journal's key: nothing is lost. To change it, rotate it")
    fresh = Signer.fresh()
    keys.keep_next(fresh)
    facts = {**_named(fresh), "lost": state.in_force, "reason_sha256": sum_of(reason.encode())}
    _note_key(database, fresh, RowKind.KEY_LOST, facts, at=at)
    keys.promote()
    log.warning("journal key replaced after loss", before=state.in_force, key=fresh.key_id)
    return fresh


def _note_key(database: Database, signer: Signer, kind: RowKind, facts: Facts, *, at: datetime) -> None:
    with database.transaction() as session:
        JournalRepository(session, signer).note(kind, facts, at=at, subject=KEY_SUBJECT)


def _named(signer: Signer) -> Facts:
    return {"public_key": signer.public_key.hex(), "key_id": signer.key_id}


def erase_body(database: Database, pen: Pen, seq: int, *, basis: str) -> None:
    """Erase what a journal row says, by law; that it was there, and on which basis it was erased, stays.

    Raises:
        NotFound: There is no such row.
        Refused: The journal could not be checked without it, or it says itself what was erased.
    """
    with database.transaction() as session:
        journal = JournalRepository(session)
        row = journal.row(seq)
        if row.kind == RowKind.BODY_ERASED:
            raise Refused(f"journal row {seq} says what was erased and on which basis: it stays")
        facts: Facts = {"seq": seq, "basis": basis}
        pen.note(session, RowKind.BODY_ERASED, facts, subject=row.subject)
        journal.erase_body(seq)
