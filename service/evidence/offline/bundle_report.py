"""What a check of a bundle finds, what its reader knows beforehand, and the names of its members."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from service.evidence.offline.faults import BROKEN, UNVOUCHED, Fault
from service.evidence.offline.journal_heads import GivenHead

MANIFEST, MANIFEST_SIGNATURE, TOKEN = "manifest.json", "manifest.sig", "manifest.tst"
EVENT, HEAD, HEAD_SIGNATURE = "event.json", "journal/head.json", "journal/head.sig"
TOKEN_ROOTS = "journal/tsa-roots.pem"
ROWS, KEYS_ROWS = "journal/rows.jsonl", "journal/keys.jsonl"

WHOLE, NOT_VOUCHED, CHANGED = "whole", "not_vouched", "changed"


@dataclass(frozen=True, slots=True)
class Trusted:
    """What the reader knows of the agency from elsewhere: from print, from its site, from another agency's copy.

    Attributes:
        journal: The mark of its journal; empty where unknown.
        keys: Short names of its keys, those of now and before; empty where unknown.
        heads: Heads that it has given out.
    """

    journal: str = ""
    keys: tuple[str, ...] = ()
    heads: tuple[GivenHead, ...] = ()

    @classmethod
    def told(cls, journal: str, keys: Iterable[str], heads: Iterable[GivenHead]) -> Trusted:
        """Take what people copied from paper. Raises ValueError where it is no mark or no key."""
        return cls(
            _copied(journal, 64, "the mark of a journal") if journal.strip() else "",
            tuple(_copied(key, 32, "a key") for key in keys),
            tuple(heads),
        )


def _copied(text: str, digits: int, what: str) -> str:
    found = "".join(text.split()).lower()
    if len(found) != digits or not set(found) <= set("0123456789abcdef"):
        raise ValueError(f"{what} has {digits} digits of 0-9 and a-f, got {len(found)} characters: {found[:80]!r}")
    return found


@dataclass(slots=True)
class BundleReport:
    """What was found.

    Attributes:
        event_id, made_at, journal, key_id: As the bundle says; empty where it cannot be read.
        stamped_at: What the timestamp authority confirms; empty where there is no timestamp.
        stamp_certificate: Sum of the authority's certificate: compare it with the one that the authority publishes.
        withheld: How many originals were left out on purpose; their sums are in the journal.
        faults: Everything that is not as it was made; empty where the bundle is whole.
    """

    event_id: str = ""
    made_at: str = ""
    journal: str = ""
    key_id: str = ""
    stamped_at: str = ""
    stamped_by: str = ""
    stamp_certificate: str = ""
    rows: int = 0
    members: int = 0
    withheld: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def verdict(self) -> str:
        """``whole``, ``changed``, or ``not_vouched``: whole in itself, but anybody might have signed it."""
        return verdict_of(self.faults)

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing was changed and nothing is left for the reader to vouch for."""
        return self.verdict == WHOLE


def verdict_of(faults: list[Fault]) -> str:
    """Return what faults come to."""
    levels = {found.level for found in faults}
    return CHANGED if BROKEN in levels else NOT_VOUCHED if UNVOUCHED in levels else WHOLE
