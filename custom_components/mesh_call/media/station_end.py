"""A station's end of one connection: what it sends, what it receives."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ..calls.model import Connection
from .feed import Feeding
from .peer import Peer, PeerEvents
from .received_media import ReceivedMedia, UseReceived
from .source import SourceStreams
from .stream import Codec
from .voice import ReceivedVoice
from .webrtc.ice import IceConfiguration
from .webrtc.lines import MediaPlan


class End:
    """One open connection of the station."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.peer: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()
        self.feeding: Feeding | None = None
        self.received: ReceivedMedia | None = None
        self.remove_voice: Callable[[], None] | None = None
        self.muted_audio = self.muted_video = False

    @property
    def open_peer(self) -> Peer | None:
        """The peer, None while the source is waited for."""
        done = self.peer.done() and not self.peer.cancelled()
        return self.peer.result() if done else None

    def create_peer(
        self,
        configuration: IceConfiguration,
        events: PeerEvents,
        plan: MediaPlan,
        *,
        raw: bool,
    ) -> Peer:
        """Make the peer, whose voice and picture can be had from now on."""
        self.voice = ReceivedVoice(events.media_received)
        self.received = ReceivedMedia(self.voice)
        takers = self.received.takers
        return Peer(configuration, events, plan, takers=takers, raw=raw)

    def use(self, streams: SourceStreams) -> None:
        """Send these streams from now on; what is played is heard though muted."""
        if peer := self.open_peer:
            played = streams.played if self.muted_audio else None
            peer.use(video=streams.video, audio=played or streams.audio)
            muted = self.muted_audio and played is None
            peer.mute(audio=muted, video=self.muted_video)

    def mute(self, *, audio: bool, video: bool) -> None:
        """Send no picture of the camera, nothing of the microphone, or both again."""
        self.muted_audio, self.muted_video = audio, video
        if self.feeding is not None:
            self.use(self.feeding.streams)

    def agreed(self, codecs: tuple[Codec, ...]) -> None:
        """Take note which codecs the other end takes."""
        if self.feeding is not None and self.feeding.need is not None:
            self.feeding.require(replace(self.feeding.need, codecs=codecs))

    def sound_agreed(self, codecs: tuple[Codec, ...]) -> None:
        """Take note in which codecs the other end takes sound."""
        if self.feeding is not None:
            self.feeding.hear(codecs)

    def limit(self, max_bandwidth: int) -> None:
        """Cap the picture, in kbit/s; 0 for no cap."""
        if self.feeding is not None and self.feeding.need is not None:
            need = replace(self.feeding.need, max_bandwidth=max_bandwidth)
            self.feeding.require(need)

    def release(self) -> None:
        """Take part in nothing any more; the peer is closed apart."""
        if self.remove_voice:
            self.remove_voice()
        if self.feeding:
            self.feeding.end()


class Watch:
    """Somebody who uses what a party sends, through all its connections."""

    def __init__(
        self, call_id: str, station_id: str, party_id: str, use: UseReceived
    ) -> None:
        self._call_id = call_id
        self._station_id = station_id
        self._party_id = party_id
        self._use = use
        self._end: Callable[[], None] | None = None

    def follow(self, end: End) -> None:
        """Use what comes by this connection, if it is the party's."""
        connection = end.connection
        other = connection.other(self._station_id)
        if (connection.call_id, other) != (self._call_id, self._party_id):
            return
        if end.received is not None and not connection.preview:
            self.stop()
            self._end = end.received.add(self._use)

    def stop(self) -> None:
        """Use nothing any more."""
        if self._end is not None:
            self._end()
            self._end = None
