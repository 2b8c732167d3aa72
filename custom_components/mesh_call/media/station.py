"""The media of one station: its camera, microphone and speaker in all its calls."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
import logging
from typing import Protocol, override

from ..calls.devices import DeviceKind
from ..calls.errors import CallError
from ..calls.model import Call, Connection
from ..calls.ports import MediaPort
from . import engine_room
from .conversion.picking import Need
from .end import End
from .ends import Ends
from .feed import Feed, UseStreams
from .loudspeaker import (
    Loudspeakers,
    SpeakerFactory,
    SpeakerStatus,
    TakePlayed,
    ignore_played,
)
from .mixer import Mixer, Voice
from .reports import CallReports, ConfigureIce
from .sinks.speaker import Samples
from .source import Source, SourceError, SourceStatus
from .station_player import StationPlayer
from .stream import H264, VP8
from .webrtc.lines import MediaPlan

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


class StationMedia(Ends, MediaPort):
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
        receives: tells parties whose picture can be had, whether anybody uses it or
            not, as the sound of all can.
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
        super().__init__(reports, configure_ice, raw=raw)
        self._party_id = party_id
        self.player = StationPlayer(self._player_changed)
        self._feed = Feed(source, small, self.player, self._notify)
        self._speakers = tuple(speakers)
        self._devices = devices
        self._receives = receives
        self._fills = fills
        self._joined: set[str] = set()
        self._left: set[str] = set()
        """Calls in which others still hear each other here."""

        self._muted: dict[str, tuple[bool, bool]] = {}
        self._caps: dict[str, int] = {}
        self._plans: dict[tuple[str, str], MediaPlan] = {}
        self._listeners: list[Callable[[], None]] = []
        self._mixer = Mixer()
        self._loudspeakers = Loudspeakers(self._mixer, self._notify, played)

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

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call on every change of `status`; returns the removal."""
        self._listeners.append(listener)

        def remove() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return remove

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

    def listen(self, write: Callable[[Samples], None]) -> Callable[[], None]:
        """Give what all others say, mixed, every 20 ms; returns what ends it."""
        return self._mixer.listen(write)

    def loudness(self, call_id: str) -> dict[str, float]:
        """How loud each party in a call is now, from 0 to 1, while it is listened."""
        return {
            end.other: end.voice.loudness
            for end in self.ends_of(call_id)
            if end.remove_voice
        }

    def let_speak(self, voice: Voice) -> Callable[[], None]:
        """Let a voice be heard as the microphone is; returns what ends it."""
        return self.player.add_voice(voice)

    def set_speakers(self, speakers: Collection[SpeakerFactory]) -> None:
        """Speak through other speakers from now on."""
        self._speakers = tuple(speakers)
        self._settle_speakers()
        self._notify()

    @override
    async def shut_down(self) -> None:
        """End everything for good and wait until it is released."""
        self._joined.clear()
        await self.player.close()
        await super().shut_down()
        await self._loudspeakers.close()
        await self._feed.close()
        self._listeners.clear()

    @override
    async def join(self, call: Call, party_id: str) -> None:
        self._joined.add(call.id)
        self._left.discard(call.id)
        for end in self.ends_of(call.id):
            self._contribute(end)
        self._settle_speakers()

    @override
    def leave(self, call_id: str, party_id: str) -> None:
        self._joined.discard(call_id)
        self._muted.pop(call_id, None)
        self._caps.pop(call_id, None)
        self._plans = {k: plan for k, plan in self._plans.items() if k[0] != call_id}
        for end in self.ends_of(call_id):
            self._leave(end)
        self._settle_speakers()
        if not self._joined:
            self.player.stop()
        if self._devices is not None:
            self._spawn(self._devices.stop_sharing(call_id))

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        super().close(connection_id, party_id)
        self._left = {call_id for call_id in self._left if self.ends_of(call_id)}
        self._settle_speakers()

    @override
    async def mute(
        self, call_id: str, party_id: str, *, audio: bool, video: bool
    ) -> None:
        self._muted[call_id] = audio, video
        for end in self.ends_of(call_id):
            if not end.stands_in:
                end.mute(audio=audio, video=video)

    @override
    async def limit(self, call_id: str, party_id: str, max_bandwidth: int) -> None:
        self._caps[call_id] = max_bandwidth
        for end in self.ends_of(call_id):
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

    @override
    def _begin(self, end: End) -> None:
        if end.connection.call_id not in self._left:
            self._contribute(end)
        self._settle_speakers()

    @override
    def _made(self, end: End) -> None:
        if end.feeding:
            end.remove_voice = self._mixer.add(end.voice)

    def _contribute(self, end: End) -> None:
        """Send what the station has by an end, and hear what comes; safe to repeat."""
        if end.feeding or end.stands_in:
            return
        audio, video = self._muted.get(end.connection.call_id, (False, False))
        end.mute(audio=audio, video=video)
        end.feed(self._feed.add(end.use, self._need(end.connection)))
        if end.open_peer:
            self._made(end)

    def _leave(self, end: End) -> None:
        """Close an end, unless others hear each other by it."""
        if end not in self._relay:
            self.close(end.connection.id, end.party_id)
            return
        self._left.add(end.connection.call_id)
        if not end.stands_in:
            end.withdraw()

    def _need(self, connection: Connection) -> Need | None:
        """What the other end takes, before it has said so."""
        if not connection.video:
            return None
        return Need(max_bandwidth=self._caps.get(connection.call_id, 0))

    @override
    def _plan(self, end: End) -> MediaPlan:
        """What to send and receive: the same whenever a link is connected afresh.

        Only then the other end can take the new offer for a restart of the old one.
        """
        connection = end.connection
        if end.stands_in:
            return super()._plan(end)
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
        filled = sound and self._fills(end.other)
        picture = hope or streams.video is not None or filled
        return MediaPlan(
            send_video=connection.video and picture,
            fill_video=sound,
            send_audio=sound,
            receive_audio=sound,
            receive_video=(
                sound and connection.video and self._raw and self._receives(end.other)
            ),
            audio_codec=streams.audio.codec if streams.audio else None,
        )

    @override
    async def _get_ready(self, end: End) -> None:
        """Wait for a source that may just be waking up."""
        source, streams = self._feed.source, self._feed.streams
        if end.stands_in or source is None or streams.video or streams.audio:
            return
        timeout = COLD_SOURCE_TIMEOUT if self._raw else FALLBACK_SOURCE_TIMEOUT
        try:
            await source.ready(timeout)
        except SourceError, TimeoutError:
            _LOGGER.debug("A connection does not wait for its source any longer")

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
