"""What a station plays over its microphone: mixed once, encoded once for each codec."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from .microphone import Microphone
from .mixer import Mixer, Voice
from .sample_stream import SampleStream
from .sinks.speaker import Samples
from .source import SourceStreams
from .stream import OPUS, PCMA, PCMU, Codec, Stream, same_codec

type _Form = tuple[Codec, bool]
"""A codec, and whether the microphone is heard, and whoever speaks like it."""


class Overlay:
    """Mixes while it is open; nothing is decoded or encoded otherwise.

    Args:
        played: what is heard besides the microphone.
    """

    def __init__(self, played: Voice) -> None:
        self._played = played
        self.microphone = Microphone()
        self._mixer = Mixer()
        self._outputs: dict[_Form, SampleStream] = {}
        self._spoken: list[Voice] = [self.microphone]
        self._closing: set[asyncio.Task[None]] = set()
        self._close: tuple[Callable[[], None], ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether there is something to be heard in place of the microphone."""
        return bool(self._close)

    @property
    def has_voices(self) -> bool:
        """Whether somebody besides speaks like the microphone."""
        return len(self._spoken) > 1

    def add(self, voice: Voice) -> Callable[[], None]:
        """Let a voice be heard wherever the microphone is; returns the removal."""
        self._spoken.append(voice)
        remove_from_mixer = self._mixer.add(voice)

        def remove() -> None:
            remove_from_mixer()
            if voice in self._spoken:
                self._spoken.remove(voice)

        return remove

    def open(self) -> None:
        """Begin; what is played goes on from now, whether anybody listens or not."""
        if not self.is_open:
            self._close = (
                self._mixer.add(self._played),
                self._mixer.add(self.microphone),
                self._mixer.listen(_nobody),
            )

    def close(self) -> None:
        """Stop; does not wait."""
        close, self._close = self._close, ()
        for remove in close:
            remove()
        self.microphone.listen(None)
        outputs, self._outputs = self._outputs, {}
        for output in outputs.values():
            output.stop()
            task = asyncio.create_task(output.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def wait_closed(self) -> None:
        """Wait until no thread works for it any more."""
        if self._closing:
            await asyncio.wait(tuple(self._closing))

    def over(self, streams: SourceStreams, codecs: tuple[Codec, ...]) -> SourceStreams:
        """Give what is to be sent in place of a source's sound.

        Args:
            streams: of the source.
            codecs: that the receiver takes, none if that isn't known yet.
        """
        microphone = streams.audio
        codec = _codec(microphone, codecs) if self.is_open else None
        if codec is None:
            return streams
        self.microphone.listen(microphone)
        played = self._stream(codec, with_microphone=False)
        if microphone is None and not self.has_voices:
            return replace(streams, audio=played, played=played)
        mixed = self._stream(codec, with_microphone=True)
        return replace(streams, audio=mixed, played=played)

    def _stream(self, codec: Codec, *, with_microphone: bool) -> Stream:
        form = (codec, with_microphone)
        if form not in self._outputs:
            without = () if with_microphone else self._spoken
            output = self._outputs[form] = SampleStream(codec)
            output.stop = self._mixer.listen(output.write, without)
        return self._outputs[form].stream


def _codec(microphone: Stream | None, codecs: tuple[Codec, ...]) -> Codec | None:
    """Choose a codec the receiver takes, the microphone's first: its clock goes on."""
    wanted = [OPUS, PCMU, PCMA]
    if microphone is not None:
        wanted.insert(0, microphone.codec)
    if not codecs:
        return wanted[0]
    for codec in wanted:
        if any(same_codec(codec, one) for one in codecs):
            return codec
    return None


def _nobody(samples: Samples) -> None:
    """Let time pass for what is played."""
