"""Ask one ONVIF device what it is, what time it has and which streams it sends.

Source: ONVIF Core Specification; Media Service (ver10) and Media 2 Service (ver20), which alone knows H.265.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from service.discovery.answers import number_of, plain, words_of
from service.discovery.errors import AnswerBroken, CallRefused, DiscoveryError, PasswordWanted, PasswordWrong
from service.discovery.found import Announced, CameraState, FoundCamera, FoundStream
from service.discovery.probe import service_url_at
from service.discovery.soap import Asker
from service.discovery.stream_address import read_stream_address
from vision.clock import Clock

DEVICE, MEDIA, MEDIA2 = (f"http://www.onvif.org/{name}/wsdl" for name in ("ver10/device", "ver10/media", "ver20/media"))
PROFILES_MOST = 64
"""A recorder of 32 cameras with two streams each."""

_STATES: dict[type[DiscoveryError], CameraState] = {
    PasswordWanted: CameraState.NEEDS_PASSWORD,
    PasswordWrong: CameraState.WRONG_PASSWORD,
    AnswerBroken: CameraState.STRANGE,
    CallRefused: CameraState.STRANGE,
}


@dataclass(slots=True)
class _Told:
    """What a device has told so far: what it says before it refuses is kept."""

    maker: str
    model: str
    firmware: str = ""
    clock_off: timedelta | None = None
    streams: tuple[FoundStream, ...] = ()
    trouble: str = ""


async def ask_camera(device: Announced, asker: Asker, clock: Clock) -> FoundCamera:
    """Ask one device everything. Never raises a `DiscoveryError`: what went wrong is part of what was found."""
    told = _Told(device.maker, device.model)
    state = CameraState.OPEN
    try:
        await _ask_all(device, asker, clock, told)
    except DiscoveryError as error:
        state = _STATES.get(type(error), CameraState.SILENT)
        told.trouble = str(error)
    return FoundCamera(
        device.host, state, told.maker, told.model, told.firmware, told.clock_off, told.streams, told.trouble
    )


async def _ask_all(device: Announced, asker: Asker, clock: Clock, told: _Told) -> None:
    told.clock_off = await _clock_off(device.service_url, asker, clock)
    asker.clock_off = told.clock_off or timedelta()
    about = await asker.ask(device.service_url, f'<GetDeviceInformation xmlns="{DEVICE}"/>')
    told.maker = plain(words_of(about, "Manufacturer")) or told.maker
    told.model = plain(words_of(about, "Model")) or told.model
    told.firmware = plain(words_of(about, "FirmwareVersion"))
    namespace, media_url = await _media_service(device, asker)
    profiles = await asker.ask(media_url, _profiles_question(namespace))
    streams: list[FoundStream] = []
    for profile in _profiles_in(profiles):
        try:
            streams.append(await _stream(profile, device.host, asker, namespace, media_url))
        except (CallRefused, AnswerBroken) as error:  # one profile without a stream: the others may have one
            told.trouble = f"{plain(profile.get('token', ''))}: {error}"
        told.streams = tuple(sorted(streams, key=lambda stream: -stream.pixels))


async def _clock_off(url: str, asker: Asker, clock: Clock) -> timedelta | None:
    """Tell how far the device's clock is ahead of ours, to a second; everybody may ask that."""
    before = clock.now()
    try:
        answer = await asker.ask_openly(url, f'<GetSystemDateAndTime xmlns="{DEVICE}"/>')
    except (CallRefused, PasswordWanted, PasswordWrong):
        return None
    after = clock.now()
    utc = answer.find(".//{*}UTCDateTime")
    parts = [number_of(utc, name) for name in ("Year", "Month", "Day", "Hour", "Minute", "Second")]
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    try:
        theirs = datetime(*known, tzinfo=UTC)  # type: ignore[misc, arg-type]  # six numbers
    except ValueError:
        return None
    # it tells whole seconds: half of one is what is lost on average
    return theirs + timedelta(seconds=0.5) - (before + (after - before) / 2)


async def _media_service(device: Announced, asker: Asker) -> tuple[str, str]:
    """Return the namespace of the media service and where it is asked; the newer one where there are two."""
    question = f'<GetServices xmlns="{DEVICE}"><IncludeCapability>false</IncludeCapability></GetServices>'
    try:
        answer = await asker.ask(device.service_url, question)
    except CallRefused:  # devices from before 2011
        question = f'<GetCapabilities xmlns="{DEVICE}"><Category>Media</Category></GetCapabilities>'
        answer = await asker.ask(device.service_url, question)
        address = words_of(answer.find(".//{*}Media"), "XAddr")
        return MEDIA, service_url_at(device.host, [address])
    offered = {words_of(one, "Namespace"): words_of(one, "XAddr") for one in answer.iterfind(".//{*}Service")}
    for namespace in (MEDIA2, MEDIA):
        if namespace in offered:
            return namespace, service_url_at(device.host, [offered[namespace]])
    raise CallRefused("it has no media service: it is no camera")


def _profiles_question(namespace: str) -> str:
    if namespace == MEDIA:
        return f'<GetProfiles xmlns="{MEDIA}"/>'
    kinds = "".join(f"<Type>{kind}</Type>" for kind in ("VideoSource", "VideoEncoder"))
    return f'<GetProfiles xmlns="{MEDIA2}">{kinds}</GetProfiles>'


def _profiles_in(answer: Element) -> Iterator[Element]:
    for number, profile in enumerate(answer.iterfind(".//{*}Profiles")):
        if number == PROFILES_MOST:
            return
        if _encoder(profile) is not None and profile.get("token"):
            yield profile


def _encoder(profile: Element) -> Element | None:
    found = profile.find("./{*}VideoEncoderConfiguration")
    return profile.find("./{*}Configurations/{*}VideoEncoder") if found is None else found


async def _stream(profile: Element, host: str, asker: Asker, namespace: str, media_url: str) -> FoundStream:
    token = profile.get("token", "")
    question = (
        f'<GetStreamUri xmlns="{MEDIA}"><StreamSetup>'
        '<Stream xmlns="http://www.onvif.org/ver10/schema">RTP-Unicast</Stream>'
        '<Transport xmlns="http://www.onvif.org/ver10/schema"><Protocol>RTSP</Protocol></Transport>'
        f"</StreamSetup><ProfileToken>{escape(token)}</ProfileToken></GetStreamUri>"
        if namespace == MEDIA
        else f'<GetStreamUri xmlns="{MEDIA2}"><Protocol>RTSP</Protocol>'
        f"<ProfileToken>{escape(token)}</ProfileToken></GetStreamUri>"
    )
    answer = await asker.ask(media_url, question)
    encoder = _encoder(profile)
    resolution = None if encoder is None else encoder.find(".//{*}Resolution")
    width, height = number_of(resolution, "Width"), number_of(resolution, "Height")
    return FoundStream(
        profile=plain(token),
        video_source=plain(words_of(profile, "SourceToken")),
        address=read_stream_address(words_of(answer, "Uri"), host, asker.password),
        codec=plain(words_of(encoder, "Encoding")),
        size_px=None if width is None or height is None else (width, height),
        rate_fps=_rate(encoder),
    )


def _rate(encoder: Element | None) -> int | None:
    """Return the frame rate that the device limits itself to; the newer service writes it with decimals."""
    text = words_of(encoder, "FrameRateLimit").partition(".")[0]
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else None
