"""A source whose sound is silent while it would be an echo."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import override

from ..black import as_silent
from ..duplex import EchoGate
from ..source import Source, SourceStatus, SourceStreams, StatusListener
from ..stream import Packet, Sink, Stream


class EchoFreeSource(Source):
    """Another source, with an ear for what is played beside its microphone.

    It owns neither: whoever made the source closes it.

    Args:
        source: the camera or microphone.
        gate: says when.
    """

    def __init__(self, source: Source, gate: EchoGate) -> None:
        self._source = source
        self._gate = gate
        self._sound: _EchoFreeSound | None = None
        self._users = 0

    @property
    @override
    def status(self) -> SourceStatus:
        return self._source.status

    @property
    @override
    def streams(self) -> SourceStreams:
        streams = self._source.streams
        self._follow(streams.audio)
        return replace(streams, audio=self._sound.stream if self._sound else None)

    @override
    def acquire(self) -> Callable[[], None]:
        self._users += 1
        self._listen()
        release_source = self._source.acquire()

        def release() -> None:
            release_source()
            self._users -= 1
            self._listen()

        return release

    @override
    async def ready(self, timeout: float) -> SourceStreams:
        await self._source.ready(timeout)
        return self.streams

    @override
    def subscribe(self, listener: StatusListener) -> Callable[[], None]:
        return self._source.subscribe(listener)

    @override
    async def close(self) -> None:
        """Nothing of its own is open."""

    def _follow(self, stream: Stream | None) -> None:
        if stream is (self._sound.original if self._sound else None):
            return
        if self._sound is not None:
            self._sound.listen(False)
        self._sound = _EchoFreeSound(stream, self._gate) if stream else None
        self._listen()

    def _listen(self) -> None:
        if self._sound is not None:
            self._sound.listen(self._users > 0)


class _EchoFreeSound(Sink):
    """Passes packets on, silent ones in their places while the gate is closed."""

    def __init__(self, original: Stream, gate: EchoGate) -> None:
        self.original = original
        self.stream = Stream(original.codec)
        self._gate = gate
        self._detach: Callable[[], None] | None = None

    def listen(self, wanted: bool) -> None:
        if wanted and self._detach is None:
            self._detach = self.original.attach(self)
        elif not wanted and self._detach is not None:
            self._detach()
            self._detach = None

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        self.stream.clock = self.original.clock
        if self._gate.is_closed:
            codec = self.original.codec
            packets = [
                replace(packet, payload=as_silent(codec, packet.payload))
                for packet in packets
            ]
        self.stream.push(*packets)
