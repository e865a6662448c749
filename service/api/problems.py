"""What can be wrong with a request, as one plain sentence that pages and API show alike."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.errors import (
    EvidenceChanged,
    EvidenceExists,
    EvidenceHeld,
    EvidenceMissing,
    EvidenceUnreachable,
    KeyNotInForce,
    KeyUnusable,
    NotFound,
    Refused,
    SceneChanged,
    ServiceError,
    StoreUnwritable,
)

_WORD = re.compile(r"(?<!^)(?=[A-Z])")


def N_(message: str) -> str:
    """Mark a message for the catalogues; it is put into words where it is shown."""
    return message


class Problem(ServiceError):
    """A request that cannot be served. Nothing was changed.

    Attributes:
        status: HTTP status.
        title: What is wrong, in a few words (a catalogue message).
        detail: What the reader can do about it, one sentence (a catalogue message).
        faults: What exactly is wrong, in the words of the service.
        headers: What the answer's headers say beside.
    """

    status = 400
    title = N_("This request cannot be served")
    detail = N_("Something in the request is not as expected. Go back and try again.")
    faults: tuple[str, ...] = ()
    headers: Mapping[str, str] = {}

    def __init__(self) -> None:
        super().__init__(self.detail)

    @classmethod
    def type_uri(cls) -> str:
        """Return by what programs tell this problem from others: `LookRefused` is ``/problems/look-refused``."""
        return "/problems/" + _WORD.sub("-", cls.__name__).lower()


class NotSignedIn(Problem):
    """There is no session, or it has ended."""

    status = 401
    title = N_("Please sign in")
    detail = N_("You are not signed in, or your session has ended. Sign in and try again.")


class Forbidden(Problem):
    """The account may not do this."""

    status = 403
    title = N_("Not allowed")
    detail = N_("Your account does not have the right to do this. If you need it, ask an administrator.")


class AdminOnly(Problem):
    """Only an administrator may do this."""

    status = 403
    title = N_("Only an administrator may do this")
    detail = N_("Ask an administrator; what you see here stays as it is.")


class KeepersOnly(Forbidden):
    """The account may read timesheets, not keep them."""

    detail = N_("Your account may read timesheets but not change them. Ask the timesheet clerk or an administrator.")


class OfAllAgencies(Forbidden):
    """The account is limited to one agency, and this is kept for all of them together."""

    detail = N_("This is kept for all agencies together. Ask somebody whose account is not limited to one of them.")


class NotAsThingsStand(Problem):
    """What was asked is not allowed as things stand.

    Attributes:
        faults: Why, in the words of the service.
    """

    status = 409
    title = N_("Not possible as things stand")
    detail = N_("Nothing was changed. Reload the page to see how things stand now.")

    def __init__(self, *faults: str) -> None:
        super().__init__()
        self.faults = faults


class NoteMissing(Problem):
    """A change by hand came without its reason."""

    status = 422
    title = N_("A note is needed")
    detail = N_("Say in a sentence why, so that others can follow it. Nothing was changed.")


class FormExpired(Problem):
    """The anti-forgery token is missing or wrong."""

    status = 403
    title = N_("This form is out of date")
    detail = N_("For your safety the form was refused. Reload the page and send it again.")


class Unreadable(Problem):
    """The body is no JSON, or no text at all."""

    status = 400
    title = N_("The body cannot be read")
    detail = N_("Send JSON in UTF-8, as the description of the API says. Nothing was changed.")


class Missing(Problem):
    """There is no such thing."""

    status = 404
    title = N_("Not found")
    detail = N_(
        "There is nothing at this address for your account. It may have been removed, the link may be incomplete, or "
        "your account may not see it."
    )


class EvidenceGone(Problem):
    """The database knows the object, the store does not have it."""

    status = 404
    title = N_("This piece of evidence is not here")
    detail = N_("It is no longer in the evidence store, or was never stored. Tell the administrator.")


class EvidenceAltered(Problem):
    """The object's bytes are not those that were stored."""

    status = 409
    title = N_("This evidence has been altered")
    detail = N_("The stored bytes do not match their checksum. Do not rely on them; tell the administrator.")


class StoreAway(Problem):
    """The evidence store does not answer or cannot be written."""

    status = 503
    title = N_("The evidence store does not answer")
    detail = N_("Nothing was lost or changed. Try again in a moment; if it stays away, tell the administrator.")


class EvidenceKept(Problem):
    """The object is locked, or its place is taken."""

    status = 409
    title = N_("This piece of evidence may not be changed")
    detail = N_("It is locked, or another one has its place. Nothing was changed.")


class NotVouched(Problem):
    """Neither the database nor the journal says that an object in quarantine is evidence."""

    status = 409
    title = N_("Nobody vouches for this file")
    detail = N_("Neither the database nor the journal says that it is evidence. It stays where it was set aside.")


class JournalClosed(Problem):
    """The journal cannot be written, so nothing that has to be in it may happen."""

    status = 503
    title = N_("The journal cannot be written")
    detail = N_("What is not in the journal must not happen. Tell the administrator to look after its signing key.")


class RequestReused(Problem):
    """The same request id came with other content."""

    status = 409
    title = N_("This verdict was already sent with other content")
    detail = N_("A request id stands for one verdict only. Reload the page and give the verdict again.")


class ReasonUnfit(Problem):
    """The reason does not go with the verdict or the rule."""

    status = 422
    title = N_("The reason does not fit")
    detail = N_("The chosen reason does not go with this verdict. Choose another reason or leave it open.")


class SceneOutdated(Problem):
    """The site file was changed by somebody else while the scene was being drawn."""

    status = 409
    title = N_("The scene was changed meanwhile")
    detail = N_("Somebody else saved it or changed the site file. Nothing was lost: load theirs, or keep yours.")


class OwnFlag(Problem):
    """The flag is of a desk that the reader is assigned to."""

    status = 403
    title = N_("This flag is about your own desk")
    detail = N_("Nobody judges their own affairs: leave it to a colleague. Nothing was changed.")


class LookRefused(Problem):
    """The flag asks nothing of this person as things stand."""

    status = 409
    title = N_("This flag is not waiting for you")
    detail = N_("Two have looked, or the team leader has ruled. Reload the page to see how it stands.")


class HearingOpen(Problem):
    """A hearing was opened about the flag."""

    status = 409
    title = N_("The person is being heard")
    detail = N_("A hearing about this flag was opened. From then on verdicts stay as they are; conclude there.")


class NothingToWithdraw(Problem):
    """There is no verdict of this person's that could be taken back."""

    status = 409
    title = N_("This verdict can no longer be taken back")
    detail = N_("Somebody else has looked since, or there is no verdict of yours. Nothing was changed.")


class TakenByOther(Problem):
    """Somebody else has the flag before them."""

    status = 409
    title = N_("Somebody else is looking at this flag")
    detail = N_("Leave it to them, or open it by itself. Nothing was changed.")


class CheckUnfit(Problem):
    """A random check is looked at one by one: it tells how much the system misses."""

    status = 409
    title = N_("A random check is looked at by itself")
    detail = N_("Open it and look: the answer tells how much the system misses. Nothing was changed.")


class AssigneeUnfit(Problem):
    """The account cannot judge the flag that was to be given to it."""

    status = 422
    title = N_("It cannot be given to this person")
    detail = N_("Choose somebody who judges flags of this agency. Nothing was changed.")


class NoFlag(Problem):
    """The event is a visit at a desk, not a possible breach."""

    status = 409
    title = N_("A visit is no flag and gets no verdict")
    detail = N_("Attendance is made of visits; nobody judges them. Give verdicts on flags only.")


class LoginTaken(Problem):
    """An account has this login already."""

    status = 409
    title = N_("This login is taken")
    detail = N_("Choose another login. Nothing was changed.")


class AddressTaken(Problem):
    """Another account has this e-mail address."""

    status = 409
    title = N_("Another account has this e-mail address")
    detail = N_("An address belongs to one account: letters and sign-in go by it. Nothing was changed.")


class NotOneself(Problem):
    """An administrator cannot do this to their own account."""

    status = 409
    title = N_("Not with your own account")
    detail = N_("Ask another administrator to do this, so that nobody locks themselves out. Nothing was changed.")


class LastAdmin(Problem):
    """Nobody would be left who looks after all accounts."""

    status = 409
    title = N_("This is the last administrator")
    detail = N_("Make somebody else an administrator of all agencies first. Nothing was changed.")


class ProviderUnreachable(Problem):
    """The identity provider does not answer."""

    status = 503
    title = N_("The agency's sign-in does not answer")
    detail = N_("Try again in a moment, or sign in with your password here.")


class RangeUnsatisfiable(Problem):
    """The asked range lies beyond the object.

    Attributes:
        size_bytes: How large the object is.
    """

    status = 416
    title = N_("Beyond the end of the recording")
    detail = N_("The part that was asked for lies beyond the end of the file.")

    def __init__(self, size_bytes: int) -> None:
        super().__init__()
        self.size_bytes = size_bytes
        self.headers = {"Content-Range": f"bytes */{size_bytes}"}


class TooLarge(Problem):
    """The body is larger than anything that is asked for."""

    status = 413
    title = N_("This is too large")
    detail = N_("At most 1 MB can be sent at once. Nothing was changed.")


class MethodUnknown(Problem):
    """The address does not take this method."""

    status = 405
    title = N_("This address cannot be used that way")


class ChangedMeanwhile(Problem):
    """What the change was made from is no longer how things stand (``If-Match``)."""

    status = 412
    title = N_("Somebody else has changed this meanwhile")
    detail = N_("Nothing was changed. Read it again, look at what is new, and make your change once more.")


class TooMany(Problem):
    """So many requests came from here that others would have to wait."""

    status = 429
    title = N_("Too many requests at once")
    detail = N_("Nothing was changed. Wait a moment and try again.")

    def __init__(self, headers: Mapping[str, str]) -> None:
        super().__init__()
        self.headers = headers


class Invalid(Problem):
    """A parameter or the body is not valid.

    Attributes:
        faults: Which, in the words of the validator.
    """

    status = 422
    title = N_("Something in the request is not valid")
    detail = N_("Check the values named below and send the request again.")

    def __init__(self, faults: tuple[str, ...] = ()) -> None:
        super().__init__()
        self.faults = faults


class Failed(Problem):
    """The server failed."""

    status = 500
    title = N_("Something went wrong on our side")
    detail = N_("Go back and try again. If it happens again, tell the administrator.")


@dataclass(frozen=True, slots=True)
class _Translation:
    error: type[ServiceError]
    problem: Callable[[], Problem]


_KNOWN = (
    _Translation(NotFound, Missing),
    _Translation(EvidenceMissing, EvidenceGone),
    _Translation(EvidenceChanged, EvidenceAltered),
    _Translation(EvidenceUnreachable, StoreAway),
    _Translation(StoreUnwritable, StoreAway),
    _Translation(EvidenceHeld, EvidenceKept),
    _Translation(EvidenceExists, EvidenceKept),
    _Translation(KeyNotInForce, JournalClosed),
    _Translation(KeyUnusable, JournalClosed),
    _Translation(SceneChanged, SceneOutdated),
)


def problem_of(error: ServiceError) -> Problem:
    """Return what to tell the reader about an error of the service."""
    if isinstance(error, Problem):
        return error
    if isinstance(error, Refused):
        return NotAsThingsStand(str(error))
    return next((known.problem() for known in _KNOWN if isinstance(error, known.error)), Failed())
