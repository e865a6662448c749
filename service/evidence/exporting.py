"""Make an evidence bundle: one file that anybody can check, with no access to us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from service.db.evidence import EvidenceRepository
from service.db.journal import JournalHead, JournalRepository, PublishedHead
from service.db.pen import Pen
from service.db.records import EventRecord, EvidenceKind, EvidenceRecord, SiteRecord
from service.db.redacted import RedactedCopy, RedactedRepository
from service.db.repository import EventRepository
from service.db.session import Database
from service.db.sites import SiteRepository
from service.errors import EvidenceChanged
from service.evidence.assembling import verifier_script
from service.evidence.cover import CoverFacts, cover_page
from service.evidence.credentials import Claim, Credentialer
from service.evidence.journal import Fact, RowKind, facts_of
from service.evidence.offline.bundle import BUNDLE_DOMAIN, BUNDLE_FORMAT, check_bundle
from service.evidence.offline.bundle_report import (
    CHANGED,
    EVENT,
    HEAD,
    HEAD_SIGNATURE,
    KEYS_ROWS,
    MANIFEST,
    MANIFEST_SIGNATURE,
    ROWS,
    TOKEN,
    TOKEN_ROOTS,
)
from service.evidence.offline.container import write_container
from service.evidence.offline.journal_rows import JournalRow, canonical, sum_of
from service.evidence.publishing import Authority, give_out, sign_head, signer_of, token_of
from service.evidence.store import EvidenceStore
from service.evidence.told import facts_of_record, observations_of

VERSION = 2
ATTEMPTS = 3
README_FILE = Path(__file__).with_name("bundle_readme.txt")
COVER, README, SCRIPT = "cover.pdf", "README.txt", "verify_congvu.py"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who wants a bundle, and why; both go into the journal.

    Attributes:
        user_id: None on the command line.
        without_originals: Only redacted copies go into the bundle; of the originals it tells the sums.
    """

    user_id: int | None
    reason: str
    at: datetime
    without_originals: bool = False


@dataclass(frozen=True, slots=True)
class Proved:
    """A journal row and the sums that prove it."""

    row: JournalRow
    path: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """All that the database says of one event, at one moment."""

    event: EventRecord
    evidence: tuple[EvidenceRecord, ...]
    rows: tuple[Proved, ...]
    keys: tuple[Proved, ...]
    copies: tuple[RedactedCopy, ...]
    head: JournalHead
    site: SiteRecord | None


class Exporter:
    """Makes bundles.

    Args:
        authority: Witnesses each bundle; None where there is none.
        heads_file: Where the head of each bundle is given out; None where heads are not.
        credentialer: Writes content credentials into further copies; None where no certificate is set up.
    """

    def __init__(
        self,
        database: Database,
        store: EvidenceStore,
        pen: Pen,
        *,
        authority: Authority | None = None,
        heads_file: Path | None = None,
        credentialer: Credentialer | None = None,
    ) -> None:
        self._database = database
        self._store = store
        self._pen = pen
        self._authority = authority
        self._heads_file = heads_file
        self._credentialer = credentialer

    def export(self, event_id: str, asked: Asked) -> bytes:
        """Return the bundle of one event. It was checked as its reader will check it.

        Raises:
            NotFound: There is no such event.
            EvidenceMissing: A file is not in the store.
            EvidenceChanged: A file, or the event, is not what the journal says. No bundle is made.
        """
        for _ in range(ATTEMPTS):
            self._note(event_id, asked)
            told = self._read(event_id)
            head = sign_head(told.head, told.keys[0].row.leaf().hex(), signer_of(told.head, self._pen), asked.at)
            bundle = self._packed(told, head, asked)
            report = check_bundle(bundle)
            if report.verdict != CHANGED:
                if self._heads_file is not None:
                    give_out(self._database, head, self._heads_file)
                return bundle
            # something was stored, deleted or signed with another key meanwhile: another try sees all of it
        faults = "; ".join(found.words("en") for found in report.faults)
        raise EvidenceChanged(f"event {event_id}: no bundle was made, it would not have passed a check: {faults}")

    def _packed(self, told: Told, head: PublishedHead, asked: Asked) -> bytes:
        shown = () if asked.without_originals else told.evidence
        files = {_name_of(record): self._file(record) for record in shown}
        copies = {f"redacted/{c.mode}/{c.kind}.{_ending(c)}": self._file(c) for c in told.copies}
        mark = told.keys[0].row.leaf().hex()
        facts = CoverFacts(told.site, mark, len(told.rows), head, asked.at, told.copies, asked.without_originals)
        members: dict[str, bytes] = {
            README: README_FILE.read_bytes(),
            COVER: cover_page(told.event, told.evidence, facts),
            SCRIPT: verifier_script().encode(),
            EVENT: canonical(_event_json(told)),
            **files,
            **copies,
            **self._credentials(told, files, copies),
            ROWS: _lines(told.rows),
            KEYS_ROWS: _lines(told.keys),
            HEAD: head.content,
            HEAD_SIGNATURE: head.signature.hex().encode(),
        }
        if self._authority is not None and self._authority.roots_pem:
            members[TOKEN_ROOTS] = self._authority.roots_pem
        return self._sealed(members, told, asked)

    def _note(self, event_id: str, asked: Asked) -> None:
        with self._database.transaction() as session:
            EventRepository(session).get(event_id)
            facts: dict[str, Fact] = {"user": asked.user_id, "reason_sha256": sum_of(asked.reason.encode())}
            self._pen.note(session, RowKind.EXPORTED, facts, subject=event_id)

    def _read(self, event_id: str) -> Told:
        with self._database.transaction() as session:
            events, journal = EventRepository(session), JournalRepository(session)
            event, head = events.get(event_id), journal.head()
            told = Told(
                event,
                tuple(EvidenceRepository(session).of(event_id)),
                _proved(journal, journal.about(event_id), head.size),
                _proved(journal, journal.key_rows(), head.size),
                tuple(RedactedRepository(session).copies_of(event_id)),
                head,
                SiteRepository(session).site_of_camera(event.camera_id),
            )
        _check_event(told)
        return told

    def _file(self, record: EvidenceRecord | RedactedCopy) -> bytes:
        with self._store.open(record.key) as file:
            content = file.read()
        if sum_of(content) != record.sha256:
            raise EvidenceChanged(
                f"evidence {record.key} is not what was stored: its sum is {sum_of(content)}, the database says "
                f"{record.sha256}. Look for a faulty disk or for whoever changed it; no bundle was made"
            )
        return content

    def _credentials(self, told: Told, files: Mapping[str, bytes], copies: Mapping[str, bytes]) -> dict[str, bytes]:
        """Return copies with content credentials (C2PA) in them, for programs that show where a picture comes from."""
        if self._credentialer is None:
            return {}
        sources: list[tuple[str, bytes, EvidenceRecord, tuple[str, ...]]] = [
            (name, content, record, ("boxes drawn",) if record.kind is EvidenceKind.SNAPSHOT_ANNOTATED else ())
            for (name, content), record in zip(files.items(), told.evidence[: len(files)], strict=True)
        ]
        by_kind = {record.kind: record for record in told.evidence}
        for (name, content), copy in zip(copies.items(), told.copies, strict=True):
            if copy.kind in by_kind:
                sources.append((name, content, by_kind[copy.kind], (f"heads hidden: {copy.mode}",)))
        return {
            f"credentials/{name}": self._credentialer.sign(content, record.media_type, _claim(told, record, edits))
            for name, content, record, edits in sources
        }

    def _sealed(self, members: dict[str, bytes], told: Told, asked: Asked) -> bytes:
        signer = signer_of(told.head, self._pen)
        manifest = canonical(
            {
                "format": BUNDLE_FORMAT,
                "version": VERSION,
                "event_id": told.event.event_id,
                "made_at": asked.at.astimezone(UTC).isoformat(),
                "journal": told.keys[0].row.leaf().hex(),
                "key": signer.key_id,
                "rows": len(told.rows),
                "withheld": [record.sha256 for record in told.evidence] if asked.without_originals else [],
                "members": [
                    {"name": name, "sha256": sum_of(content), "size_bytes": len(content)}
                    for name, content in sorted(members.items())
                ],
            }
        )
        token = token_of(manifest, self._authority)
        first = {README: members.pop(README), COVER: members.pop(COVER), MANIFEST: manifest}
        first[MANIFEST_SIGNATURE] = signer.sign(BUNDLE_DOMAIN, manifest).hex().encode()
        return write_container({**first, **({TOKEN: token} if token else {}), **members})


def _proved(journal: JournalRepository, rows: Sequence[JournalRow], size: int) -> tuple[Proved, ...]:
    # a row that was added after the head was read belongs to the next bundle
    return tuple(Proved(row, tuple(journal.proof(row.seq, size))) for row in rows if row.seq < size)


def _lines(rows: Sequence[Proved]) -> bytes:
    return b"\n".join(canonical({"path": [step.hex() for step in p.path], "row": p.row.to_json()}) for p in rows)


def _event_json(told: Told) -> dict[str, Fact]:
    return {"facts": _told_facts(told.rows), "observations": observations_of(told.event.trace)}


def _told_facts(rows: Sequence[Proved]) -> Fact:
    """Return what the journal told last of the event itself."""
    facts: Fact = None
    for proved in rows:
        if proved.row.kind in (RowKind.EVENT_CREATED, RowKind.EVENT_ENDED):
            facts = (facts_of(proved.row) or {}).get("facts")
    return facts


def _check_event(told: Told) -> None:
    """Refuse to export what the journal does not bear out."""
    event_id, facts = told.event.event_id, _told_facts(told.rows)
    if facts is None:
        raise EvidenceChanged(
            f"event {event_id} is not in the journal: it is older than the journal, or was written past it. "
            "No bundle was made"
        )
    now = facts_of_record(told.event)
    assert isinstance(facts, dict)
    # an open event goes on: what was told when it began need not be what is known now
    differing = sorted(name for name in now if facts.get(name) != now[name]) if told.event.ended_at else []
    if differing:
        raise EvidenceChanged(
            f"event {event_id} is not what the journal says of it: {', '.join(differing)} differ. Look for whoever "
            "changed the database; no bundle was made"
        )


def _name_of(record: EvidenceRecord) -> str:
    return f"evidence/{record.kind}.{_ending(record)}"


def _ending(record: EvidenceRecord | RedactedCopy) -> str:
    return "mp4" if record.media_type == "video/mp4" else "jpg"


def _claim(told: Told, record: EvidenceRecord, edits: tuple[str, ...]) -> Claim:
    event = told.event
    return Claim(event.event_id, event.camera_name, record.start, record.end, record.sha256, edits)
