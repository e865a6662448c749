"""Where notifications may go: which ways, which parts of an address, and never into our own network unasked."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from service.errors import AddressRefused
from service.notices.sealing import AddressSeal

if TYPE_CHECKING:
    from apprise import NotifyBase

SCHEMAS = ("mailto", "mailtos", "json", "jsons", "msteams", "slack", "tgram", "ntfy", "ntfys")
"""The ways that are open unless the operator says otherwise."""
_FIXED = frozenset({"msteams", "slack", "tgram"})
"""Services whose server is not in the address: what stands in the host's place is a token."""
_PARAMETERS = frozenset({"to", "from", "name", "smtp", "mode", "cc", "bcc", "reply", "priority", "tags", "verify"})
"""What may follow the question mark. Others read files of this computer or fetch pages: template, attach, pgpkey."""
_MAIL = re.compile(r"[^\s@<>,;:\"()\[\]\\]{1,64}@[^\s@<>,;:\"()\[\]\\/?#]{1,180}\.[A-Za-z0-9-]{2,}")
_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}|\[?[0-9A-Fa-f:.]{2,45}(%[A-Za-z0-9]{1,15})?\]?")
"""Other letters are turned into these by some who look a name up and not by others: 🯱27.0.0.1 is this computer."""
_EMBEDDED = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""IPv6 addresses that a gateway turns into IPv4 ones; which, is not for us to know."""
CONNECT_S, ANSWER_S = 4.0, 4.0
LONGEST_LETTERS = 500


class AddressUnreadable(AddressRefused):
    """It is no address that is understood."""


class SchemaClosed(AddressRefused):
    """This way is not open here."""


class ParameterClosed(AddressRefused):
    """A part of it after the question mark is not allowed."""


class HostPrivate(AddressRefused):
    """It leads to this computer, or into a network that is not public."""


class HostUnknown(AddressRefused):
    """Its server is not found by its name, or the name is none: nobody knows where it would lead."""


class MailUnset(AddressRefused):
    """It is an e-mail address, and no server for e-mails is set up."""


@dataclass(frozen=True, slots=True)
class AddressRules:
    """What the operator allows.

    Attributes:
        schemas: Ways that are open, as Apprise names them.
        private_hosts: Names, addresses and networks that may be reached though they are not public.
        has_mail: Whether the service can send e-mails itself; then an e-mail address alone will do.
    """

    schemas: frozenset[str] = frozenset(SCHEMAS)
    private_hosts: tuple[str, ...] = ()
    has_mail: bool = False


@dataclass(frozen=True, slots=True)
class AddressBook:
    """What is needed to take in an address: which may be, and what seals it."""

    rules: AddressRules
    seal: AddressSeal


def is_mail(address: str) -> bool:
    """Tell whether an address is an e-mail address and nothing else."""
    return _MAIL.fullmatch(address) is not None


def check_address(address: str, rules: AddressRules) -> None:
    """Raise `AddressRefused` where nothing may be sent to an address."""
    if not is_mail(address):
        target_of(address, rules)
    elif not rules.has_mail:
        raise MailUnset("no server for e-mails is set up")


def target_of(address: str, rules: AddressRules) -> NotifyBase:
    """Return what sends to an address. Asked again before each message: a name may lead elsewhere by now.

    Raises:
        AddressRefused: Nothing may be sent there.
    """
    schema = _schema_of(address)
    if schema not in rules.schemas:
        raise SchemaClosed(f"{schema or 'this'} is not among {', '.join(sorted(rules.schemas))}")
    if not all(map(_is_allowed, _parameters(address))):
        raise ParameterClosed("wanted none after the question mark but " + ", ".join(sorted(_PARAMETERS)))
    target = _instance(address)
    if target is None:
        raise AddressUnreadable(f"this is no address of {schema}")
    if schema not in _FIXED:
        # of an e-mail the host is the sender's domain, which may have no server of its own and is not connected to
        host = getattr(target, "smtp_host", None) or getattr(target, "host", None)
        if isinstance(host, str) and host:
            _check_host(host, rules.private_hosts)
    return target


def shown_address(address: str) -> str:
    """Return as much of an address as its owner needs to know it again: no password, no token, no whole mailbox."""
    if is_mail(address):
        name, _, domain = address.rpartition("@")
        return f"{name[:1]}…@{domain}"[:120]
    schema = _schema_of(address)
    host = "" if schema in _FIXED else (urlsplit(address).hostname or "")
    return f"{schema}://…{'@' if host else ''}{host}"[:120]


def _schema_of(address: str) -> str:
    found = re.match(r"([a-z][a-z0-9]{1,30})://", address.strip().lower())
    is_plain = found is not None and address.isprintable() and len(address) <= LONGEST_LETTERS
    return found[1] if found is not None and is_plain else ""


def _parameters(address: str) -> list[str]:
    """Return the names after the question mark, as Apprise finds them: it takes ; for & and knows no fragment."""
    asked = address.partition("?")[2]
    return [part.partition("=")[0] for part in re.split(r"[?&;]", asked) if part]


def _is_allowed(name: str) -> bool:
    """Headers and fields of a JSON message are marked with + - and : by Apprise."""
    return name.lower() in _PARAMETERS or re.fullmatch(r"[+:-][A-Za-z0-9_-]{1,60}", name) is not None


def _instance(address: str) -> NotifyBase | None:
    from apprise import Apprise, AppriseAsset, NotifyBase, PersistentStoreMode  # a fifth of a second to load

    # the name goes into headers, which hold Latin letters only
    asset = AppriseAsset(
        app_id="CongVu", async_mode=False, http_redirects=False, storage_mode=PersistentStoreMode.MEMORY
    )
    target = Apprise.instantiate(address, asset=asset, suppress_exceptions=True)
    if not isinstance(target, NotifyBase):
        return None
    target.redirects = False  # to wherever the other side likes
    target.socket_connect_timeout, target.socket_read_timeout = CONNECT_S, ANSWER_S
    return target


def _check_host(host: str, private_hosts: Iterable[str]) -> None:
    """Raise `HostUnknown` or `HostPrivate` where a host may not be reached.

    What is not found now is refused: whoever sends may read the name otherwise than we do and find it after all.
    """
    if host.lower() in private_hosts:
        return
    if not _HOST.fullmatch(host):
        raise HostUnknown("wanted a name of Latin letters, digits, dots and hyphens, or an IP address")
    try:
        found = {entry[4][0] for entry in socket.getaddrinfo(host.strip("[]"), None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        raise HostUnknown("the server of this address is not found") from None
    addresses = [ip_address(str(each).partition("%")[0]) for each in found]
    if not all(is_public(address) or _is_among(address, private_hosts) for address in addresses):
        raise HostPrivate("this leads into a network that is not public; CONGVU_NOTICE_PRIVATE_HOSTS opens it")


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Tell whether an address is one of the public Internet, whatever it is wrapped in."""
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is not None:
            return is_public(inner)
        if any(address in network for network in _EMBEDDED):
            return False
    return address.is_global and not address.is_multicast


def _is_among(address: IPv4Address | IPv6Address, private_hosts: Iterable[str]) -> bool:
    for each in private_hosts:
        try:
            if address in ip_network(each, strict=False):
                return True
        except ValueError:
            continue  # a name
    return False
