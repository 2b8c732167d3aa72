"""An end of one connection: what is sent by it, and who uses what comes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ..calls.model import Connection
from .feed import Feeding
from .mixed_sound import MixedSound
from .peer import Peer, PeerEvents
from .received_media import ReceivedMedia, UseReceived
from .source import SourceStreams
from .stream import Codec, Stream
from .voice import ReceivedVoice
from .webrtc.ice import IceConfiguration
from .webrtc.lines import MediaPlan


class End:
    """One open connection that ends here.

    Args:
        connection: of two ends.
        party_id: whose end this is: the station's, or that of a contact for which it
            stands towards others.
    """

    def __init__(self, connection: Connection, party_id: str) -> None:
        self.connection = connection
        self.party_id = party_id
        self.other = connection.other(party_id)
        self.stands_in = connection.bridge is not None and (
            party_id == connection.offerer
        )
        self.peer: asyncio.Future[Peer] = asyncio.get_running_loop().create_future()
        self.feeding: Feeding | None = None
        self.received: ReceivedMedia | None = None
        self.remove_voice: Callable[[], None] | None = None
        self._codecs: tuple[Codec, ...] = ()
        self._sound_codecs: tuple[Codec, ...] = ()
        self._own = SourceStreams()
        self._passed: dict[End, SourceStreams] = {}
        self._mix = MixedSound()
        self._muted_audio = self._muted_video = False

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
        """Send these streams of the station's own from now on."""
        self._own = streams
        self.send()

    def pass_on(self, origin: End, streams: SourceStreams | None) -> None:
        """Send what comes by another end, too; None for nothing any more."""
        self._passed.pop(origin, None)
        if streams is not None:
            self._passed[origin] = streams
        self.send()

    def mute(self, *, audio: bool, video: bool) -> None:
        """Send nothing of the station's own sound or picture, or both again."""
        self._muted_audio, self._muted_video = audio, video
        self.send()

    def send(self) -> None:
        """Send what there is now: the station's own picture first, and all sound."""
        if (peer := self.open_peer) is None:
            return
        picture = self._picture()
        sounds = self._sounds()
        several = len(sounds) > 1
        self._mix.use(sounds if several else ())
        sound = self._mix.stream if several else next(iter(sounds), None)
        peer.use(video=picture, audio=sound or self._own.audio)
        peer.mute(
            audio=self._muted_audio and sound is None,
            video=self._muted_video and picture is self._own.video,
        )

    def _picture(self) -> Stream | None:
        """The station's own, else that of whoever came first."""
        streams = (self._own, *self._passed.values())
        return next((one.video for one in streams if one.video), None)

    def _sounds(self) -> list[Stream]:
        """All that is heard; what the station plays is, though it is muted."""
        own = self._own.played if self._muted_audio else self._own.audio
        sounds = (own, *(streams.audio for streams in self._passed.values()))
        return [sound for sound in sounds if sound]

    def agreed(self, codecs: tuple[Codec, ...]) -> None:
        """Take note which codecs the other end takes."""
        self._codecs = codecs
        if self.feeding is not None and self.feeding.need is not None:
            self.feeding.require(replace(self.feeding.need, codecs=codecs))

    def sound_agreed(self, codecs: tuple[Codec, ...]) -> None:
        """Take note in which codecs the other end takes sound."""
        self._sound_codecs = codecs
        if self.feeding is not None:
            self.feeding.hear(codecs)

    def feed(self, feeding: Feeding) -> None:
        """Be fed by the station from now on."""
        self.feeding = feeding
        if self._codecs:
            self.agreed(self._codecs)
        if self._sound_codecs:
            self.sound_agreed(self._sound_codecs)

    def limit(self, max_bandwidth: int) -> None:
        """Cap the picture, in kbit/s; 0 for no cap."""
        if self.feeding is not None and self.feeding.need is not None:
            need = replace(self.feeding.need, max_bandwidth=max_bandwidth)
            self.feeding.require(need)

    def withdraw(self) -> None:
        """Send nothing of the station's own any more, and hear nothing for it."""
        if self.remove_voice:
            self.remove_voice()
            self.remove_voice = None
        if self.feeding:
            self.feeding.end()
            self.feeding = None
        self._muted_audio = self._muted_video = False
        self.use(SourceStreams())

    def release(self) -> None:
        """Take part in nothing any more; the peer is closed apart."""
        if self.remove_voice:
            self.remove_voice()
        if self.feeding:
            self.feeding.end()
        self._mix.use(())


class Watch:
    """Somebody who uses what a party sends, through all its connections."""

    def __init__(self, call_id: str, party_id: str, use: UseReceived) -> None:
        self._call_id = call_id
        self._party_id = party_id
        self._use = use
        self._end: Callable[[], None] | None = None

    def follow(self, end: End) -> None:
        """Use what comes by this connection, if it is the party's."""
        connection = end.connection
        if (connection.call_id, end.other) != (self._call_id, self._party_id):
            return
        aside = connection.preview or end.stands_in
        if end.received is not None and not aside:
            self.stop()
            self._end = end.received.add(self._use)

    def stop(self) -> None:
        """Use nothing any more."""
        if self._end is not None:
            self._end()
            self._end = None
