"""The loudspeaker of a camera, by whichever way it can be reached."""

import asyncio
from typing import override

from ..camera import Camera
from ..source import Source, SourceError, SourceProblem, SourceWay
from ..sources.camera import CameraWay
from ..sources.webrtc import WebRtcWay
from .back_channel import BackChannel
from .session_speaker import SessionSpeaker
from .shared_back_channel import SharedBackChannel
from .speaker import Samples, Speaker, SpeakerError

READY_TIMEOUT = 8.0
"""Seconds to find out by which way the camera is read."""


class CameraSpeaker(Speaker):
    """Speaks through ONVIF's back channel, or through a WebRTC session.

    The back channel has a session of its own where the camera takes a second one.
    Where it does not, the session of the picture is made anew, once.

    Args:
        camera: that is spoken to.
        way: by which it is read.
        source: that reads it.
        verify_ssl: whether its certificate must be trusted.
    """

    def __init__(
        self, camera: Camera, way: CameraWay, source: Source, *, verify_ssl: bool
    ) -> None:
        self._camera = camera
        self._way = way
        self._source = source
        self._verify_ssl = verify_ssl
        self._speaker: Speaker | None = None
        self._shares: bool | None = None
        """Whether the camera is talked to in the session that reads it."""

    @override
    async def open(self) -> None:
        """Open the first way that the camera takes; raises SpeakerError."""
        await self.close()
        speakers = await self._candidates()
        reads_rtsp = self._way.kind is SourceWay.RTSP
        if not (self._shares and reads_rtsp):
            try:
                await self._open_first(speakers)
            except SpeakerError as error:
                may_share = reads_rtsp and self._shares is None
                if error.key != "busy" or not may_share:
                    raise
            else:
                return
        await self._share()

    async def _open_first(self, speakers: list[Speaker]) -> None:
        refused = SpeakerError("not_supported")
        for speaker in speakers:
            self._speaker = speaker
            try:
                await speaker.open()
            except SpeakerError as error:
                await speaker.close()
                refused = error
                if error.key != "not_supported":
                    break
            else:
                self.cancels_echo = speaker.cancels_echo
                return
        self._speaker = None
        raise refused

    async def _share(self) -> None:
        """Use the session of the picture; it is not broken off in vain twice."""
        self._shares = False
        await self._open_first([SharedBackChannel(self._way.rtsp)])
        self._shares = True

    @override
    def write(self, samples: Samples) -> None:
        if self._speaker is not None:
            self._speaker.write(samples)

    @override
    async def wait_lost(self) -> None:
        if self._speaker is not None:
            await self._speaker.wait_lost()
        else:
            await asyncio.get_running_loop().create_future()

    @override
    async def close(self) -> None:
        speaker, self._speaker = self._speaker, None
        if speaker is not None:
            await speaker.close()

    async def _candidates(self) -> list[Speaker]:
        try:
            await self._source.ready(READY_TIMEOUT)
        except SourceError as error:
            key = error.problem.value
            known = {SourceProblem.INVALID_AUTH, SourceProblem.CANNOT_CONNECT}
            raise SpeakerError(
                key if error.problem in known else "cannot_connect", error.detail
            ) from None
        if self._way.kind is SourceWay.WEBRTC:
            speaker = SessionSpeaker(self._way.webrtc, alone=False)
            # Without an address it is WebRTC itself, made for talking both ways.
            speaker.cancels_echo = not self._way.has_address
            return [speaker]
        speakers: list[Speaker] = []
        if self._way.kind is SourceWay.RTSP:
            speakers.append(
                BackChannel(self._camera.stream_source, verify_ssl=self._verify_ssl)
            )
        webrtc = self._way.find_webrtc()
        if webrtc is not None and webrtc.takes_sound:
            own = WebRtcWay(self._way.find_webrtc)
            speakers.append(SessionSpeaker(own, alone=True))
        return speakers
