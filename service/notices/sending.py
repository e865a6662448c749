"""Send one message to one address, by whatever way the address names."""

from __future__ import annotations

from enum import StrEnum

import structlog

from service.errors import AddressRefused
from service.notices.addresses import AddressRules, HostUnknown, is_mail, target_of
from service.notices.mail import Mailer

log = structlog.get_logger(__name__)


class Fault(StrEnum):
    """Why a message was not taken, as far as its receiver's owner is told."""

    REFUSED = "refused"
    """Nothing may be sent to this address as things stand."""
    UNREADABLE = "unreadable"
    """The address was sealed with a key that is lost."""
    NOT_TAKEN = "not_taken"
    """The other side did not answer, or said no."""
    NO_RIGHT = "no_right"
    """The account may not know of it any more."""


class Sender:
    """Sends messages.

    Args:
        mailer: For e-mail addresses; None where no server is set up.
    """

    def __init__(self, rules: AddressRules, mailer: Mailer | None) -> None:
        self._rules = rules
        self._mailer = mailer

    def send(self, address: str, title: str, body: str) -> Fault | None:
        """Send; returns what went wrong. The address is never told to the log: it may hold a password."""
        if is_mail(address):
            fault = "no server for e-mails" if self._mailer is None else self._mailer.send(address, title, body)
            if fault:
                log.warning("notification not taken", way="mail", fault=fault)
            return Fault.NOT_TAKEN if fault else None
        try:
            target = target_of(address, self._rules)
        except HostUnknown:
            log.warning("notification not sent", reason="server not found")
            return Fault.NOT_TAKEN  # names are found again once the network is back
        except AddressRefused as error:
            log.warning("notification not sent", reason=type(error).__name__)
            return Fault.REFUSED
        try:
            if target.notify(body=body, title=title, body_format="text"):
                return None
            log.warning("notification not taken", way=type(target).__name__)
        except Exception as error:
            # a hundred ways, each by another hand: what one of them raises must not keep the others from being told
            log.warning("notification failed", way=type(target).__name__, error=type(error).__name__)
        return Fault.NOT_TAKEN
