"""The media of one station: its camera, microphone and speaker in all its calls."""

import asyncio
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field
import logging
from typing import Any, Protocol, override

from ..calls.devices import DeviceKind
from ..calls.errors import CallError
from ..calls.model import (
    BRIDGE,
    Call,
    Candidate,
    Connection,
    ConnectionState,
    Description,
)
from ..calls.ports import MediaPort
from . import engine_room
from .conversion.picking import Need
from .feed import Feed, UseStreams
from .loudspeaker import (
    Loudspeakers,
    SpeakerFactory,
    SpeakerStatus,
    TakePlayed,
    ignore_played,
)
from .mixer import Mixer
from .peer import Peer, PeerEvents
from .received_media import UseReceived
from .relay import Relay, relay_plan
from .reports import CallReports, ConfigureIce, find_way
from .source import Source, SourceError, SourceStatus
from .station_end import End, Watch
from .station_player import StationPlayer
from .stream import H264, VP8
from .webrtc.ice import IceConfiguration
from .webrtc.lines import MediaPlan
from .webrtc.statistics import ConnectionStatistics

_LOGGER = logging.getLogger(__name__)

COLD_SOURCE_TIMEOUT = 2.0
"""Seconds an offer waits for a source that was never ready, to know what it has."""

FALLBACK_SOURCE_TIMEOUT = 10.0
"""The same without the engine room, where a codec can't be chosen later."""


@dataclass(frozen=True, slots=True)
class StationStatus:
    """How a station's devices are, for whoever shows it."""

    source: SourceStatus | None = None
    speaker: SpeakerStatus = field(default_factory=SpeakerStatus)
    pictures: tuple[str, ...] = ()
    """What is sent now, in words."""


class StationDevices(Protocol):
    """Whoever knows the other cameras a station can show; hands them to its media."""

    async def switch_camera(self, device: str) -> None:
        """Use another camera from now on; raises CallError."""

    async def switch_speaker(self, device: str) -> None:
        """Speak through another speaker from now on; raises CallError."""

    async def share(self, call_id: str, source: str | None) -> None:
        """Show something else in a call, or its camera again; raises CallError."""

    async def stop_sharing(self, call_id: str) -> None:
        """Show the camera again if something else is shown in this call."""


class StationMedia(MediaPort):
    """Handles a station's end of every connection.

    The source is used while there is a connection, a preview included; the
    speakers only inside an accepted call, once whatever the number of peers.

    Args:
        party_id: the station's.
        reports: the exchange.
        source: the camera or microphone.
        small: the same picture smaller, or None.
        speakers: make a new speaker for each use.
        configure_ice: how connections find their way.
        devices: what else it can show.
        receives: tells parties whose sound and picture can be had, whether anybody
            uses them or not.
        fills: tells parties that always get a picture, be it black: their apps take
            a video call without one for broken.
        played: is told of all that the speakers play.
        raw: through the engine room, else by aiortc's public interface.
    """

    def __init__(
        self,
        party_id: str,
        reports: CallReports,
        *,
        source: Source | None,
        small: Source | None = None,
        speakers: Collection[SpeakerFactory],
        configure_ice: ConfigureIce,
        devices: StationDevices | None = None,
        receives: Callable[[str], bool] = lambda party_id: False,
        fills: Callable[[str], bool] = lambda party_id: False,
        played: TakePlayed = ignore_played,
        raw: bool = engine_room.available,
    ) -> None:
        self._party_id = party_id
        self._reports = reports
        self.player = StationPlayer(self._player_changed)
        self._feed = Feed(source, small, self.player, self._notify)
        self._speakers = tuple(speakers)
        self._configure_ice = configure_ice
        self._devices = devices
        self._receives = receives
        self._fills = fills
        self._raw = raw
        self._ends: dict[str, End] = {}
        self._joined: set[str] = set()
        self._muted: dict[str, tuple[bool, bool]] = {}
        self._caps: dict[str, int] = {}
        self._plans: dict[tuple[str, str], MediaPlan] = {}
        self._watches: list[Watch] = []
        self._relay = Relay()
        self._listeners: list[Callable[[], None]] = []
        self._mixer = Mixer()
        self._loudspeakers = Loudspeakers(self._mixer, self._notify, played)
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def status(self) -> StationStatus:
        """How the source and the speaker are."""
        return StationStatus(
            self._feed.status, self._loudspeakers.status, self._feed.forms
        )

    @property
    def has_speaker(self) -> bool:
        """Whether there is anything to play what others say; it may yet refuse."""
        return bool(self._speakers)

    @property
    def connections(self) -> tuple[Connection, ...]:
        """All open connections, previews included."""
        return tuple(end.connection for end in self._ends.values())

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call on every change of `status`; returns the removal."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

    def statistics(self, connection_id: str) -> ConnectionStatistics:
        """The numbers of a connection; empty ones if it isn't open."""
        end = self._ends.get(connection_id)
        peer = end.open_peer if end else None
        return peer.statistics() if peer else ConnectionStatistics()

    def set_source(self, source: Source | None, small: Source | None = None) -> None:
        """Use another camera from now on; calls go on with its picture and sound."""
        self._feed.set_source(source, small)

    def tap(self, use: UseStreams, *, picture: bool = True) -> Callable[[], None]:
        """Hold the source and give its streams, now and when they are others.

        The picture is H264 or VP8. Returns what lets go of it again. Without
        `picture` none is converted.
        """
        need = Need((H264, VP8)) if picture else None
        return self._feed.add(use, need).end

    def receive(
        self, call_id: str, party_id: str, use: UseReceived
    ) -> Callable[[], None]:
        """Give what a party sends to this station in a call, encoded as it comes.

        Works for parties that `receives` tells, now and when they are connected
        afresh. Returns what ends it.
        """
        watch = Watch(call_id, party_id, use)
        self._watches.append(watch)
        for end in self._ends.values():
            if end.open_peer:
                watch.follow(end)

        def stop() -> None:
            if watch in self._watches:
                self._watches.remove(watch)
                watch.stop()

        return stop

    def set_speakers(self, speakers: Collection[SpeakerFactory]) -> None:
        """Speak through other speakers from now on."""
        self._speakers = tuple(speakers)
        self._settle_speakers()
        self._notify()

    async def shut_down(self) -> None:
        """End everything for good and wait until it is released."""
        self._joined.clear()
        for connection_id in tuple(self._ends):
            self.close(connection_id, self._party_id)
        await self._loudspeakers.close()
        await self.player.close()
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))
        await self._feed.close()
        self._listeners.clear()

    @override
    async def join(self, call: Call, party_id: str) -> None:
        self._joined.add(call.id)
        for end in self._ends.values():
            if end.connection.call_id == call.id and not end.stands_in:
                self._contribute(end)
        self._settle_speakers()

    @override
    def leave(self, call_id: str, party_id: str) -> None:
        self._joined.discard(call_id)
        self._muted.pop(call_id, None)
        self._caps.pop(call_id, None)
        self._plans = {k: plan for k, plan in self._plans.items() if k[0] != call_id}
        for end in tuple(self._ends.values()):
            if end.connection.call_id == call_id:
                self._leave(end)
        self._settle_speakers()
        if not self._joined:
            self.player.stop()
        if self._devices is not None:
            self._spawn(self._devices.stop_sharing(call_id))

    @override
    def open(self, connection: Connection, party_id: str) -> None:
        if connection.id in self._ends:
            return
        end = self._ends[connection.id] = End(connection, party_id)
        if not end.stands_in:
            self._contribute(end)
        self._settle_speakers()
        self._spawn(self._open(end))

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        peer = await self._peer(connection_id)
        await peer.describe(description)

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        peer = await self._peer(connection_id)
        await peer.candidate(candidate)

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        end = self._ends.pop(connection_id, None)
        if end is None:
            return
        self._relay.remove(end)
        end.release()
        if peer := end.open_peer:
            self._spawn(peer.close())
        else:
            end.peer.cancel()
        self._settle_speakers()

    @override
    async def mute(
        self, call_id: str, party_id: str, *, audio: bool, video: bool
    ) -> None:
        self._muted[call_id] = audio, video
        for end in self._ends.values():
            if end.connection.call_id == call_id and not end.stands_in:
                end.mute(audio=audio, video=video)

    @override
    async def limit(self, call_id: str, party_id: str, max_bandwidth: int) -> None:
        self._caps[call_id] = max_bandwidth
        for end in self._ends.values():
            if end.connection.call_id == call_id:
                end.limit(max_bandwidth)

    @override
    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        if self._devices is None or kind is DeviceKind.MICROPHONE:
            raise CallError("cannot_switch")
        if kind is DeviceKind.CAMERA:
            await self._devices.switch_camera(device)
        else:
            await self._devices.switch_speaker(device)

    @override
    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        if self._devices is None:
            raise CallError("cannot_share")
        await self._devices.share(call_id, source)

    async def _open(self, end: End) -> None:
        """Create the peer of a connection once it is known what there is to send."""
        connection = end.connection
        if not end.stands_in:
            await self._wait_for_streams()
        if self._ends.get(connection.id) is not end:
            return
        configuration = find_way(
            connection, end.party_id, self._configure_ice, self._reports
        )
        if configuration is None:
            return
        peer = self._create_peer(end, configuration)
        end.peer.set_result(peer)
        end.send()
        if connection.offerer == end.party_id:
            await peer.offer()

    def _create_peer(self, end: End, configuration: IceConfiguration) -> Peer:
        connection = end.connection
        events = PeerEvents(
            described=lambda description: self._reports.describe(
                connection.id, end.party_id, description
            ),
            state_changed=lambda state: self._report_state(end, state),
            media_received=lambda: self._reports.report_media(
                connection.id, end.party_id
            ),
            agreed=end.agreed,
            sound_agreed=end.sound_agreed,
        )
        peer = end.create_peer(configuration, events, self._plan(end), raw=self._raw)
        if end.feeding:
            end.remove_voice = self._mixer.add(end.voice)
        assert end.received is not None
        self._relay.add(end, end.received)
        for watch in self._watches:
            watch.follow(end)
        return peer

    def _contribute(self, end: End) -> None:
        """Send what the station has by an end, and hear what comes; safe to repeat."""
        if end.feeding:
            return
        audio, video = self._muted.get(end.connection.call_id, (False, False))
        end.mute(audio=audio, video=video)
        end.feed(self._feed.add(end.use, self._need(end.connection)))
        if end.open_peer:
            end.remove_voice = self._mixer.add(end.voice)

    def _leave(self, end: End) -> None:
        """Close an end, unless others hear each other by it."""
        if end not in self._relay:
            self.close(end.connection.id, end.party_id)
        elif not end.stands_in:
            end.withdraw()

    def _need(self, connection: Connection) -> Need | None:
        """What the other end takes, before it has said so."""
        if not connection.video:
            return None
        return Need(max_bandwidth=self._caps.get(connection.call_id, 0))

    def _plan(self, end: End) -> MediaPlan:
        """What to send and receive: the same whenever a link is connected afresh.

        Only then the other end can take the new offer for a restart of the old one.
        """
        connection = end.connection
        if end.stands_in or end.party_id == BRIDGE:
            return relay_plan(connection)
        if connection.preview:
            return self._new_plan(end)
        key = (connection.call_id, end.other)
        if key not in self._plans:
            self._plans[key] = self._new_plan(end)
        return self._plans[key]

    def _new_plan(self, end: End) -> MediaPlan:
        """What isn't known yet is hoped for."""
        connection = end.connection
        streams = self._feed.streams
        hope = self._feed.source is not None and not (streams.video or streams.audio)
        sound = not connection.preview
        received = sound and self._receives(end.other)
        filled = sound and self._fills(end.other)
        picture = hope or streams.video is not None or filled
        return MediaPlan(
            send_video=connection.video and picture,
            fill_video=sound,
            send_audio=sound,
            receive_audio=received or (sound and bool(self._speakers)),
            receive_video=received and connection.video and self._raw,
            audio_codec=streams.audio.codec if streams.audio else None,
        )

    async def _wait_for_streams(self) -> None:
        source, streams = self._feed.source, self._feed.streams
        if source is None or streams.video or streams.audio:
            return
        timeout = COLD_SOURCE_TIMEOUT if self._raw else FALLBACK_SOURCE_TIMEOUT
        try:
            await source.ready(timeout)
        except SourceError, TimeoutError:
            _LOGGER.debug("A connection does not wait for its source any longer")

    async def _peer(self, connection_id: str) -> Peer:
        end = self._ends.get(connection_id)
        if end is None:
            raise CallError("unknown_connection")
        await asyncio.wait((end.peer,))
        if end.open_peer is None:
            raise CallError("unknown_connection")
        return end.open_peer

    def _report_state(self, end: End, state: ConnectionState) -> None:
        if self._ends.get(end.connection.id) is end:
            self._reports.report_state(end.connection.id, end.party_id, state)

    def _settle_speakers(self) -> None:
        """Open the speakers when somebody may speak through them, else close them."""
        spoken_to = any(
            connection.call_id in self._joined and not connection.preview
            for connection in self.connections
        )
        self._loudspeakers.want(self._speakers if spoken_to else ())

    def _player_changed(self) -> None:
        self._feed.give_sound()
        self._notify()

    def _notify(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _LOGGER.error("A connection failed", exc_info=error)
