"""The loudspeaker of a camera: ONVIF's RTSP back channel.

It has an RTSP session of its own (ONVIF Streaming Specification, 5.3), set up inside
an accepted call only: while it is open many doorbells ring no more, hiss, or mute
their microphone.
"""

import asyncio
import secrets
import time
from typing import override

from ..rtsp.address import AddressProvider, parse_address, resolve_address
from ..rtsp.client import ONVIF_BACK_CHANNEL, RtspClient
from ..rtsp.errors import ConnectionLostError, RtspError, StatusError
from ..rtsp.rtp import RtpPacket, rtp_bytes
from ..rtsp.selection import Choice, select_talk_back
from ..rtsp.session_description import SessionDescription
from ..rtsp.talk import TalkTrack
from ..rtsp.url import RtspUrl
from ..source import SourceError, SourceProblem
from .silence import SilenceGate
from .speaker import FRAME_SAMPLES, SAMPLE_RATE, Samples, Speaker, SpeakerError
from .talk_codecs import TalkEncoder, make_encoder

OPEN_TIMEOUT = 10.0

MAX_AHEAD = 0.12
"""Seconds `write` may run ahead of the clock; devices play bursts too fast."""

MAX_UNSENT = 16_384
"""Bytes; a device that takes no more than that would only play it late."""

MAX_STUCK = 5.0
"""Seconds a device may take nothing before it counts as lost."""

_BUSY = frozenset({453, 486, 503})
_NO_WAY_IN = frozenset({461, 551})
_AUTH = frozenset({401, 403})


class BackChannel(Speaker):
    """Speaks through a camera."""

    def __init__(self, address: AddressProvider, *, verify_ssl: bool = True) -> None:
        """Prepare; nothing is asked or sent before `open`.

        Args:
            address: gives the URL of the camera's stream, asked at each `open`.
            verify_ssl: whether an rtsps camera's certificate must be trusted.
        """
        self._address = address
        self._verify_ssl = verify_ssl
        self._lost = asyncio.Event()
        self._client: RtspClient | None = None
        self._line: TalkLine | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def lost(self) -> bool:
        """Whether the device dropped the channel since it was opened."""
        return self._lost.is_set()

    @override
    async def open(self) -> None:
        """Open the way to the loudspeaker.

        Raises:
            SpeakerError: `busy`, `not_supported`, `cannot_connect`, `invalid_auth`.
        """
        await self.close()
        self._lost.clear()
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                url = await _resolve(self._address)
                track = await _open_track(url, self._verify_ssl)
        except TimeoutError:
            raise SpeakerError("cannot_connect", "no answer") from None
        self._client, self._line = track.client, TalkLine(track)
        self._watch = asyncio.create_task(
            self._wait_for_loss(track.client), name="mesh_call back channel"
        )

    @override
    def write(self, samples: Samples) -> None:
        """Play FRAME_SAMPLES samples; nothing happens when it is not open."""
        if self._line is not None and not self.lost:
            self._line.write(samples)

    @override
    async def wait_lost(self) -> None:
        """Wait until the device drops the channel."""
        await self._lost.wait()

    @override
    async def close(self) -> None:
        """Close within a second; safe to call twice and when opening failed."""
        watch, self._watch = self._watch, None
        line, self._line = self._line, None
        client, self._client = self._client, None
        try:
            if watch is not None and watch is not asyncio.current_task():
                watch.cancel()
                await asyncio.wait((watch,))
            if line is not None:
                await line.close()
        finally:
            if client is not None:
                await client.close()

    async def _wait_for_loss(self, client: RtspClient) -> None:
        await client.wait_lost()
        self._lost.set()


class TalkLine:
    """An open talk-back track: samples in, RTP out."""

    def __init__(self, track: TalkTrack) -> None:
        """Begin; the session is its owner's to close."""
        self._client = track.client
        self._channel = track.channel
        self._payload_type = track.choice.format.payload_type
        self._encoder: TalkEncoder = make_encoder(track.choice.format, self._send)
        self._sequence = secrets.randbits(16)
        self._first_timestamp = secrets.randbits(32)
        self._source = secrets.randbits(32)
        self._opened = time.monotonic()
        self._position = 0
        self._silence = SilenceGate()
        self._paused = False
        self._took = self._opened

    def write(self, samples: Samples) -> None:
        """Send FRAME_SAMPLES samples, at the pace of the clock."""
        elapsed = round((time.monotonic() - self._opened) * SAMPLE_RATE)
        if self._position - elapsed > MAX_AHEAD * SAMPLE_RATE:
            return
        if elapsed - self._position > SAMPLE_RATE:
            # Nobody wrote for a while: the time stamps follow the clock.
            self._position = elapsed
            self._pause()
        position = self._position
        self._position += FRAME_SAMPLES
        if self._silence.lets_pass(samples):
            self._paused = False
            self._encoder.write(samples, position)
        else:
            self._pause()

    async def close(self) -> None:
        """Stop encoding."""
        await self._encoder.close()

    def _pause(self) -> None:
        if not self._paused:
            self._paused = True
            self._encoder.pause()

    def _send(self, payload: bytes, timestamp: int, marker: bool) -> None:
        now = time.monotonic()
        if self._client.unsent_bytes > MAX_UNSENT:
            if now - self._took > MAX_STUCK:
                self._client.abort()
            return
        self._took = now
        packet = RtpPacket(
            self._payload_type,
            marker,
            self._sequence,
            (self._first_timestamp + timestamp) & 0xFFFFFFFF,
            self._source,
            payload,
        )
        self._sequence = (self._sequence + 1) & 0xFFFF
        self._client.send(self._channel, rtp_bytes(packet))


async def has_back_channel(
    url: str, *, verify_ssl: bool = True, timeout: float = OPEN_TIMEOUT
) -> str | None:
    """Ask a camera whether it can be talked to; the channel is not opened.

    Args:
        url: of the stream, with credentials.
        verify_ssl: whether an rtsps camera's certificate must be trusted.
        timeout: seconds for everything.

    Returns:
        the codec's name, or None when there is no way in.

    Raises:
        SourceError: the camera can't be reached or refuses the password.
    """
    parsed = parse_address(url)
    client = _make_client(parsed, verify_ssl)
    try:
        async with asyncio.timeout(timeout):
            choice, _ = await _describe(client)
    except TimeoutError:
        raise SourceError(SourceProblem.CANNOT_CONNECT, "no answer") from None
    except SpeakerError as error:
        if error.key in {"not_supported", "busy"}:
            return None
        raise SourceError(SourceProblem(error.key), error.detail) from None
    finally:
        await client.close()
    return choice.format.label


async def _resolve(address: AddressProvider) -> RtspUrl:
    try:
        return await resolve_address(address)
    except SourceError as error:
        raise SpeakerError("cannot_connect", error.detail) from None


def _make_client(url: RtspUrl, verify_ssl: bool) -> RtspClient:
    return RtspClient(url, verify_ssl=verify_ssl, require=ONVIF_BACK_CHANNEL)


async def _open_track(url: RtspUrl, verify_ssl: bool) -> TalkTrack:
    """Open a session for talk-back alone, or with the picture if that is refused."""
    try:
        return await _try_track(url, verify_ssl, with_picture=False)
    except _RefusedError:
        pass
    try:
        return await _try_track(url, verify_ssl, with_picture=True)
    except _RefusedError as error:
        raise SpeakerError("busy", error.detail) from None


async def _try_track(
    url: RtspUrl, verify_ssl: bool, *, with_picture: bool
) -> TalkTrack:
    client = _make_client(url, verify_ssl)
    opened = False
    try:
        choice, described = await _describe(client)
        track = await _set_up(client, choice, described if with_picture else None)
        opened = True
    finally:
        if not opened:
            await client.close()
    return track


async def _describe(client: RtspClient) -> tuple[Choice, SessionDescription]:
    """Find the talk-back track; raises SpeakerError."""
    try:
        await client.connect()
    except RtspError as error:
        key = "invalid_auth" if _status(error) in _AUTH else "cannot_connect"
        raise SpeakerError(key, str(error)) from None
    try:
        described = await client.describe()
    except (StatusError, ConnectionLostError) as error:
        # Devices that don't know the feature answer 551 or 400, or hang up.
        keys = dict.fromkeys(_AUTH, "invalid_auth") | dict.fromkeys(_BUSY, "busy")
        key = keys.get(_status(error), "not_supported")
        raise SpeakerError(key, str(error)) from None
    except RtspError as error:
        raise SpeakerError("cannot_connect", str(error)) from None
    choice = select_talk_back(described)
    if choice is None:
        raise SpeakerError("not_supported")
    return choice, described


async def _set_up(
    client: RtspClient, choice: Choice, with_tracks_of: SessionDescription | None
) -> TalkTrack:
    """Set the track up and start; raises SpeakerError."""
    try:
        for media in with_tracks_of.media if with_tracks_of else ():
            if media.kind == "video" and media.is_received:
                await client.setup(media)
                break
        channels = await client.setup(choice.media)
        await client.play()
    except ConnectionLostError as error:
        raise SpeakerError("not_supported", str(error)) from None
    except StatusError as error:
        if error.status in _AUTH:
            raise SpeakerError("invalid_auth", str(error)) from None
        if error.status in _NO_WAY_IN:
            raise SpeakerError("not_supported", str(error)) from None
        if error.status in _BUSY:
            raise SpeakerError("busy", str(error)) from None
        raise _RefusedError("busy", str(error)) from None
    except RtspError as error:
        raise SpeakerError("cannot_connect", str(error)) from None
    return TalkTrack(client, choice, channels.rtp)


class _RefusedError(SpeakerError):
    """The device refused for a reason that may be the missing picture."""


def _status(error: RtspError) -> int:
    return error.status if isinstance(error, StatusError) else 0
