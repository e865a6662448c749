"""Look for cameras: ask the network and named addresses, then each device by itself, all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address

import httpx

from service.discovery.found import Announced, CameraState, Credentials, FoundCamera
from service.discovery.onvif import ask_camera
from service.discovery.probe import announced_at, find_announced
from service.discovery.soap import Asker
from vision.clock import Clock

AT_ONCE = 16
"""Devices asked at the same time."""

TIMES_THE_WAIT = 3
"""A device is given so many times the wait for all its answers together: ten questions, slow processors."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for.

    Attributes:
        wait: For answers of the network, and for one answer of one device.
        interface: Address of this computer to ask from; None asks on all its networks.
        named: Host and port of devices to ask directly; where there are any, the network is not asked.
    """

    wait: timedelta
    interface: str | None = None
    named: tuple[tuple[str, int | None], ...] = ()
    credentials: Credentials | None = None


def find_cameras(search: Search, clock: Clock, tell: Callable[[str], None]) -> list[FoundCamera]:
    """Find cameras and ask them for their streams, in the order of their addresses.

    Args:
        tell: Told in words how far it is.

    Raises:
        InterfaceUnknown: This computer cannot ask from that address.
    """
    return asyncio.run(_find(search, clock, tell))


async def _find(search: Search, clock: Clock, tell: Callable[[str], None]) -> list[FoundCamera]:
    if search.named:
        devices = [announced_at(host, port) for host, port in search.named]
    else:
        tell(f"asking the network for cameras, {search.wait.total_seconds():g} s")
        devices = await find_announced(search.interface, search.wait, lambda one: tell(f"{one.host} answers"))
    if devices:
        tell(f"asking {len(devices)} devices for their streams")
    turn = asyncio.Semaphore(AT_ONCE)
    found = await asyncio.gather(*(_ask_one(device, search, clock, turn) for device in devices))
    return sorted(found, key=_order)


async def _ask_one(device: Announced, search: Search, clock: Clock, turn: asyncio.Semaphore) -> FoundCamera:
    wait_s = search.wait.total_seconds()
    # cameras sign their certificates themselves, so there is nothing to check them against; a proxy of the
    # environment would carry what is meant for this network out of it
    async with turn, httpx.AsyncClient(timeout=wait_s, verify=False, trust_env=False) as http:
        try:
            async with asyncio.timeout(wait_s * TIMES_THE_WAIT):
                return await ask_camera(device, Asker(http, search.credentials, clock), clock)
        except TimeoutError:
            return FoundCamera(
                device.host, CameraState.SILENT, device.maker, device.model, trouble="its answers take too long"
            )


def _order(camera: FoundCamera) -> tuple[int, str]:
    try:
        return int(ip_address(camera.host)), ""
    except ValueError:
        return 0, camera.host
