"""Cameras that answer WebRTC offers: native ones, and whatever go2rtc serves."""

import asyncio
from collections.abc import Callable
import logging
import secrets
import time
from typing import override

from ...calls.errors import CallError
from ...calls.model import Candidate, ConnectionState, Description
from .. import engine_room
from ..camera import CameraAnswer, CameraMessage, CameraRefusal, WebRtcCamera
from ..peer import Peer, PeerEvents
from ..source import SourceError, SourceProblem, SourceStreams, SourceWay
from ..source_clock import SourceClock
from ..stream import OPUS, MediaKind, Stream
from ..uninterrupted import uninterrupted
from ..webrtc.ice import IceConfiguration
from ..webrtc.lines import MediaPlan
from ..webrtc.sdp import takes_sound
from .received import ReceivedAudio, ReceivedVideo
from .way import Way

_LOGGER = logging.getLogger(__name__)

ANSWER_TIMEOUT = 15.0
"""Seconds from the offer to the first packet: battery cameras wake up meanwhile."""

READY_TIMEOUT = 25.0
STALL_TIMEOUT = 4.0
SOUND_ONLY_AFTER = 5.0
"""Seconds a picture is waited for where there is sound."""

_TICK = 0.05

type FindCamera = Callable[[], WebRtcCamera | None]


class WebRtcWay(Way):
    """Is the client of a camera's WebRTC session.

    Without a talker the session only receives: many devices block their bell button
    or hiss while they are talked to.

    Args:
        camera: finds the camera, asked for each session: an entity may be reloaded.
    """

    kind = SourceWay.WEBRTC
    passed_over = ()

    def __init__(self, camera: FindCamera) -> None:
        self._camera = camera
        epoch, clock = time.monotonic(), SourceClock()
        self._video = ReceivedVideo(epoch, clock)
        self._audio = ReceivedAudio(epoch, clock)
        self._streams = SourceStreams()
        self._talk: Talk | None = None
        self._session: _Session | None = None

    @property
    @override
    def streams(self) -> SourceStreams:
        return self._streams

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        if not engine_room.available:
            raise SourceError(SourceProblem.CANNOT_CONNECT, "aiortc is not known")
        camera = self._camera()
        if camera is None:
            raise SourceError(SourceProblem.NO_MEDIA, "no WebRTC")

        def ready() -> None:
            self._streams.video = self._video.stream if self._video.ready else None
            self._streams.audio = self._audio.stream
            on_ready()

        while True:
            self._session = _Session(camera, self._video, self._audio, self._talk)
            await self._session.run(ready)

    @override
    async def close(self) -> None:
        """Nothing outlives a session."""

    def talk(self, talk: Talk | None) -> None:
        """Speak to the camera in a session that is made anew, or no longer."""
        self._talk = talk
        if self._session is not None:
            self._session.renew()


class Talk:
    """What is said to a camera, and whether it takes it."""

    def __init__(self) -> None:
        """Wait for a session."""
        self.stream = Stream(OPUS)
        self.taken: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.lost = asyncio.Event()

    def settle(self, *, taken: bool) -> None:
        """Note whether the camera takes it."""
        if not self.taken.done():
            self.taken.set_result(taken)


class _Session:
    """One session, from the offer to the last packet."""

    def __init__(
        self,
        camera: WebRtcCamera,
        video: ReceivedVideo,
        audio: ReceivedAudio,
        talk: Talk | None,
    ) -> None:
        self._camera = camera
        self._video, self._audio = video, audio
        self._talk = talk
        self._id = secrets.token_hex(16)
        self._over: asyncio.Future[SourceError | None]
        self._over = asyncio.get_running_loop().create_future()
        self._peer: Peer | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._connected = False
        self._ready = False

    def renew(self) -> None:
        """End it so that another one begins at once."""
        self._end(None)

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Receive until it is to be renewed, else raise SourceError in the end."""
        self._video.begin()
        self._audio.begin()
        try:
            await self._open()
            error = await self._watch(on_ready)
        finally:
            self._camera.close(self._id)
            if self._talk is not None and self._connected:
                self._talk.lost.set()
            try:
                await uninterrupted(self._close())
            finally:
                # Until now something may have come.
                self._video.interrupt()
                self._audio.interrupt()
        if error is not None:
            raise error

    async def _open(self) -> None:
        settings = await self._camera.settings()
        talks = self._talk is not None
        plan = MediaPlan(
            send_audio=talks, receive_audio=True, receive_video=True, audio_codec=OPUS
        )
        self._peer = Peer(
            IceConfiguration(settings.ice_servers),
            PeerEvents(self._described, self._state_changed, lambda: None),
            plan,
            takers={MediaKind.AUDIO: self._audio, MediaKind.VIDEO: self._video},
            data_channel=settings.data_channel,
        )
        if self._talk is not None:
            self._peer.use(video=None, audio=self._talk.stream)
        await self._peer.offer()

    async def _close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(tuple(self._tasks))
        if self._peer is not None:
            await self._peer.close()

    async def _described(self, description: Description) -> None:
        try:
            await self._camera.offer(description.sdp, self._id, self._take_message)
        except SourceError as error:
            self._end(error)

    def _take_message(self, message: CameraMessage) -> None:
        match message:
            case CameraRefusal():
                self._end(SourceError(SourceProblem.CANNOT_CONNECT, "refused"))
            case CameraAnswer(sdp):
                if self._talk is not None and not takes_sound(sdp):
                    self._talk.settle(taken=False)
                self._spawn(Description("answer", sdp))
            case Candidate():
                self._spawn(message)

    def _spawn(self, message: Description | Candidate) -> None:
        if self._over.done():
            return
        task = asyncio.create_task(self._apply(message), name="mesh_call camera says")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _apply(self, message: Description | Candidate) -> None:
        assert self._peer is not None
        try:
            if isinstance(message, Description):
                await self._peer.describe(message)
            else:
                await self._peer.candidate(message)
        except CallError as error:
            _LOGGER.debug("What a camera says makes no sense: %s", error.key)
            if isinstance(message, Description):
                self._end(SourceError(SourceProblem.CANNOT_CONNECT, error.key))

    def _state_changed(self, state: ConnectionState) -> None:
        if state is ConnectionState.CONNECTED:
            self._connected = True
            if self._talk is not None:
                self._talk.settle(taken=True)
        elif state in {ConnectionState.FAILED, ConnectionState.CLOSED}:
            self._end(SourceError(SourceProblem.CANNOT_CONNECT, "session ended"))

    async def _watch(self, on_ready: Callable[[], None]) -> SourceError | None:
        started = time.monotonic()
        told: tuple[Stream | None, Stream | None] = (None, None)
        while not self._over.done():
            await asyncio.wait((self._over,), timeout=_TICK)
            self._check(time.monotonic(), started)
            picture = self._video.stream if self._video.ready else None
            comes = (picture, self._audio.stream)
            if comes != told and self._is_ready(started):
                self._ready, told = True, comes
                on_ready()
        return self._over.result()

    def _is_ready(self, started: float) -> bool:
        """Whether there is a picture, or sound and no picture to be hoped for."""
        if self._video.ready:
            return True
        sound = self._audio.last_arrival is not None
        picture_comes = self._video.last_arrival is not None
        hopeless = time.monotonic() - started > SOUND_ONLY_AFTER
        return sound and not picture_comes and hopeless

    def _check(self, now: float, started: float) -> None:
        """Raise SourceError when what should come does not come."""
        if name := self._video.unusable:
            raise SourceError(SourceProblem.UNSUPPORTED_CODEC, name)
        arrivals = [
            track.last_arrival
            for track in (self._video, self._audio)
            if track.last_arrival is not None
        ]
        if not arrivals and now - started > ANSWER_TIMEOUT:
            raise SourceError(SourceProblem.CANNOT_CONNECT, "no answer")
        if arrivals and now - max(arrivals) > STALL_TIMEOUT:
            raise SourceError(SourceProblem.NO_MEDIA, "stalled")
        if arrivals and not self._ready and now - started > READY_TIMEOUT:
            raise SourceError(SourceProblem.NO_MEDIA, "no key frame")

    def _end(self, error: SourceError | None) -> None:
        if not self._over.done():
            self._over.set_result(error)
