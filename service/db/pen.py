"""What every part of the service writes the journal with."""

from __future__ import annotations

from sqlalchemy.orm import Session

from service.db.journal import JournalRepository
from service.errors import KeyNotInForce
from service.evidence.journal import Facts, RowKind, facts_of
from service.evidence.offline.journal_rows import JournalRow
from service.evidence.signing import KeyFolder, Signer
from vision.clock import Clock


class Pen:
    """Writes rows of the journal within whatever transaction it is handed, at the present moment.

    A running program goes on after the key was rotated by another: it reads the new one from its file.
    """

    def __init__(self, signer: Signer, keys: KeyFolder, clock: Clock) -> None:
        self.signer = signer
        self._keys = keys
        self._clock = clock

    def note(self, session: Session, kind: RowKind, facts: Facts, *, subject: str = "") -> JournalRow:
        """Add a row; see `JournalRepository.note`. Raises `KeyNotInForce`, `KeyUnusable`."""
        at = self._clock.now()
        try:
            return JournalRepository(session, self.signer).note(kind, facts, at=at, subject=subject)
        except KeyNotInForce:
            if not self.renew():
                raise
        return JournalRepository(session, self.signer).note(kind, facts, at=at, subject=subject)

    def renew(self) -> bool:
        """Read the key anew; tell whether it is another one than before. Raises `KeyUnusable`."""
        found = self._keys.load()
        if found is None or found.key_id == self.signer.key_id:
            return False
        self.signer = found
        return True

    def note_change(self, session: Session, subject: str, facts: Facts) -> JournalRow | None:
        """Note that something was set up otherwise, unless the newest row about it says just this."""
        latest = JournalRepository(session).latest_about(subject)
        if latest is not None and facts_of(latest) == dict(facts):
            return None
        return self.note(session, RowKind.CONFIGURATION_CHANGED, facts, subject=subject)
