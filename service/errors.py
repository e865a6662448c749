"""Errors of the service package. Each message says what was wrong, where, and what to do.

ServiceError                 exit 1
├── SiteInvalid              the site file has faults; all are listed
├── DatabaseUnusable         newer, foreign or unreachable database
├── StoreUnwritable          the data folder, or the bucket, cannot be written
│   └── StoreFull            no room is left in it
├── EvidenceMissing          an object is not in the store
├── EvidenceUnreachable      the store does not answer
├── EvidenceExists           other bytes have the key
├── EvidenceHeld             an object is held
├── EvidenceChanged          an object or an event is not what the journal says
├── KeyUnusable              the journal's key file cannot be read or written
├── KeyNotInForce            the journal is signed with another key than the one at hand
├── SceneChanged             the site file was changed while somebody drew
├── PortInUse                the web address is taken
├── TimestampUnreachable     a timestamp authority does not answer
├── TimestampRefused         a timestamp authority said no
├── TimestampBroken          a timestamp authority answered something else
├── CredentialsUnusable      content credentials cannot be made
├── AddressRefused           nothing is sent to an address of notifications
├── EngineAway               the process that runs the nets does not answer
├── EngineRefused            it answers that it cannot run a net
├── Refused                  it is not allowed as things stand
├── NotFound                 no such event, user or camera
└── NotRedactable            a clip or picture cannot be made unrecognisable
"""

from __future__ import annotations

from collections.abc import Sequence


class ServiceError(Exception):
    """Something the operator can mend."""


class SiteInvalid(ServiceError):
    """The site file has faults. Nothing was started.

    Attributes:
        faults: One line each: file, line, key, what was wanted.
    """

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(self.faults))


class DatabaseUnusable(ServiceError):
    """The database cannot be used as it is. It was not changed."""


class StoreUnwritable(ServiceError):
    """The data folder cannot be written. Nothing was stored."""


class StoreFull(StoreUnwritable):
    """No room is left. Nothing was stored; what is there can be read and deleted."""


class EvidenceMissing(ServiceError):
    """An evidence object is not in the store, or is not what was stored."""


class EvidenceUnreachable(ServiceError):
    """The evidence store does not answer. Nothing is known of what is in it, and nothing was changed."""


class EvidenceExists(ServiceError):
    """Other bytes have this key in the evidence store. They stay as they are."""


class EvidenceHeld(ServiceError):
    """An evidence object is held. It stays as it is, where it is."""


class EvidenceChanged(ServiceError):
    """An object or an event is not what the journal says of it. Nothing was made of it."""


class AddressRefused(ServiceError):
    """Nothing is sent to this address. Its subclasses say why; none of them repeats it: it may hold a password."""


class KeyUnusable(ServiceError):
    """The file of the journal's key cannot be read or written. What was there is still there."""


class KeyNotInForce(ServiceError):
    """The journal is signed with another key than the one at hand. Nothing was added."""


class SceneChanged(ServiceError):
    """The site file is not the one that the scene was drawn from. Nothing was saved."""


class PortInUse(ServiceError):
    """Another program serves at this address. Nothing was started."""


class EngineAway(ServiceError):
    """The process that runs the nets does not answer. Nothing was seen in the picture; it may be asked again."""


class EngineRefused(ServiceError):
    """The process that runs the nets cannot do what was asked; the message has its words. It goes on working."""


class NotFound(ServiceError):
    """There is no such thing in the database."""


class Refused(ServiceError):
    """What was asked is not allowed as things stand; the message says why. Nothing was stored."""


class NotRedactable(ServiceError):
    """A clip or picture cannot be read, or not as a whole, or what it takes to hide people is missing.

    Nothing was made: half a redacted clip is none.
    """


class TimestampUnreachable(ServiceError):
    """A timestamp authority does not answer, or something else answers in its place. It may be asked again."""


class TimestampRefused(ServiceError):
    """A timestamp authority said no; the message has its words. Asking the same again will not help."""


class TimestampBroken(ServiceError):
    """A timestamp authority answered with a time stamp that is not for what was asked. It was not kept."""


class CredentialsUnusable(ServiceError):
    """Content credentials cannot be made with this certificate, key or picture. Nothing was signed."""
