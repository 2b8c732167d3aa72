"""The other end: aiortc as it comes, which decodes what it receives."""

import asyncio
from dataclasses import dataclass, field
import time

from aiortc import (
    MediaStreamError,
    MediaStreamTrack,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpSender,
    RTCSessionDescription,
)
import av
import numpy as np

from custom_components.mesh_call.calls.model import ConnectionState, Description
from custom_components.mesh_call.media import engine_room
from custom_components.mesh_call.media.peer import Peer, PeerEvents
from custom_components.mesh_call.media.sinks.speaker import Samples
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from custom_components.mesh_call.media.webrtc.lines import MediaPlan
from tests.waiting import until

from .synthetic import Colour, alike, loudest, mean_colour

PATIENCE = 20.0
"""Seconds that anything may take on a busy machine."""


@dataclass(slots=True)
class Seen:
    """One decoded picture."""

    colour: Colour
    size: tuple[int, int]
    pts: int
    when: float


class StockPeer:
    """A peer connection of stock aiortc that keeps what it sees and hears."""

    def __init__(self) -> None:
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.seen: list[Seen] = []
        self.heard: list[Samples] = []
        self.heard_pts: list[int] = []
        self.connection.on("track", self._track)
        self._tasks: list[asyncio.Task[None]] = []

    def receiver(self, kind: str) -> RTCRtpReceiver:
        """The receiver of one kind."""
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == kind:
                return transceiver.receiver
        raise LookupError(kind)

    def send(self, track: MediaStreamTrack) -> None:
        self.connection.addTrack(track)

    def prefer(self, *codecs: str) -> None:
        """Speak nothing but these codecs for the picture."""
        capabilities = RTCRtpSender.getCapabilities("video").codecs
        for transceiver in self.connection.getTransceivers():
            if transceiver.kind == "video":
                known = [c for c in capabilities if c.name in codecs]
                transceiver.setCodecPreferences(known)

    async def answer(self, offer: Description) -> Description:
        """Answer with all tracks that were added before."""
        await self.connection.setRemoteDescription(
            RTCSessionDescription(offer.sdp, "offer")
        )
        await self.connection.setLocalDescription()
        local = self.connection.localDescription
        return Description(local.type, local.sdp)

    async def offer(self, *kinds: str) -> Description:
        """Offer to receive these kinds besides the added tracks."""
        for kind in kinds:
            self.connection.addTransceiver(kind, "recvonly")
        await self.connection.setLocalDescription()
        local = self.connection.localDescription
        return Description(local.type, local.sdp)

    async def take(self, answer: Description) -> None:
        await self.connection.setRemoteDescription(
            RTCSessionDescription(answer.sdp, "answer")
        )

    async def close(self) -> None:
        await self.connection.close()
        # aiortc may still start what it was closed before.
        await asyncio.sleep(0.05)
        for transceiver in self.connection.getTransceivers():
            await transceiver.stop()
        await engine_room.finish(self.connection.getTransceivers())
        for task in self._tasks:
            # The tracks of a connection that never worked don't end.
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def see(self, colour: Colour, timeout: float = PATIENCE) -> Seen:
        """Wait until a picture of this colour is seen that is new."""
        start = len(self.seen)
        await until(
            lambda: any(alike(s.colour, colour) for s in self.seen[start:]), timeout
        )
        return next(s for s in self.seen[start:] if alike(s.colour, colour))

    async def hear(self, seconds: float = 0.4, timeout: float = PATIENCE) -> Samples:
        """Listen for some time from now on."""
        start = len(self.heard)
        count = round(seconds * 50)
        await until(lambda: len(self.heard) - start >= count, timeout)
        return np.concatenate(self.heard[start : start + count])

    async def hear_tone(self, frequency: float, timeout: float = PATIENCE) -> None:
        """Wait until this tone is heard."""
        async with asyncio.timeout(timeout):
            while abs(loudest(await self.hear(0.2)) - frequency) > 10:
                pass

    def _track(self, track: MediaStreamTrack) -> None:
        watch = self._watch if track.kind == "video" else self._listen
        self._tasks.append(asyncio.create_task(watch(track)))

    async def _watch(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, av.VideoFrame)
            assert frame.pts is not None
            size = (frame.width, frame.height)
            now = time.monotonic()
            self.seen.append(Seen(mean_colour(frame), size, frame.pts, now))

    async def _listen(self, track: MediaStreamTrack) -> None:
        resampler, rate = None, 0
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            assert isinstance(frame, av.AudioFrame)
            assert frame.pts is not None
            self.heard_pts.append(frame.pts)
            if resampler is None or frame.sample_rate != rate:
                # A sender may change the codec.
                resampler = av.AudioResampler("s16", "mono", 48_000, 960)
                rate = frame.sample_rate
            self.heard += [
                part.to_ndarray().reshape(-1).astype(np.int16)
                for part in resampler.resample(frame)
            ]


@dataclass(slots=True)
class Recorder:
    """Keeps what a peer tells its owner."""

    descriptions: asyncio.Queue[Description] = field(default_factory=asyncio.Queue)
    states: list[ConnectionState] = field(default_factory=list)
    media: int = 0

    @property
    def events(self) -> PeerEvents:
        return PeerEvents(
            self.descriptions.put, self.states.append, self._media_received
        )

    def _media_received(self) -> None:
        self.media += 1


def make_peer(
    recorder: Recorder, plan: MediaPlan, *, raw: bool = engine_room.available
) -> Peer:
    return Peer(IceConfiguration(), recorder.events, plan, raw=raw)


async def connect(peer: Peer, recorder: Recorder, stock: StockPeer) -> None:
    """Let `peer` offer and wait until it works."""
    await peer.offer()
    answer = await stock.answer(await recorder.descriptions.get())
    await peer.describe(answer)
    await until(lambda: recorder.states[-1:] == [ConnectionState.CONNECTED])


def task_names() -> set[str]:
    """What works at the moment."""
    return {task.get_name() for task in asyncio.all_tasks()}
