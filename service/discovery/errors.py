"""Errors of discovery.

DiscoveryError
├── InterfaceUnknown    this computer has no such address to ask from
├── DeviceSilent        a device does not answer, or not in time
├── PasswordWanted      it wants a user and password, and none was given
├── PasswordWrong       it does not accept the user or password
├── CallRefused         it answers, and will not or cannot do what was asked
└── AnswerBroken        it answers something that is not ONVIF, or that is not safe to read
"""

from __future__ import annotations

from service.errors import ServiceError


class DiscoveryError(ServiceError):
    """A device could not be asked. Nothing was changed on it."""


class InterfaceUnknown(DiscoveryError):
    """This computer cannot ask from that address. Nothing was sent."""


class DeviceSilent(DiscoveryError):
    """The device does not answer, or not in time. It may be asked again."""


class PasswordWanted(DiscoveryError):
    """The device answers only those who give a user and password."""


class PasswordWrong(DiscoveryError):
    """The device does not accept the user or password; some lock the user after a few tries."""


class CallRefused(DiscoveryError):
    """The device understood and refused, for another reason than the password."""


class AnswerBroken(DiscoveryError):
    """The answer is not ONVIF, too long, or tries something that no camera has to. Nothing of it was used."""
