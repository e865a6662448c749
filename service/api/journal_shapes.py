"""The shapes of the journal in the JSON API."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field, JsonValue

from service.api.journal_reading import ShownRow
from service.api.schemas import Shape
from service.evidence.offline.faults import Fault
from service.evidence.spot_check import RowProof


class JournalRowShape(Shape):
    """One thing that happened. Rows hold ids, codes and sums; names and free text are nowhere in them."""

    seq: int = Field(description="Its number, from 0.")
    at: datetime
    kind: str = Field(description="What happened.")
    subject: str = Field(description="Id of the event or of whatever else it is about; empty where it is about none.")
    user_id: int | None = Field(description="Whose account did it; null: the service itself, or somebody without one.")
    login: str | None = Field(description="Of that account, for those who may see accounts.")
    facts: dict[str, JsonValue] | None = Field(description="What the row says; null where it was erased by law.")
    is_withheld: bool = Field(
        description="It is about a verdict on a flag that still waits for a look, and the reader might be asked for it."
    )

    @classmethod
    def of(cls, shown: ShownRow) -> JournalRowShape:
        """Make it from a row as its reader may see it."""
        return cls.model_validate({name: getattr(shown, name) for name in cls.model_fields})


class JournalPageShape(Shape):
    """Some rows, newest first."""

    items: list[JournalRowShape]
    next: int | None = Field(description="`before_seq` of the rows that follow; null where there are none.")


class RowProofShape(Shape):
    """Proof that a row is under a root (RFC 9162, 2.1.3)."""

    size: int = Field(description="The root is that of the first so many rows.")
    root: str
    path: list[str] = Field(description="Sums from the leaf up.")
    is_published: bool = Field(description="The root was given out; else it is that of the journal as it stands.")
    is_good: bool = Field(description="The path leads to the root.")

    @classmethod
    def of(cls, proof: RowProof) -> RowProofShape:
        """Make it from a proof."""
        return cls(
            size=proof.size,
            root=proof.root.hex(),
            path=[step.hex() for step in proof.path],
            is_published=proof.is_published,
            is_good=proof.is_good,
        )


class JournalFaultShape(Shape):
    """One thing that is not as it was written."""

    code: str
    words: str = Field(description="The same, in the reader's language.")

    @classmethod
    def of(cls, fault: Fault, language: str) -> JournalFaultShape:
        """Make it from what a check found."""
        return cls(code=fault.code, words=fault.words(language))


class JournalRowDetailShape(JournalRowShape):
    """One row with all that it can be checked by."""

    subject_prev: int | None = Field(description="Number of the row before it about the same subject.")
    prev: str = Field(description="Leaf sum of the row before it.")
    leaf: str = Field(description="Sum that stands for this row in chain and tree.")
    body_sha256: str = Field(description="Sum of what it says, with its salt; it outlives what it says.")
    key_id: str = Field(description="Which key signed it.")
    signature: str = Field(description="Ed25519, over its header.")
    is_signature_good: bool = Field(description="The key in force then signed it.")
    proof: RowProofShape
    faults: list[JournalFaultShape] = Field(description="What is wrong with it; empty where nothing is.")


class PublishedHeadShape(Shape):
    """Where the journal stood when others were told."""

    size: int
    root: str
    at: datetime | None
    key_id: str
    signature: str
    is_witnessed: bool = Field(description="An RFC 3161 authority put its timestamp on it.")


class JournalHeadShape(Shape):
    """How far the journal goes."""

    size: int
    root: str = Field(description="The sum that stands for all rows.")
    leaf: str = Field(description="Of the newest row.")
    key_id: str = Field(description="The key in force.")
    mark: str = Field(description="Leaf of the first row: the name that the journal keeps for ever.")
    published: PublishedHeadShape | None = Field(description="The head that was given out last.")
