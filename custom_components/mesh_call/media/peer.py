"""A connection that ends in Home Assistant: one RTCPeerConnection."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
import logging
import time

from aiortc import InvalidStateError, RTCPeerConnection, RTCSessionDescription

from ..calls.errors import CallError
from ..calls.model import Candidate, ConnectionState, Description
from . import engine_room
from .stream import Codec, MediaKind, Stream
from .uninterrupted import uninterrupted
from .voice import ReceivedVoice
from .webrtc import sdp
from .webrtc.engine import Engine
from .webrtc.ice import IceConfiguration, engine_configuration, parse_candidate
from .webrtc.lines import MediaLines, MediaPlan
from .webrtc.reader import RtpTaker
from .webrtc.statistics import ConnectionStatistics

_LOGGER = logging.getLogger(__name__)

CONNECT_TIMEOUT = 30.0
"""Seconds until a connection that never worked has failed; aiortc waits for ever."""

SILENCE_TIMEOUT = 6.0
"""Seconds without a packet from the other end until it counts as disconnected."""

_REPORT_INTERVAL = 1.0
_FIRST_REPORT = 0.2


@dataclass(frozen=True, slots=True)
class PeerEvents:
    """What a peer tells its owner."""

    described: Callable[[Description], Awaitable[None]]
    """Our description, with all candidates in it."""

    state_changed: Callable[[ConnectionState], None]
    media_received: Callable[[], None]
    """The first packet of sound or picture has come."""

    agreed: Callable[[tuple[Codec, ...]], None] = lambda codecs: None
    """It is known in which codecs the other end takes a picture."""

    sound_agreed: Callable[[tuple[Codec, ...]], None] = lambda codecs: None
    """It is known in which codecs the other end takes sound."""

    silence_changed: Callable[[bool], None] = lambda silent: None
    """It is known whether the other end sends digital silence, or that is otherwise."""


class Peer:
    """One end of one connection, from the first description to the last packet.

    An offer that comes later restarts it: a fresh engine answers, and the one
    before goes when that works.

    Args:
        configuration: how to find the way to the other end.
        events: what happens.
        plan: what to send and receive.
        takers: take what comes, by kind; without any, sound is only noticed.
        data_channel: the label of one that our offer must have.
        raw: through the engine room, else by aiortc's public interface.
    """

    def __init__(
        self,
        configuration: IceConfiguration,
        events: PeerEvents,
        plan: MediaPlan,
        *,
        takers: Mapping[MediaKind, RtpTaker] | None = None,
        data_channel: str | None = None,
        raw: bool = engine_room.available,
    ) -> None:
        self._configuration = engine_configuration(configuration)
        self._events = events
        self._plan = plan
        self._data_channel = data_channel
        self._raw = raw
        self._muted_audio = self._muted_video = False
        voice = ReceivedVoice(events.media_received)
        self._takers = takers or {MediaKind.AUDIO: voice}
        self._state = ConnectionState.UNDEFINED
        self._closed = False
        # Held while aiortc negotiates: it leaks sockets when it is closed meanwhile.
        self._negotiating = asyncio.Lock()
        self._remote: sdp.RemoteDescription | None = None
        self._candidates: list[Candidate] = []
        self._skipped_candidates = False
        self._answering: asyncio.Task[None] | None = None
        self._last_arrival = time.monotonic()
        self._engine = self._new_engine()
        self._retired: Engine | None = None
        self._connect_timer = self._start_connecting()
        self._report_timer: asyncio.TimerHandle | None = None
        self._counting: asyncio.Task[None] | None = None
        self._dropping: asyncio.Task[None] | None = None
        self._counted = 0
        self._silent: bool | None = None

    @property
    def video_bitrate(self) -> float:
        """kbit/s of the picture that is sent."""
        return self._lines.video_bitrate

    def statistics(self) -> ConnectionStatistics:
        """How well it works."""
        return self._lines.statistics()

    def use(self, *, video: Stream | None, audio: Stream | None) -> None:
        """Send these streams from now on, as far as the plan has room for them."""
        self._lines.video.use(video)
        self._lines.audio.use(audio)

    def mute(self, *, audio: bool, video: bool) -> None:
        """Send silence or black, or the streams again."""
        self._muted_audio, self._muted_video = audio, video
        self._lines.audio.mute(audio)
        self._lines.video.mute(video)

    async def offer(self) -> None:
        """Describe this end first."""
        await self._tell(await uninterrupted(self._offer()))

    async def describe(self, description: Description) -> None:
        """Take the other end's description; an offer is answered on the way.

        Raises:
            CallError: `invalid_description`, if it can't be understood or comes at
                the wrong time. The connection can take another one then.
        """
        await uninterrupted(self._take(description))

    async def candidate(self, candidate: Candidate) -> None:
        """Take one of the other end's candidates, held until it is described.

        Raises:
            CallError: `invalid_candidate`.
        """
        if candidate.candidate:
            parse_candidate(candidate.candidate)
        async with self._negotiating:
            if self._remote is None:
                self._candidates.append(candidate)
            elif not self._closed:
                await self._add_candidate(self._remote, candidate)

    async def close(self) -> None:
        """End it, wherever it stands; safe to repeat."""
        self._closed = True
        self._connect_timer.cancel()
        if self._report_timer is not None:
            self._report_timer.cancel()
        async with self._negotiating:
            await self._engine.close()
            await self._drop_retired()
        for task in (self._answering, self._counting, self._dropping):
            if task is not None and task is not asyncio.current_task():
                await asyncio.wait((task,))

    @property
    def _connection(self) -> RTCPeerConnection:
        return self._engine.connection

    @property
    def _lines(self) -> MediaLines:
        return self._engine.lines

    def _new_engine(self) -> Engine:
        engine = Engine(
            self._configuration,
            self._plan,
            self._takers,
            raw=self._raw,
            state_changed=self._engine_state_changed,
        )
        engine.lines.video.agreed = self._events.agreed
        engine.lines.audio.agreed = self._events.sound_agreed
        return engine

    def _start_connecting(self) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()
        return loop.call_later(CONNECT_TIMEOUT, self._give_up)

    def _replace_engine(self) -> Engine:
        """Begin anew with the same streams; returns the engine before."""
        earlier, self._engine = self._engine, self._new_engine()
        self.mute(audio=self._muted_audio, video=self._muted_video)
        self.use(video=earlier.lines.video.stream, audio=earlier.lines.audio.stream)
        return earlier

    async def _offer(self) -> Description | None:
        async with self._negotiating:
            if self._closed:
                return None
            self._lines.add(self._connection, self._plan.kinds)
            if self._data_channel is not None:
                self._connection.createDataChannel(self._data_channel)
            return await self._describe_local()

    async def _take(self, description: Description) -> None:
        async with self._negotiating:
            if self._closed:
                raise CallError("invalid_description")
            if description.type == "offer":
                await self._take_offer(description.sdp)
            elif description.type == "answer" and self._remote is None:
                await self._take_answer(description.sdp)
            else:
                raise CallError("invalid_description")
            await self._take_held_candidates()

    async def _take_offer(self, text: str) -> None:
        remote = sdp.remote_offer(text)
        if self._connection.signalingState != "stable":
            raise CallError("invalid_description")
        if self._remote is None:
            await self._apply_offer(remote)
        else:
            await self._take_restart(remote)
        self._remote = remote
        self._answering = asyncio.create_task(self._answer(text))

    async def _apply_offer(self, remote: sdp.RemoteDescription) -> None:
        self._lines.add(self._connection, remote.kinds)
        try:
            await self._apply(RTCSessionDescription(remote.sdp, "offer"))
        except CallError:
            await self._replace_engine().close()
            raise

    async def _take_restart(self, remote: sdp.RemoteDescription) -> None:
        """Let a fresh engine take a later offer; the present one goes if it can."""
        earlier = self._replace_engine()
        self._lines.add(self._connection, remote.kinds)
        try:
            await self._apply(RTCSessionDescription(remote.sdp, "offer"))
        except CallError:
            broken, self._engine = self._engine, earlier
            await broken.close()
            raise
        await earlier.retire()
        await self._drop_retired()
        self._retired = earlier
        self._connect_timer.cancel()
        self._connect_timer = self._start_connecting()

    async def _drop_retired(self) -> None:
        retired, self._retired = self._retired, None
        if retired is not None:
            await retired.close()

    async def _take_answer(self, text: str) -> None:
        if self._connection.signalingState != "have-local-offer":
            raise CallError("invalid_description")
        remote = sdp.remote_answer(text, self._connection.localDescription.sdp)
        await self._apply(RTCSessionDescription(remote.sdp, "answer"))
        self._remote = remote

    async def _apply(self, description: RTCSessionDescription) -> None:
        try:
            await self._connection.setRemoteDescription(description)
        except Exception as error:  # noqa: BLE001 - aiortc's parser raises anything
            _LOGGER.debug("A description was refused: %s", type(error).__name__)
            raise CallError("invalid_description") from None

    async def _answer(self, offer: str) -> None:
        async with self._negotiating:
            if self._closed:
                return
            description = await self._describe_local(offer)
        await self._tell(description)

    async def _describe_local(self, offer: str | None = None) -> Description | None:
        """Gather candidates and describe this end; None if that failed."""
        connection = self._connection
        if self._raw:
            engine_room.prepare(connection.getTransceivers())
        try:
            await connection.setLocalDescription()
        except (InvalidStateError, ValueError, OSError) as error:
            _LOGGER.debug("This end can't be described: %s", type(error).__name__)
            self._report_state(ConnectionState.FAILED)
            return None
        if self._raw:
            engine_room.watch_arrivals(connection.getTransceivers(), self._arrived)
        local = connection.localDescription
        return Description(local.type, sdp.local_description(local.sdp, offer))

    async def _tell(self, description: Description | None) -> None:
        if self._closed or description is None:
            return
        try:
            await self._events.described(description)
        except CallError as error:
            _LOGGER.debug("A description was not taken: %s", error.key)
            self._report_state(ConnectionState.FAILED)

    async def _take_held_candidates(self) -> None:
        assert self._remote is not None
        held, self._candidates = self._candidates, []
        self._skipped_candidates |= self._remote.candidates_left_out
        for candidate in held:
            await self._add_candidate(self._remote, candidate)
        if self._remote.candidates_complete:
            await self._end_candidates()

    async def _add_candidate(
        self, remote: sdp.RemoteDescription, candidate: Candidate
    ) -> None:
        if not candidate.candidate:
            await self._end_candidates()
            return
        parsed = parse_candidate(candidate.candidate)
        if parsed is None:
            self._skipped_candidates = True
            return
        parsed.sdpMid = candidate.sdp_mid
        index = candidate.sdp_m_line_index
        if parsed.sdpMid is None and index is not None and index < len(remote.mids):
            parsed.sdpMid = remote.mids[index]
        if parsed.sdpMid is None:
            parsed.sdpMid = remote.mids[0]
        await self._connection.addIceCandidate(parsed)

    async def _end_candidates(self) -> None:
        # When those that are left are tried, aiortc would fail, though the other
        # end may well find us from an address that it keeps to itself.
        if not self._skipped_candidates:
            await self._connection.addIceCandidate(None)

    def _engine_state_changed(self, state: str) -> None:
        if self._closed:
            return
        match state:
            case "connecting" if self._retired is None:
                self._report_state(ConnectionState.CONNECTING)
            case "connected":
                self._connected()
            case "failed":
                self._report_state(ConnectionState.FAILED)
            case "closed":
                self._report_state(ConnectionState.CLOSED)

    def _connected(self) -> None:
        self._engine.worked = True
        self._connect_timer.cancel()
        self._last_arrival = time.monotonic()
        self._lines.connected(self._connection)
        if self._retired is not None:
            self._dropping = asyncio.create_task(self._drop_retired())
        self._report_state(ConnectionState.CONNECTED)
        if self._report_timer is None:
            self._schedule(_FIRST_REPORT)

    def _schedule(self, delay: float) -> None:
        loop = asyncio.get_running_loop()
        self._report_timer = loop.call_later(delay, self._every_second)

    def _every_second(self) -> None:
        self._schedule(_REPORT_INTERVAL)
        self._lines.report()
        if not self._raw and (self._counting is None or self._counting.done()):
            self._counting = asyncio.create_task(self._count_arrivals())
        self._report_silence()
        silent = time.monotonic() - self._last_arrival
        if self._state is ConnectionState.CONNECTED and silent > SILENCE_TIMEOUT:
            self._report_state(ConnectionState.DISCONNECTED)

    def _report_silence(self) -> None:
        silent = self._lines.silent
        if silent is not None and silent is not self._silent:
            self._silent = silent
            self._events.silence_changed(silent)

    def _arrived(self) -> None:
        self._last_arrival = time.monotonic()
        if self._state is ConnectionState.DISCONNECTED:
            self._report_state(ConnectionState.CONNECTED)

    async def _count_arrivals(self) -> None:
        """Notice packets by aiortc's statistics, which leave out STUN."""
        report = await self._connection.getStats()
        packets = sum(
            entry.packetsReceived
            for entry in report.values()
            if entry.type == "transport"
        )
        if packets != self._counted:
            self._counted = packets
            self._arrived()

    def _give_up(self) -> None:
        if self._state is not ConnectionState.CLOSED:
            self._report_state(ConnectionState.FAILED)

    def _report_state(self, state: ConnectionState) -> None:
        if state is not self._state and not self._closed:
            self._state = state
            self._events.state_changed(state)
