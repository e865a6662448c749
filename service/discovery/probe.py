"""Ask the network which cameras there are: WS-Discovery, one question to everybody, answers for a while.

Source: WS-Discovery (April 2005) as ONVIF Core, section 7.3, uses it; SOAP-over-UDP for asking twice.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit
from xml.etree.ElementTree import Element

from service.discovery.answers import plain, read_xml, words_of
from service.discovery.errors import AnswerBroken, InterfaceUnknown
from service.discovery.found import Announced

GROUP = ("239.255.255.250", 3702)
HOPS = 1
"""Cameras of other networks are not ours to find; where a router divides, they are named by ``--address``."""

KINDS = (
    '<d:Types xmlns:dn="http://www.onvif.org/ver10/network/wsdl">dn:NetworkVideoTransmitter</d:Types>',
    '<d:Types xmlns:tds="http://www.onvif.org/ver10/device/wsdl">tds:Device</d:Types>',
)
"""Most cameras know the first, recorders and some newer ones only the second."""

REPEAT_AFTER_S = 0.4
"""A question or an answer may get lost; each question is asked twice."""

ANSWERS_MOST = 512
"""More devices than a network of cameras has: whoever sends more is not one of them."""

DEFAULT_PATH = "/onvif/device_service"
"""Where every ONVIF device can be asked (ONVIF Core, section 5.1.1)."""

_PROBE = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"'
    ' xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
    ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
    '<a:Action s:mustUnderstand="1">http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe</a:Action>'
    "<a:MessageID>urn:uuid:{message}</a:MessageID>"
    '<a:To s:mustUnderstand="1">urn:schemas-xmlsoap-org:ws:2005:04:discovery</a:To>'
    "</s:Header><s:Body><d:Probe>{kind}</d:Probe></s:Body></s:Envelope>"
)

OnFound = Callable[[Announced], None]


async def find_announced(interface: str | None, wait: timedelta, on_found: OnFound) -> list[Announced]:
    """Ask from one address of this computer, or from all its networks, and listen for ``wait``.

    Args:
        on_found: Told of each device as soon as it answers.

    Raises:
        InterfaceUnknown: This computer cannot ask from that address.
    """
    loop = asyncio.get_running_loop()
    ear = _Ear(on_found)
    links = [(await loop.create_datagram_endpoint(lambda: ear, sock=one))[0] for one in _sockets(interface)]
    try:
        questions = [_PROBE.format(message=uuid.uuid4(), kind=kind).encode() for kind in KINDS]
        for pause_s in (REPEAT_AFTER_S, max(0.0, wait.total_seconds() - REPEAT_AFTER_S)):
            for link in links:
                for question in questions:
                    link.sendto(question, GROUP)
            await asyncio.sleep(pause_s)
    finally:
        for link in links:
            link.close()
        await asyncio.sleep(0)  # the loop closes them in its next round
    return list(ear.found.values())


class _Ear(asyncio.DatagramProtocol):
    """Keeps each device once, whatever else comes."""

    def __init__(self, on_found: OnFound) -> None:
        self.found: dict[str, Announced] = {}
        self._on_found = on_found

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            told = announced_in(data, addr[0])
        except AnswerBroken:
            return  # whoever answers so is no camera
        for device in told:
            if device.service_url not in self.found and len(self.found) < ANSWERS_MOST:
                self.found[device.service_url] = device
                self._on_found(device)

    def error_received(self, exc: Exception) -> None:
        """Do nothing: an interface without a network says so, and the others are asked all the same."""


def announced_in(content: bytes, sender: str) -> list[Announced]:
    """Read an answer to a probe. Raises `AnswerBroken`."""
    matches = read_xml(content).iterfind(".//{*}ProbeMatch")
    return [_announced(match, sender) for match in matches]


def announced_at(host: str, port: int | None) -> Announced:
    """Return a device that somebody named."""
    return Announced(host, _url("http", host, port, DEFAULT_PATH))


def _announced(match: Element, sender: str) -> Announced:
    scopes = words_of(match, "Scopes").split()
    return Announced(
        host=sender,
        service_url=service_url_at(sender, words_of(match, "XAddrs").split()),
        maker=_scope(scopes, "name"),
        model=_scope(scopes, "hardware"),
    )


def service_url_at(host: str, told: list[str]) -> str:
    """Choose where to ask a device: always at the host that answered, whatever other host it names.

    A camera with two addresses names both, and one behind a router its inner one; one that is not honest could name
    anything, and would have us sign in there.
    """
    best: tuple[bool, str] | None = None
    for address in told:
        try:
            parts = urlsplit(address)
            named, port = parts.hostname, parts.port
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and named is not None:
            choice = (named == host, _url(parts.scheme, host, port, parts.path or DEFAULT_PATH))
            best = choice if best is None or choice[0] > best[0] else best
    return _url("http", host, None, DEFAULT_PATH) if best is None else best[1]


def _url(scheme: str, host: str, port: int | None, path: str) -> str:
    bracketed = f"[{host}]" if ":" in host else host
    return f"{scheme}://{bracketed}{'' if port is None else f':{port}'}{path}"


def _scope(scopes: list[str], name: str) -> str:
    """Return what a device says to everybody, as in ``onvif://www.onvif.org/hardware/DS-2CD2143``."""
    before = f"onvif://www.onvif.org/{name}/"
    return next((plain(unquote(scope[len(before) :])) for scope in scopes if scope.lower().startswith(before)), "")


def _sockets(interface: str | None) -> Iterator[socket.socket]:
    if interface is not None:
        yield _socket_at(interface)
        return
    made = [one for number, name in socket.if_nameindex() if name != "lo" and (one := _socket_on(number)) is not None]
    yield from made or [_new_socket()]


def _socket_at(interface: str) -> socket.socket:
    made = _new_socket()
    try:
        ip_address(interface)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(interface))
        made.bind((interface, 0))
    except (OSError, ValueError):
        made.close()
        raise InterfaceUnknown(f"{interface!r} is no IPv4 address of this computer; `ip address` lists them") from None
    return made


def _socket_on(number: int) -> socket.socket | None:
    """Return a socket that asks on one network by its number; None where the system cannot."""
    made = _new_socket()
    try:
        # struct ip_mreqn: no group, no address, the interface's number
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, struct.pack("=4s4si", bytes(4), bytes(4), number))
    except OSError:
        made.close()
        return None
    return made


def _new_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, HOPS)
    made.setblocking(False)
    return made
