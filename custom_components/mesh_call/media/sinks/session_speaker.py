"""The loudspeaker of a camera, spoken to in its WebRTC session."""

import asyncio
from typing import override

from ..audio_conversion import ConversionPump, Sound, SoundFormat
from ..sample_clock import SampleClock
from ..source import SourceError
from ..sources.webrtc import Talk, WebRtcWay
from .silence import SilenceGate
from .speaker import SAMPLE_RATE, Samples, Speaker, SpeakerError

_SAMPLES = SoundFormat("pcm_s16le", SAMPLE_RATE, 1)


class SessionSpeaker(Speaker):
    """Speaks through a session that is made anew for it, and again without it.

    Args:
        way: the client of the camera.
        alone: whether nobody else uses it: the session is for speaking only.
    """

    def __init__(self, way: WebRtcWay, *, alone: bool) -> None:
        self.cancels_echo = False
        self._way = way
        self._alone = alone
        self._lost = asyncio.Event()
        self._pump: ConversionPump | None = None
        self._session: asyncio.Task[None] | None = None
        self._silence = SilenceGate()
        self._clock = SampleClock()

    @override
    async def open(self) -> None:
        """Open the way to the loudspeaker.

        Raises:
            SpeakerError: `not_supported` where the camera does not take sound,
                `cannot_connect`.
        """
        await self.close()
        self._lost.clear()
        talk = Talk()

        self._pump = ConversionPump(
            _SAMPLES, lambda packets: talk.stream.push(*packets)
        )
        self._way.talk(talk)
        if self._alone:
            self._session = asyncio.create_task(
                self._run(talk), name="mesh_call talk session"
            )
        if not await asyncio.shield(talk.taken):
            await self.close()
            raise SpeakerError("not_supported")
        self._clock = SampleClock()

    @override
    def write(self, samples: Samples) -> None:
        position = self._clock.next_frame()
        if self._pump is not None and self._silence.lets_pass(samples):
            self._pump.put(Sound(samples.tobytes(), position))

    @override
    async def wait_lost(self) -> None:
        """Wait for the end of a session of its own; another is made anew anyway."""
        await self._lost.wait()

    @override
    async def close(self) -> None:
        pump, self._pump = self._pump, None
        session, self._session = self._session, None
        if pump is None:
            return
        self._way.talk(None)
        if session is not None:
            session.cancel()
            await asyncio.wait((session,))
        await pump.close()

    async def _run(self, talk: Talk) -> None:
        try:
            await self._way.session(lambda: None)
        except SourceError:
            talk.settle(taken=False)
        finally:
            self._lost.set()
