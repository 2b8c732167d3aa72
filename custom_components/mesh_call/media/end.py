"""An end of one connection: what is sent by it, and who uses what comes."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from ..calls.model import Connection
from .conversion.converters import Converters
from .feed import Feeding
from .fitting_picture import FittingPicture
from .mixed_sound import MixedSound
from .peer import Peer, PeerEvents
from .received_media import ReceivedMedia, UseReceived
from .source import SourceStreams
from .speaking import Speaking
from .stream import Codec, Stream
from .voice import ReceivedVoice
from .webrtc.ice import IceConfiguration
from .webrtc.lines import MediaPlan

OWN = ""
"""Whose the station's own sound and picture are, among those of parties."""


class End:
    """One open connection that ends here.

    Args:
        connection: of two ends.
        party_id: whose end this is: the station's, or that of a contact for which it
            stands towards others.
        converters: make pictures that are passed on fit for those who get them.
    """

    def __init__(
        self, connection: Connection, party_id: str, converters: Converters
    ) -> None:
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
        self._mix = MixedSound(self._heard)
        self._speaking = Speaking()
        self._picture = FittingPicture(converters, self._show)
        self._shown: Stream | None = None
        self._sound: Stream | None = None
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
        """Send what there is now: the picture of one, and all sound."""
        if self.open_peer is None:
            return
        pictures, sounds = self._pictures(), self._sounds()
        # Of several pictures one is chosen by who speaks: that must be heard.
        mixed = len(sounds) > 1 or (len(pictures) > 1 and len(sounds) > 0)
        self._mix.use(sounds if mixed else ())
        self._sound = self._mix.stream if mixed else next(iter(sounds), None)
        self._choose(pictures)
        self._give()

    def _choose(self, pictures: dict[str, Stream]) -> None:
        """Show who speaks, else the station, else who spoke last or is shown."""
        shown = {self._picture.origin}.intersection(pictures.values())
        if not shown:
            self._picture.show(None, ())
        first = (self._speaking.now, OWN, self._speaking.last)
        chosen = [pictures[party_id] for party_id in first if party_id in pictures]
        picture = next(iter((*chosen, *shown, *pictures.values())), None)
        if picture is not None and picture is self._own.video:
            # It is made fit where it is fed.
            self._picture.show(picture, (picture.codec,))
        else:
            self._picture.show(picture, self._codecs)

    def _show(self, picture: Stream | None) -> None:
        self._shown = picture
        self._give()

    def _give(self) -> None:
        """Let the peer send what is shown and heard."""
        if (peer := self.open_peer) is None:
            return
        audio = self._muted_audio and self._sound is None
        video = self._muted_video and self._shown is self._own.video
        if video:
            # Before anything of it leaves.
            peer.mute(audio=audio, video=True)
        peer.use(video=self._shown, audio=self._sound or self._own.audio)
        peer.mute(audio=audio, video=video)

    def _pictures(self) -> dict[str, Stream]:
        """All that could be shown, by whose it is; nothing hidden if there is more."""
        passed = {origin.other: one.video for origin, one in self._passed.items()}
        hidden = self._muted_video and any(passed.values())
        shown = {OWN: None if hidden else self._own.video, **passed}
        return {party_id: picture for party_id, picture in shown.items() if picture}

    def _sounds(self) -> dict[Stream, str]:
        """All that is heard and by whom; what a muted station plays, too."""
        own = self._own.played if self._muted_audio else self._own.audio
        passed = {origin.other: one.audio for origin, one in self._passed.items()}
        heard = {OWN: own, **passed}
        return {sound: party_id for party_id, sound in heard.items() if sound}

    def _heard(self) -> None:
        """Take note of who speaks, and show somebody else if it is somebody else."""
        sounds = self._sounds()
        self._speaking.hear({id_: self._mix.loudness(s) for s, id_ in sounds.items()})
        self._choose(self._pictures())

    def agreed(self, codecs: tuple[Codec, ...]) -> None:
        """Take note which codecs the other end takes."""
        self._codecs = codecs
        self.send()
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
        self._picture.close()


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
