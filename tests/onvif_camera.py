"""A small ONVIF camera on this computer: answers WS-Discovery by UDP multicast and SOAP by HTTP, and checks who asks.

Written from the specifications, not from our client. Its bad habits are those of cameras met in the field, and of
hostile devices.
"""

from __future__ import annotations

import base64
import hashlib
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

GROUP = ("239.255.255.250", 3702)
USER, PASSWORD = "viewer", "s3cret & <safe>"
SIGNED_WITHIN_S = 60.0
"""Cameras refuse what was signed at another time; a busy computer takes long between signing and sending."""

SOAP = "http://www.w3.org/2003/05/soap-envelope"
WSSE = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd}"
WSU = "{http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd}"
BOMB = '<?xml version="1.0"?><!DOCTYPE b [<!ENTITY a "{a}"><!ENTITY b "{b}"><!ENTITY c "{c}">]><b>&c;</b>'.format(
    a="x" * 1000, b="&a;" * 1000, c="&b;" * 1000
)
MAIN = (
    '<trt:Profiles token="main"><tt:VideoSourceConfiguration><tt:SourceToken>source0</tt:SourceToken>'
    "</tt:VideoSourceConfiguration><tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding><tt:Resolution>"
    "<tt:Width>1920</tt:Width><tt:Height>1080</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>25"
    "</tt:FrameRateLimit></tt:RateControl></tt:VideoEncoderConfiguration></trt:Profiles>"
)
SUB = MAIN.replace("main", "sub").replace("1920", "640").replace("1080", "360").replace("25", "12")
MAIN_2 = (
    '<tr2:Profiles token="main"><tr2:Configurations><tr2:VideoSource><tt:SourceToken>source0</tt:SourceToken>'
    "</tr2:VideoSource><tr2:VideoEncoder><tt:Encoding>H265</tt:Encoding><tt:Resolution><tt:Width>2560</tt:Width>"
    "<tt:Height>1440</tt:Height></tt:Resolution><tt:RateControl><tt:FrameRateLimit>20.0</tt:FrameRateLimit>"
    "</tt:RateControl></tr2:VideoEncoder></tr2:Configurations></tr2:Profiles>"
)


@dataclass(slots=True)
class Habits:
    """How a simulated camera behaves.

    Attributes:
        stream: Address of a stream; ``{host}`` and ``{profile}`` are filled in.
        answers_with: Sent instead of any answer, with status 200.
        redirects_to: Where every question is sent on to.
        pause_s: Wait between two bytes of an answer.
        wants_http_digest: HTTP's digest instead of WS-Security's; ``challenge`` says of which kind.
        named_host: The host that its own addresses name.
        is_old: Knows neither GetServices nor the newer media service.
        has_media2: Also knows the newer media service.
    """

    maker: str = "Nam Phong"
    model: str = "NP-2140"
    stream: str = "rtsp://{host}:554/{profile}"
    clock_off: timedelta = timedelta()
    is_open: bool = False
    answers_with: bytes | None = None
    redirects_to: str | None = None
    pause_s: float = 0.0
    wants_http_digest: bool = False
    challenge: str = 'Digest realm="camera", nonce="n1", qop="auth", algorithm=MD5'
    named_host: str | None = None
    is_old: bool = False
    has_media2: bool = False
    password: str = PASSWORD


@dataclass(slots=True)
class SimulatedCamera:
    """One camera at work.

    Attributes:
        asked: The questions that came, by the name of their body's element.
        received: All that was sent to it, to be searched for what should not be sent.
    """

    host: str
    port: int
    habits: Habits
    asked: list[str] = field(default_factory=list)
    received: list[bytes] = field(default_factory=list)
    nonces: set[str] = field(default_factory=set)

    @property
    def named(self) -> str:
        """Host and port that it calls itself by."""
        return f"{self.habits.named_host or self.host}:{self.port}"

    def is_signed(self, envelope: ElementTree.Element) -> bool:
        """Check the token as UsernameToken Profile 1.1 has it: digest, time, and no nonce twice."""
        token = envelope.find(f".//{WSSE}UsernameToken")
        if token is None:
            return False
        name, digest, nonce, created = (
            token.findtext(tag) or "" for tag in (f"{WSSE}Username", f"{WSSE}Password", f"{WSSE}Nonce", f"{WSU}Created")
        )
        digested = base64.b64decode(nonce) + created.encode() + self.habits.password.encode()
        wanted = base64.b64encode(hashlib.sha1(digested).digest()).decode()
        now = datetime.now(UTC) + self.habits.clock_off  # noqa: TID251 - the camera's own clock
        age = abs((now - datetime.fromisoformat(created)).total_seconds())
        is_new = nonce not in self.nonces
        self.nonces.add(nonce)
        return name == USER and digest == wanted and age <= SIGNED_WITHIN_S and is_new

    def is_http_digest(self, header: str) -> bool:
        """Check HTTP's digest (RFC 7616, MD5 and qop auth)."""
        part = dict(re.findall(r'(\w+)="?([^",]+)"?', header))
        if not header.startswith("Digest ") or part.get("username") != USER:
            return False
        ha1 = hashlib.md5(f"{USER}:camera:{self.habits.password}".encode()).hexdigest()
        ha2 = hashlib.md5(f"POST:{part['uri']}".encode()).hexdigest()
        whole = f"{ha1}:{part['nonce']}:{part['nc']}:{part['cnonce']}:{part['qop']}:{ha2}"
        return hashlib.md5(whole.encode()).hexdigest() == part["response"]

    def answer(self, question: ElementTree.Element) -> str | None:
        """Return the body that answers; None where the question is not known."""
        habits, name = self.habits, question.tag.rpartition("}")[2]
        if name == "GetSystemDateAndTime":
            now = datetime.now(UTC) + habits.clock_off  # noqa: TID251
            return (
                "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime><tt:UTCDateTime>"
                f"<tt:Time><tt:Hour>{now.hour}</tt:Hour><tt:Minute>{now.minute}</tt:Minute>"
                f"<tt:Second>{now.second}</tt:Second></tt:Time><tt:Date><tt:Year>{now.year}</tt:Year>"
                f"<tt:Month>{now.month}</tt:Month><tt:Day>{now.day}</tt:Day></tt:Date></tt:UTCDateTime>"
                "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse>"
            )
        if name == "GetDeviceInformation":
            return (
                f"<tds:GetDeviceInformationResponse><tds:Manufacturer>{habits.maker}</tds:Manufacturer>"
                f"<tds:Model>{habits.model}</tds:Model><tds:FirmwareVersion>5.7.1</tds:FirmwareVersion>"
                "</tds:GetDeviceInformationResponse>"
            )
        if name == "GetCapabilities" and habits.is_old:
            return (
                "<tds:GetCapabilitiesResponse><tds:Capabilities><tt:Media>"
                f"<tt:XAddr>http://{self.named}/onvif/media</tt:XAddr></tt:Media></tds:Capabilities>"
                "</tds:GetCapabilitiesResponse>"
            )
        if name == "GetServices" and not habits.is_old:
            versions = ("ver10", "ver20") if habits.has_media2 else ("ver10",)
            return "<tds:GetServicesResponse>{}</tds:GetServicesResponse>".format(
                "".join(
                    f"<tds:Service><tds:Namespace>http://www.onvif.org/{version}/media/wsdl</tds:Namespace>"
                    f"<tds:XAddr>http://{self.named}/onvif/{version}</tds:XAddr></tds:Service>"
                    for version in versions
                )
            )
        if name == "GetProfiles":
            is_new = "ver20" in question.tag
            return f"<trt:GetProfilesResponse>{MAIN_2 if is_new else SUB + MAIN}</trt:GetProfilesResponse>"
        if name == "GetStreamUri":
            return self._stream(question)
        return None

    def _stream(self, question: ElementTree.Element) -> str:
        profile = next(e.text for e in question.iter() if e.tag.endswith("ProfileToken"))
        address = self.habits.stream.format(host=self.habits.named_host or self.host, profile=profile)
        uri = f"Uri>{address.replace('&', '&amp;')}<"
        if "ver20" in question.tag:
            return f"<tr2:GetStreamUriResponse><tr2:{uri}/tr2:Uri></tr2:GetStreamUriResponse>"
        return f"<trt:GetStreamUriResponse><trt:MediaUri><tt:{uri}/tt:Uri></trt:MediaUri></trt:GetStreamUriResponse>"


@contextmanager
def onvif_camera(
    host: str = "127.0.0.1", habits: Habits | None = None, *, multicast: bool = False
) -> Iterator[SimulatedCamera]:
    """Run a camera at ``host``; with ``multicast`` it also answers probes on the loopback interface."""
    server = ThreadingHTTPServer((host, 0), _Soap)
    server.daemon_threads = True
    camera = SimulatedCamera(host, server.server_address[1], habits or Habits())
    server.camera = camera  # type: ignore[attr-defined]
    threads = [threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})]
    stop = threading.Event()
    if multicast:
        threads.append(threading.Thread(target=_answer_probes, args=(_joined(), camera, stop)))
    for thread in threads:
        thread.start()
    try:
        yield camera
    finally:
        stop.set()
        server.shutdown()
        server.server_close()
        for thread in threads:
            thread.join(10)


class _Soap(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        camera: SimulatedCamera = self.server.camera  # type: ignore[attr-defined]
        habits = camera.habits
        body = self.rfile.read(int(self.headers["Content-Length"]))
        camera.received.append(str(self.headers).encode() + body)
        if habits.redirects_to is not None:
            self.send_response(307)
            self.send_header("Location", habits.redirects_to)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if habits.answers_with is not None:
            self._send(200, habits.answers_with)
            return
        envelope = ElementTree.fromstring(body)
        question = envelope.find(f"{{{SOAP}}}Body")[0]  # type: ignore[index]
        name = question.tag.rpartition("}")[2]
        camera.asked.append(name)
        is_known = habits.is_open or name == "GetSystemDateAndTime"
        if not is_known and habits.wants_http_digest:
            if not camera.is_http_digest(self.headers.get("Authorization", "")):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="camera"')
                self.send_header("WWW-Authenticate", habits.challenge)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
        elif not is_known and not camera.is_signed(envelope):
            self._fault(400, "ter:NotAuthorized", "Sender not Authorized")
            return
        answer = camera.answer(question)
        if answer is None:
            self._fault(500, "ter:ActionNotSupported", "Action Not Implemented")
        else:
            self._send(200, _envelope(answer))

    def _fault(self, status: int, code: str, reason: str) -> None:
        fault = (
            "<s:Fault><s:Code><s:Value>s:Sender</s:Value><s:Subcode>"
            f"<s:Value>{code}</s:Value></s:Subcode></s:Code><s:Reason><s:Text xml:lang='en'>{reason}</s:Text>"
            "</s:Reason></s:Fault>"
        )
        self._send(status, _envelope(fault))

    def _send(self, status: int, content: bytes) -> None:
        pause_s = self.server.camera.habits.pause_s  # type: ignore[attr-defined]
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/soap+xml; charset=utf-8")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if not pause_s:
                self.wfile.write(content)
                return
            for i in range(len(content)):
                self.wfile.write(content[i : i + 1])
                time.sleep(pause_s)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # whoever asked has gone

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def _envelope(body: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><s:Envelope xmlns:s="{SOAP}"'
        ' xmlns:tds="http://www.onvif.org/ver10/device/wsdl" xmlns:trt="http://www.onvif.org/ver10/media/wsdl"'
        ' xmlns:tr2="http://www.onvif.org/ver20/media/wsdl" xmlns:tt="http://www.onvif.org/ver10/schema"'
        f' xmlns:ter="http://www.onvif.org/ver10/error"><s:Body>{body}</s:Body></s:Envelope>'
    ).encode()


def _joined() -> socket.socket:
    """Return a socket that hears probes; made before the camera is said to run, so that no probe is missed."""
    ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    ear.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    ear.bind(GROUP)
    membership = socket.inet_aton(GROUP[0]) + socket.inet_aton("127.0.0.1")
    ear.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
    ear.settimeout(0.05)
    return ear


def _answer_probes(ear: socket.socket, camera: SimulatedCamera, stop: threading.Event) -> None:
    with ear, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as mouth:
        mouth.bind((camera.host, 0))
        while not stop.is_set():
            try:
                probe, sender = ear.recvfrom(65_535)
            except TimeoutError:
                continue
            if b"NetworkVideoTransmitter" in probe:
                mouth.sendto(camera.habits.answers_with or _match(probe, camera), sender)


def _match(probe: bytes, camera: SimulatedCamera) -> bytes:
    message = re.search(rb"MessageID>([^<]*)<", probe)
    assert message is not None
    return (
        f'<s:Envelope xmlns:s="{SOAP}" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
        ' xmlns:d="http://schemas.xmlsoap.org/ws/2005/04/discovery"><s:Header>'
        "<a:Action>http://schemas.xmlsoap.org/ws/2005/04/discovery/ProbeMatches</a:Action>"
        f"<a:RelatesTo>{message.group(1).decode()}</a:RelatesTo></s:Header><s:Body><d:ProbeMatches><d:ProbeMatch>"
        f"<a:EndpointReference><a:Address>urn:uuid:{camera.host}</a:Address></a:EndpointReference>"
        "<d:Types>dn:NetworkVideoTransmitter</d:Types>"
        f"<d:Scopes>onvif://www.onvif.org/name/{camera.habits.maker.replace(' ', '%20')} "
        f"onvif://www.onvif.org/hardware/{camera.habits.model}</d:Scopes>"
        f"<d:XAddrs>http://{camera.named}/onvif/device_service</d:XAddrs><d:MetadataVersion>1</d:MetadataVersion>"
        "</d:ProbeMatch></d:ProbeMatches></s:Body></s:Envelope>"
    ).encode()
