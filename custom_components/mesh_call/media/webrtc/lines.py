"""The m-lines of one connection: what is sent and received on each."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
import time

from aiortc import RTCPeerConnection, RTCRtpTransceiver

from ..sender import StreamSender
from ..stream import H264, OPUS, Codec, MediaKind
from . import fallback
from .codecs import prefer
from .reader import RtpReader, RtpTaker
from .statistics import ConnectionStatistics, Meter
from .writer import RtpWriter, SendStatistics


@dataclass(frozen=True, slots=True)
class MediaPlan:
    """What one end wants to do on a connection."""

    send_video: bool = False
    send_audio: bool = False
    receive_audio: bool = False
    receive_video: bool = False
    fill_video: bool = False
    """Whether black is sent while there is no picture."""

    audio_codec: Codec | None = None
    """What the sound sent is encoded in, if that is known."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """The m-lines to offer, in order."""
        audio = self.send_audio or self.receive_audio
        video = self.send_video or self.receive_video
        wanted = (("audio", audio), ("video", video))
        return tuple(kind for kind, wish in wanted if wish) or ("audio",)

    def direction(self, kind: str) -> str:
        """The direction to offer or accept, as SDP names it."""
        video = kind == MediaKind.VIDEO
        send = self.send_video if video else self.send_audio
        if self.receive_video if video else self.receive_audio:
            return "sendrecv" if send else "recvonly"
        return "sendonly" if send else "inactive"


class MediaLines:
    """Connects a peer's senders and takers to the m-lines of an `RTCPeerConnection`.

    Args:
        plan: what is wanted.
        takers: take what comes, by kind.
        raw: through the engine room, else by aiortc's public interface.
    """

    def __init__(
        self, plan: MediaPlan, takers: Mapping[MediaKind, RtpTaker], *, raw: bool
    ) -> None:
        self._plan = plan
        self._takers = takers
        self._raw = raw
        self.video = StreamSender(MediaKind.VIDEO, fill=plan.fill_video)
        self.audio = StreamSender(MediaKind.AUDIO)
        self._readers: list[RtpReader] = []
        self._outputs: list[fallback.TrackOutput] = []
        self._listening: asyncio.Task[None] | None = None
        self._meters = {kind: Meter() for kind in ("in", "audio", "video")}

    @property
    def video_bitrate(self) -> float:
        """kbit/s of the picture that is sent."""
        return self._meters["video"].bitrate

    @property
    def silent(self) -> bool | None:
        """Whether nothing at all is to be heard of the other end, if that is known."""
        known = (r.silence.silent for r in self._readers)
        return next((silent for silent in known if silent is not None), None)

    def add(self, connection: RTCPeerConnection, kinds: Iterable[str]) -> None:
        """Add m-lines in this order, before any description is made or set."""
        for kind in kinds:
            direction = self._plan.direction(kind)
            transceiver = connection.addTransceiver(kind, direction)
            prefer(transceiver, self._plan.audio_codec, only=not self._raw)
            if self._raw:
                self._take_over(transceiver, direction)
            else:
                self._add_track(transceiver, direction)

    def connected(self, connection: RTCPeerConnection) -> None:
        """Start what the engine room does not start by itself."""
        for output in self._outputs:
            output.start()
        if self._raw or not self._plan.receive_audio or self._listening:
            return
        for receiver in connection.getReceivers():
            if receiver.track is not None and receiver.track.kind == MediaKind.AUDIO:
                self._listening = asyncio.create_task(
                    fallback.read_voice(
                        receiver.track, self._takers[MediaKind.AUDIO].packet
                    )
                )

    def report(self) -> None:
        """Send sender and receiver reports, and take readings; once a second."""
        for sender in (self.video, self.audio):
            sender.report()
        for reader in self._readers:
            reader.report()
        now = time.monotonic()
        self._meters["in"].update(sum(r.octets for r in self._readers), now)
        for sender in (self.video, self.audio):
            self._meters[sender.kind].update(sender.statistics.octets, now)

    def statistics(self) -> ConnectionStatistics:
        """The numbers of all m-lines together."""
        sent = [self.video.statistics, self.audio.statistics]
        pictures = (r.picture for r in self._readers)
        picture = next((p for p in pictures if p.size or p.frame_rate), None)
        width, height = (picture and picture.size) or (None, None)
        return ConnectionStatistics(
            round_trip_time=_round_trip_time(sent),
            packet_loss=max(s.fraction_lost for s in sent),
            bitrate_out=self.video_bitrate + self._meters["audio"].bitrate,
            bitrate_in=self._meters["in"].bitrate,
            packets_sent=sum(s.packets for s in sent),
            packets_retransmitted=sum(s.retransmitted for s in sent),
            packets_received=sum(r.packets for r in self._readers),
            packets_lost=sum(r.packets_lost for r in self._readers),
            width=width,
            height=height,
            frame_rate=picture.frame_rate if picture else None,
        )

    async def close(self) -> None:
        """Send and read nothing more."""
        for output in self._outputs:
            output.stop()
        self.video.close()
        self.audio.close()
        if self._listening is not None:
            self._listening.cancel()
            await asyncio.wait((self._listening,))

    def _take_over(self, transceiver: RTCRtpTransceiver, direction: str) -> None:
        if "send" in direction:
            sender = self._sender(transceiver)
            sender.write_to(RtpWriter(transceiver, sender))
        if direction in ("sendrecv", "recvonly"):
            taker = self._takers[MediaKind(transceiver.kind)]
            self._readers.append(RtpReader(transceiver, taker))

    def _add_track(self, transceiver: RTCRtpTransceiver, direction: str) -> None:
        if "send" not in direction:
            return
        sender = self._sender(transceiver)
        known = self._plan.audio_codec or OPUS
        codec = H264 if sender is self.video else known
        output = fallback.TrackOutput(transceiver, sender, codec)
        sender.write_to(output)
        self._outputs.append(output)

    def _sender(self, transceiver: RTCRtpTransceiver) -> StreamSender:
        return self.video if transceiver.kind == MediaKind.VIDEO else self.audio


def _round_trip_time(sent: Iterable[SendStatistics]) -> float | None:
    known = [s.round_trip_time for s in sent if s.round_trip_time is not None]
    return min(known, default=None)
