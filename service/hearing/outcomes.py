"""What a conclusion says of the flag that the hearing is about."""

from __future__ import annotations

from service.db.records import Verdict
from service.hearing.stages import Outcome

VERDICTS = {
    Outcome.UPHELD: Verdict.BREACH,
    Outcome.NOT_UPHELD: Verdict.NO_BREACH,
    Outcome.CANNOT_ESTABLISH: Verdict.CANNOT_TELL,
}
