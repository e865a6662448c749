"""Compare the evidence store with the database. What nobody owns is set aside, never deleted; what is gone is said."""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import structlog

from service.db.custody import CustodyRepository
from service.db.owned import OwnedObject, OwnedRepository, Ownership
from service.db.pen import Pen
from service.db.session import Database
from service.errors import DatabaseUnusable, EvidenceHeld, EvidenceMissing, EvidenceUnreachable
from service.evidence.journal import Facts, RowKind
from service.evidence.keys import QUARANTINE
from service.evidence.store import EvidenceStore, StoredObject
from service.evidence.sums import sum_of_file
from service.stills import still_key

log = structlog.get_logger(__name__)

SETTLED_AFTER = timedelta(hours=1)
"""What is younger may still be in writing: an object comes first, its row a moment later."""
UNOWNED = "unowned"
"""Folder of quarantine for what the database does not own."""
OBJECTS_AT_ONCE = 500
FOLDERS_KEPT = 8


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a comparison found.

    Attributes:
        owned: Objects that are counted on and there; deleted: that have a tombstone and were still there.
        young: Unowned ones that may still be in writing; held: unowned ones that the store holds.
        set_aside: Keys in quarantine of what nobody owns.
        missing: What is counted on and gone, or is other bytes.
        found_again: What had been missing and is there.
    """

    owned: int = 0
    deleted: int = 0
    young: int = 0
    held: int = 0
    set_aside: tuple[str, ...] = ()
    missing: tuple[OwnedObject, ...] = ()
    found_again: tuple[OwnedObject, ...] = ()


class Reconciler:
    """Compares one store with one database.

    Args:
        even_most: Also where the database does not know most of what is there.
    """

    def __init__(self, database: Database, store: EvidenceStore, pen: Pen, *, even_most: bool = False) -> None:
        self._database = database
        self._store = store
        self._pen = pen
        self._even_most = even_most

    def run(self, now: datetime, *, with_sums: bool = False) -> Reconciled:
        """Compare both ways; with sums, read every object that is counted on.

        Raises:
            DatabaseUnusable: The database knows nothing, or not most, of what is there. Nothing was changed.
            EvidenceUnreachable: Nothing, or not most, of what the database counts on is there. Nothing was noted.
            EvidenceUnreachable: The store does not answer. What was set aside so far stays so.
        """
        self._refuse_foreign()
        self._refuse_away()
        found = self._sort_out(now)
        missing, again = self._look_for(now, with_sums=with_sums)
        log.info("evidence reconciled", owned=found.owned, set_aside=len(found.set_aside), missing=len(missing))
        return replace(found, missing=tuple(missing), found_again=tuple(again))

    def _refuse_foreign(self) -> None:
        """An empty, new or foreign database must move nothing: looked at as a whole before anything is touched."""
        known = unknown = 0
        for objects, ownership in self._batches():
            here = sum(each.key in ownership.kept or each.key in ownership.deleted for each in objects)
            known, unknown = known + here, unknown + len(objects) - here
        if unknown == 0 or (known and (unknown <= known or self._even_most)):
            return
        with self._database.transaction() as session:
            is_empty = not OwnedRepository(session).owns_anything()
        kind = "is new or empty" if is_empty else f"knows {known} of them"
        hint = "" if known == 0 else ", or say --even-most if you know that it is the right one"
        raise DatabaseUnusable(
            f"the evidence store holds {known + unknown} objects, and the database {kind}: is it the database of this "
            f"store? Nothing was moved and nothing deleted. Put back the right database, or point to the right "
            f"evidence{hint}"
        )

    def _refuse_away(self) -> None:
        """A disk that is not mounted, or another folder, must not make all evidence missing."""
        there = counted = 0
        sizes = _FolderSizes(self._store)
        with self._database.transaction() as session:
            for owned in itertools.chain.from_iterable(OwnedRepository(session).counted_on()):
                counted, there = counted + 1, there + (sizes.of(owned.key) is not None)
        if there * 2 >= counted or (there and self._even_most):
            return
        hint = ", or say --even-most if it is really gone" if there else ""
        raise EvidenceUnreachable(
            f"the database counts on {counted} objects, and {there} of them are in the store: is its disk mounted, is "
            f"it the right folder? Nothing was noted and nothing moved. Mount it, or point to the right evidence{hint}"
        )

    def _sort_out(self, now: datetime) -> Reconciled:
        found = Reconciled()
        for objects, ownership in self._batches():
            found = replace(found, owned=found.owned + len(ownership.kept & {each.key for each in objects}))
            gone = [each.key for each in objects if each.key in ownership.deleted]
            found = replace(found, deleted=found.deleted + self._erase(gone, now))
            for each in objects:
                if each.key in ownership.kept or each.key in ownership.deleted:
                    continue
                if each.modified_at > now - SETTLED_AFTER:
                    found = replace(found, young=found.young + 1)
                    continue
                aside = self._set_aside(each)
                if aside is None:
                    found = replace(found, held=found.held + 1)
                else:
                    found = replace(found, set_aside=(*found.set_aside, aside))
        return found

    def _erase(self, keys: list[str], now: datetime) -> int:
        """What has a tombstone was to be deleted: a pass that was killed, or a replay, left it there."""
        erased = []
        for key in keys:
            try:
                self._store.delete(key)
                erased.append(key)
            except EvidenceHeld:
                log.warning("deleted evidence is held in the store", key=key)
        if erased:
            with self._database.transaction() as session:
                CustodyRepository(session).note_erased(erased, at=now)
        return len(erased)

    def _set_aside(self, each: StoredObject) -> str | None:
        """The journal is told first: an object that was moved and never mentioned would look like one that was lost."""
        with self._database.transaction() as session:
            if OwnedRepository(session).ownership_of([each.key]).kept:
                return None  # its row came meanwhile
            facts: Facts = {"key": each.key, "size_bytes": each.size_bytes, "reason": UNOWNED}
            self._pen.note(session, RowKind.QUARANTINED, facts)
        try:
            aside = self._store.set_aside(each.key, UNOWNED)
        except (EvidenceHeld, EvidenceMissing) as error:
            log.warning("unowned evidence stays where it is", key=each.key, error=str(error))
            return None
        log.warning("unowned evidence set aside", key=each.key, quarantine=aside)
        return aside

    def _batches(self) -> Iterator[tuple[list[StoredObject], Ownership]]:
        """Go through what lies outside of quarantine, with what the database says of it."""
        outside = (each for each in self._store.stored() if not each.key.startswith(f"{QUARANTINE}/"))
        with self._database.transaction() as session:
            stills = {still_key(camera_id) for camera_id in OwnedRepository(session).camera_ids()}
        for objects in _batched(outside, OBJECTS_AT_ONCE):
            keys = [each.key for each in objects]
            with self._database.transaction() as session:
                said = OwnedRepository(session).ownership_of(keys)
            yield objects, replace(said, kept=said.kept | (stills & set(keys)))

    def _look_for(self, now: datetime, *, with_sums: bool) -> tuple[list[OwnedObject], list[OwnedObject]]:
        suspects: list[OwnedObject] = []
        again: list[OwnedObject] = []
        sizes = _FolderSizes(self._store)
        with self._database.transaction() as session:
            for owned in itertools.chain.from_iterable(OwnedRepository(session).counted_on()):
                if self._fault_of(owned, sizes, with_sums=with_sums):
                    suspects.append(owned)
                elif owned.is_missing:
                    again.append(owned)
        missing = [owned for owned in suspects if self._is_missing(owned, now, with_sums=with_sums)]
        for owned in again:
            with self._database.transaction() as session:
                OwnedRepository(session).note_missing(owned, at=None)
                self._pen.note(session, RowKind.RECOVERED, _facts_of(owned), subject=owned.event_id)
        return missing, again

    def _is_missing(self, owned: OwnedObject, now: datetime, *, with_sums: bool) -> bool:
        """Look again: evidence comes and goes while the store is being listed."""
        with self._database.transaction() as session:
            owners = OwnedRepository(session)
            fault = self._fault_of(owned, _FolderSizes(self._store), with_sums=with_sums)
            if not fault or owners.object_of(owned.key) is None:
                return False
            log.warning("evidence is not in the store as it was stored", key=owned.key, fault=fault)
            if owned.is_original and not owned.is_missing:
                owners.note_missing(owned, at=now)
                facts = {**_facts_of(owned), "reason": fault}
                self._pen.note(session, RowKind.EVIDENCE_MISSING, facts, subject=owned.event_id)
        return True

    def _fault_of(self, owned: OwnedObject, sizes: _FolderSizes, *, with_sums: bool) -> str:
        size_bytes = sizes.of(owned.key)
        if size_bytes is None:
            return "missing"
        if owned.size_bytes is not None and size_bytes != owned.size_bytes:
            return "altered"
        if not with_sums and not owned.is_missing:
            return ""  # what was found altered counts as there again only once its sum says so
        return "" if sum_in(self._store, owned.key) == owned.sha256 else "altered"


def _facts_of(owned: OwnedObject) -> Facts:
    return {"key": owned.key, "kind": owned.kind, "sha256": owned.sha256}


def sum_in(store: EvidenceStore, key: str) -> str | None:
    """Return the sha256 of an object; None where it is not there."""
    try:
        with store.open(key) as file:
            return sum_of_file(file)
    except EvidenceMissing:
        return None


class _FolderSizes:
    """Sizes of objects, asked for one camera's day at a time: one listing instead of one question for each."""

    def __init__(self, store: EvidenceStore) -> None:
        self._store = store
        self._folders: OrderedDict[str, dict[str, int]] = OrderedDict()

    def of(self, key: str) -> int | None:
        parts = key.split("/")
        folder = "/".join(parts[: min(2, len(parts) - 1)])
        if folder not in self._folders:
            self._folders[folder] = {each.key: each.size_bytes for each in self._store.stored(folder)}
            if len(self._folders) > FOLDERS_KEPT:
                self._folders.popitem(last=False)
        self._folders.move_to_end(folder)
        return self._folders[folder].get(key)


def _batched(objects: Iterable[StoredObject], at_once: int) -> Iterator[list[StoredObject]]:
    left = iter(objects)
    while batch := list(itertools.islice(left, at_once)):
        yield batch
