"""Says something through one kind of loudspeaker at a time: a program of its own.

Requests: `open` (`sink`; for a session it gives an `offer`), `answer` (`sdp`),
`close`, and `cpu`, which gives the `seconds` spent and the `frames` said.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
import sys
import time
from typing import Any, override

import numpy as np

from custom_components.mesh_call.calls.model import Description
from custom_components.mesh_call.media.mixer import Mixer
from custom_components.mesh_call.media.peer import Peer, PeerEvents
from custom_components.mesh_call.media.sinks.back_channel import BackChannel
from custom_components.mesh_call.media.sinks.live_sound import LiveSound
from custom_components.mesh_call.media.sinks.session_speaker import SessionSpeaker
from custom_components.mesh_call.media.sinks.speaker import (
    FRAME_SAMPLES,
    SAMPLE_RATE,
    Samples,
)
from custom_components.mesh_call.media.sources.webrtc import Talk, WebRtcWay
from custom_components.mesh_call.media.stream import OPUS
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from custom_components.mesh_call.media.webrtc.lines import MediaPlan

from . import aiortc_setup, lines

_TONE = 700

type Write = Callable[[Samples], None]


class Voice:
    """Says one tone for ever."""

    def __init__(self) -> None:
        """Make a second of it."""
        times = np.arange(SAMPLE_RATE) / SAMPLE_RATE
        wave = 8_000 * np.sin(2 * np.pi * _TONE * times)
        self._frames = wave.astype(np.int16).reshape(-1, FRAME_SAMPLES)
        self.frames = 0

    def read(self) -> Samples:
        """Give the next 20 ms."""
        self.frames += 1
        frame: Samples = self._frames[self.frames % len(self._frames)]
        return frame


class Session(WebRtcWay):
    """A camera's session as far as it is spoken into."""

    def __init__(self) -> None:
        """Wait for somebody who talks."""
        super().__init__(lambda: None)
        self.offer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._open: asyncio.Task[None] | None = None
        self._peer: Peer | None = None

    @override
    def talk(self, talk: Talk | None) -> None:
        """Offer to say it."""
        if talk is not None:
            self._open = asyncio.create_task(self._connect(talk))

    async def answer(self, sdp: str) -> None:
        """Take the camera's answer."""
        assert self._peer is not None
        await self._peer.describe(Description("answer", sdp))

    async def end(self) -> None:
        """Close it."""
        if self._peer is not None:
            await self._peer.close()

    async def _connect(self, talk: Talk) -> None:
        plan = MediaPlan(send_audio=True, audio_codec=OPUS)
        events = PeerEvents(self._described, lambda state: None, lambda: None)
        self._peer = Peer(IceConfiguration(), events, plan)
        self._peer.use(video=None, audio=talk.stream)
        await self._peer.offer()
        talk.settle(taken=True)

    async def _described(self, description: Description) -> None:
        self.offer.set_result(description.sdp)


@asynccontextmanager
async def back_channel(url: str) -> AsyncIterator[Write]:
    """Speak to a camera."""

    async def tell() -> str:
        return url

    channel = BackChannel(tell)
    await channel.open()
    try:
        yield channel.write
    finally:
        await channel.close()


@asynccontextmanager
async def media_player() -> AsyncIterator[Write]:
    """Speak to somebody who fetches it; the web server is not counted."""
    sound = LiveSound()

    async def fetch() -> None:
        async for _ in sound.listen():
            pass

    fetching = asyncio.create_task(fetch())
    try:
        yield sound.write
    finally:
        sound.end()
        await fetching


@asynccontextmanager
async def session(way: Session) -> AsyncIterator[Write]:
    """Speak into a session."""
    speaker = SessionSpeaker(way, alone=False)
    await speaker.open()
    try:
        yield speaker.write
    finally:
        await speaker.close()
        await way.end()


class Speaking:
    """One voice, mixed all the time, and one sink now and then."""

    def __init__(self, pcma: str, aac: str) -> None:
        """Begin to mix."""
        self._urls = {"back_channel_pcma": pcma, "back_channel_aac": aac}
        self._voice = Voice()
        self._write: Write = lambda samples: None
        self._session: Session | None = None
        self._sink = AsyncExitStack()
        self._mixer = Mixer()
        self._mixer.add(self._voice)
        self._mixer.listen(self._say)

    async def handle(self, request: dict[str, Any]) -> Any:
        """Do what a line asks for."""
        match request:
            case {"do": "open", "sink": name}:
                return await self._open(name)
            case {"do": "answer", "sdp": sdp}:
                assert self._session is not None
                await self._session.answer(sdp)
            case {"do": "close"}:
                self._write = lambda samples: None
                await self._sink.aclose()
            case {"do": "cpu"}:
                return {"seconds": time.process_time(), "frames": self._voice.frames}
        return {}

    def _say(self, samples: Samples) -> None:
        self._write(samples)

    async def _open(self, name: str) -> dict[str, Any]:
        if name == "webrtc_session":
            self._session = Session()
            sink = session(self._session)
        elif name == "media_player_mp3":
            sink = media_player()
        else:
            sink = back_channel(self._urls[name])
        self._write = await self._sink.enter_async_context(sink)
        if self._session is None:
            return {}
        return {"offer": await self._session.offer}


async def main() -> None:
    """Serve until standard input ends."""
    aiortc_setup.stay_on_loopback()
    aiortc_setup.use_one_cipher()
    speaking = Speaking(*sys.argv[1:])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await lines.serve(speaking.handle)


if __name__ == "__main__":
    asyncio.run(main())
