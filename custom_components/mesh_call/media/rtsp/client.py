"""An RTSP 1.0 client (RFC 2326): RTP interleaved in its TCP connection, or by UDP."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
import re
from typing import Final

from .authentication import Authenticator
from .connection import PacketHandler, RtspConnection, open_connection
from .datagrams import DatagramTrack
from .errors import (
    ConnectError,
    ConnectionLostError,
    ProtocolError,
    RtspError,
    StatusError,
)
from .messages import Headers, Request, Response
from .session_clock import start_times
from .session_description import (
    MediaDescription,
    SessionDescription,
    parse_session_description,
)
from .url import RtspUrl, absolute

USER_AGENT: Final = "Mesh Call"
ONVIF_BACK_CHANNEL: Final = "www.onvif.org/ver20/backchannel"
"""The feature tag of the ONVIF Streaming Specification, section 5.3."""

REQUEST_TIMEOUT = 5.0
TEARDOWN_TIMEOUT = 0.7
DEFAULT_SESSION_TIMEOUT = 60
MAX_KEEP_ALIVE_INTERVAL = 30.0
MAX_REDIRECTS = 5
MAX_AUTHENTICATIONS = 3

_CHANNELS = re.compile(r"interleaved\s*=\s*(\d+)(?:\s*-\s*(\d+))?", re.IGNORECASE)
_SERVER_PORTS = re.compile(r"server_port\s*=\s*(\d+)(?:\s*-\s*(\d+))?", re.IGNORECASE)
_SOURCE = re.compile(r"source\s*=\s*([0-9A-Fa-f.:]+)", re.IGNORECASE)
_TIMEOUT = re.compile(r";\s*timeout\s*=\s*(\d+)", re.IGNORECASE)

_FIRST_DATAGRAM_CHANNEL = 256
"""Of tracks that come by UDP: numbers no interleaved frame can have."""


@dataclass(frozen=True, slots=True)
class Channels:
    """The channel numbers of one track, as the device gave them, or for UDP we."""

    rtp: int
    rtcp: int


class RtspClient:
    """One session with a device: describe, set tracks up, play, tear down.

    Every method raises RtspError: ConnectError, ConnectionLostError,
    TimedOutError, ProtocolError or StatusError.
    """

    def __init__(
        self,
        url: RtspUrl,
        *,
        verify_ssl: bool = True,
        require: str | None = None,
        on_packets: PacketHandler = lambda _channel, _packets: None,
    ) -> None:
        """Prepare; nothing is sent before `connect`.

        Args:
            url: where to go, with credentials.
            verify_ssl: whether the certificate of an rtsps device must be trusted.
            require: a feature tag the device must know, sent with every request.
            on_packets: called with a channel and the packets that came on it together.
        """
        self._url = url
        self._verify_ssl = verify_ssl
        self._require = require
        self._on_packets = on_packets
        self._authenticator = Authenticator(url.username, url.password)
        self._connection: RtspConnection | None = None
        self._session: str | None = None
        self._session_timeout = DEFAULT_SESSION_TIMEOUT
        self._control = url.target
        self._public: frozenset[str] = frozenset()
        self._next_channel = 0
        self._datagrams: dict[int, DatagramTrack] = {}
        self._keep_alive: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the connection stands."""
        return self._connection is not None and self._connection.is_open

    @property
    def unsent_bytes(self) -> int:
        """Bytes the device has not taken yet."""
        return self._connection.unsent_bytes if self._connection else 0

    def send(self, channel: int, payload: bytes) -> None:
        """Send an RTP or RTCP packet, if the connection still stands."""
        if track := self._datagrams.get(channel - channel % 2):
            send = track.send_rtcp if channel % 2 else track.send_rtp
            send(payload)
        elif self._connection is not None:
            self._connection.send_frame(channel, payload)

    def abort(self) -> None:
        """End the connection at once, as if the device had."""
        if self._connection is not None:
            self._connection.abort()

    async def wait_lost(self) -> None:
        """Wait until the connection has ended."""
        if self._connection is not None:
            await asyncio.shield(self._connection.lost)

    async def connect(self) -> None:
        """Connect and ask what the device can do (RFC 2326, section 10.1)."""
        await self._open()
        try:
            answer = await self._request("OPTIONS", self._url.target, required=False)
        except StatusError as error:
            # Some devices don't know or don't like OPTIONS; DESCRIBE decides.
            if error.status == 401:
                raise
            return
        methods = ",".join(answer.headers.get_all("Public"))
        self._public = frozenset(name.strip().upper() for name in methods.split(","))

    async def describe(self) -> SessionDescription:
        """Ask for the tracks, following redirects (RFC 2326, 10.2 and 11.3)."""
        for _ in range(MAX_REDIRECTS):
            answer = await self._request(
                "DESCRIBE",
                self._url.target,
                [("Accept", "application/sdp")],
                redirect=True,
            )
            if answer.status < 300:
                return self._description(answer)
            await self._redirect(answer)
        raise ProtocolError("too many redirects")

    async def setup(self, media: MediaDescription) -> Channels:
        """Set a track up (RFC 2326, section 10.4), by UDP if TCP is refused.

        What is encrypted is never asked for by UDP, which isn't.
        """
        if not self._datagrams:
            try:
                return await self._setup_interleaved(media)
            except StatusError as error:
                if error.status != 461 or self._url.secure:
                    raise
        return await self._setup_datagrams(media)

    async def _setup_interleaved(self, media: MediaDescription) -> Channels:
        first = self._next_channel
        self._next_channel += 2
        transport = f"RTP/AVP/TCP;unicast;interleaved={first}-{first + 1}"
        answer = await self._request("SETUP", media.control, [("Transport", transport)])
        self._remember_session(answer)
        channels = _channels(answer, first)
        if self._connection is not None:
            self._connection.parser.channels.update({channels.rtp, channels.rtcp})
        return channels

    async def _setup_datagrams(self, media: MediaDescription) -> Channels:
        if self._connection is None:
            raise ConnectionLostError("not connected")
        first = _FIRST_DATAGRAM_CHANNEL + 2 * len(self._datagrams)
        track = self._datagrams[first] = DatagramTrack(
            partial(self._on_packets, first), partial(self._on_packets, first + 1)
        )
        own, device = self._connection.hosts
        await track.open(own)
        transport = f"RTP/AVP;unicast;client_port={track.port}-{track.port + 1}"
        answer = await self._request("SETUP", media.control, [("Transport", transport)])
        self._remember_session(answer)
        agreed = answer.headers.get("Transport") or ""
        source = _SOURCE.search(agreed)
        track.connect(device, _server_ports(agreed), source[1] if source else "")
        return Channels(first, first + 1)

    async def play(self, controls: Sequence[str] = ()) -> list[int] | None:
        """Start the session and keep it alive from now on (RFC 2326, 10.5).

        Args:
            controls: the URLs of the tracks.

        Returns:
            the RTP time stamp of each of them at the start, None if it is not told.
        """
        answer = await self._request("PLAY", self._control, [("Range", "npt=0.000-")])
        self._keep_alive = asyncio.create_task(
            self._keep_session_alive(), name="mesh_call rtsp keep-alive"
        )
        told = answer.headers.get_all("RTP-Info")
        return start_times(told, self._control, controls)

    async def close(self) -> None:
        """Tear the session down and close; safe at any time and never raises.

        It takes TEARDOWN_TIMEOUT plus CLOSE_TIMEOUT at most: less than a second.
        """
        keep_alive, self._keep_alive = self._keep_alive, None
        if keep_alive is not None:
            keep_alive.cancel()
            await asyncio.wait((keep_alive,))
        try:
            if self._session is not None and self.is_open:
                async with asyncio.timeout(TEARDOWN_TIMEOUT):
                    await self._request("TEARDOWN", self._control)
        except RtspError, TimeoutError:
            pass
        finally:
            self._session = None
            for track in self._datagrams.values():
                track.close()
            self._datagrams.clear()
            await self._disconnect()

    async def _open(self) -> None:
        self._connection = await open_connection(
            self._url, self._on_packets, verify_ssl=self._verify_ssl
        )

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _redirect(self, answer: Response) -> None:
        try:
            url = self._url.redirected(answer.headers.get("Location") or "")
        except ValueError:
            raise ProtocolError("redirect that can't be followed") from None
        await self._disconnect()
        if (url.username, url.host) != (self._url.username, self._url.host):
            self._authenticator = Authenticator(url.username, url.password)
        self._url = url
        await self._open()

    def _description(self, answer: Response) -> SessionDescription:
        base = (
            answer.headers.get("Content-Base")
            or answer.headers.get("Content-Location")
            or self._url.target
        )
        text = answer.body.decode("utf-8", "replace")
        described = parse_session_description(text, absolute(self._url.target, base))
        self._control = described.control
        return described

    def _remember_session(self, answer: Response) -> None:
        value = answer.headers.get("Session") or ""
        session = value.partition(";")[0].strip()
        if session:
            self._session = session
        if found := _TIMEOUT.search(value):
            self._session_timeout = max(2, int(found[1]))

    async def _request(
        self,
        method: str,
        uri: str,
        headers: list[tuple[str, str]] | None = None,
        *,
        required: bool = True,
        redirect: bool = False,
    ) -> Response:
        """Send a request, authenticating as often as the device reasonably asks."""
        extra = list(headers or [])
        if self._require and required:
            extra.append(("Require", self._require))
        answer = await self._send(method, uri, extra)
        for _ in range(MAX_AUTHENTICATIONS):
            challenges = answer.headers.get_all("WWW-Authenticate")
            if answer.status != 401 or not self._authenticator.accept(challenges):
                break
            answer = await self._send_again(method, uri, extra)
        if answer.status >= 400 or (answer.status >= 300 and not redirect):
            raise StatusError(answer.status)
        self._authenticator.confirm()
        return answer

    async def _send(
        self, method: str, uri: str, extra: list[tuple[str, str]]
    ) -> Response:
        if self._connection is None:
            raise ConnectionLostError("not connected")
        fields = [("User-Agent", USER_AGENT)]
        if self._session is not None:
            fields.append(("Session", self._session))
        if authorization := self._authenticator.authorization(method, uri):
            fields.append(("Authorization", authorization))
        request = Request(method, uri, Headers([*fields, *extra]))
        return await self._connection.request(request, REQUEST_TIMEOUT)

    async def _send_again(
        self, method: str, uri: str, extra: list[tuple[str, str]]
    ) -> Response:
        """Repeat after a 401; some devices hang up when they ask for a password."""
        try:
            return await self._send(method, uri, extra)
        except ConnectionLostError:
            if self._session is not None:
                raise
        await self._disconnect()
        await self._open()
        return await self._send(method, uri, extra)

    async def _keep_session_alive(self) -> None:
        """Send something before the session times out (RFC 2326, 12.37)."""
        method = "GET_PARAMETER" if "GET_PARAMETER" in self._public else "OPTIONS"
        interval = min(self._session_timeout / 2, MAX_KEEP_ALIVE_INTERVAL)
        while self.is_open:
            await asyncio.sleep(interval)
            try:
                await self._request(method, self._control, required=False)
            except StatusError as error:
                if error.status == 454:
                    break
                method = "OPTIONS"
            except ConnectError, ConnectionLostError:
                break
            except RtspError:
                # No answer: the media watchdog decides whether the device is gone.
                continue
        self.abort()


def _server_ports(transport: str) -> tuple[int, int] | None:
    found = _SERVER_PORTS.search(transport)
    if found is None:
        return None
    rtp = int(found[1])
    rtcp = int(found[2]) if found[2] else rtp + 1
    return (rtp, rtcp) if 0 < rtp < rtcp < 65_536 else None


def _channels(answer: Response, first: int) -> Channels:
    transport = answer.headers.get("Transport") or ""
    found = _CHANNELS.search(transport)
    if found is None:
        if "interleaved" not in transport.lower() and "udp" in transport.lower():
            raise StatusError(461)
        return Channels(first, first + 1)
    rtp = int(found[1])
    return Channels(rtp, int(found[2]) if found[2] else rtp + 1)
