"""Errors of the service package. Each message says what was wrong, where, and what to do.

ServiceError                 exit 1
├── SiteInvalid              the site file has faults; all are listed
├── DatabaseUnusable         newer, foreign or unreachable database
├── StoreUnwritable          the data folder cannot be written
├── EvidenceMissing          an object is not in the store
├── SceneChanged             the site file was changed while somebody drew
├── PortInUse                the web address is taken
├── Refused                  it is not allowed as things stand
└── NotFound                 no such event, user or camera
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


class EvidenceMissing(ServiceError):
    """An evidence object is not in the store, or is not what was stored."""


class SceneChanged(ServiceError):
    """The site file is not the one that the scene was drawn from. Nothing was saved."""


class PortInUse(ServiceError):
    """Another program serves at this address. Nothing was started."""


class NotFound(ServiceError):
    """There is no such thing in the database."""


class Refused(ServiceError):
    """What was asked is not allowed as things stand; the message says why. Nothing was stored."""
