"""One stream made into others: decoded once, encoded once for each form."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field
from functools import partial
import logging
import time
from typing import override

from ..own_thread import own_thread
from ..stream import Packet, Sink, Stream
from .decoder import CodedPicture, PictureDecoder
from .variant import Form, VariantEncoder

_LOGGER = logging.getLogger(__name__)

MAX_BEHIND = 2.0
"""Seconds pictures may wait; then all up to the next key frame are dropped."""

MAX_PICTURES_BEHIND = 2
"""When more wait, only the newest is encoded: fewer pictures, but no delay."""

KEY_FRAME_INTERVAL = 1.0
"""Seconds between key frames that are asked for."""


@dataclass(slots=True, eq=False)
class _Output:
    """One form that somebody needs."""

    stream: Stream
    encoder: VariantEncoder
    users: int = 0
    wants_key_frame: bool = False
    last_key_frame: float = field(default_factory=time.monotonic)

    def ask_for_key_frame(self) -> None:
        """Let the next picture be one, unless the last one is fresh."""
        if time.monotonic() - self.last_key_frame >= KEY_FRAME_INTERVAL:
            self.wants_key_frame = True


@dataclass(slots=True)
class _Made:
    """What became of some pictures, for one output."""

    output: _Output
    pictures: list[list[Packet]] = field(default_factory=list)


class Converter(Sink):
    """Converts one stream as long as somebody takes a form of it.

    Libav works in a thread of its own. Time stamps stay those of the source.
    """

    def __init__(
        self, source: Stream, idle: Callable[[Converter], None] = lambda _: None
    ) -> None:
        """Do nothing yet; `idle` is called when it works no longer."""
        self.source = source
        self._idle = idle
        self._outputs: dict[Form, _Output] = {}
        self._payloads: list[Packet] = []
        self._waiting: list[CodedPicture] = []
        self._filled = asyncio.Event()
        self._lost = True
        self._detach: Callable[[], None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._ended: set[asyncio.Task[None]] = set()

    @property
    def works(self) -> bool:
        """Whether anything is made, or a thread has not ended yet."""
        return bool(self._outputs or self._ended)

    def acquire(self, form: Form) -> tuple[Stream, Callable[[], None]]:
        """Make this form as long as somebody needs it; returns it and the release."""
        output = self._outputs.get(form)
        if output is None:
            stream = Stream(form.codec)
            output = self._outputs[form] = _Output(stream, VariantEncoder(form))
            stream.want_key_frame = output.ask_for_key_frame
        output.users += 1
        self._start()
        released = False

        def release() -> None:
            nonlocal released
            if not released:
                released = True
                self._release(form, output)

        return output.stream, release

    async def close(self) -> None:
        """Stop at once and wait until no thread works for it any more."""
        self._outputs.clear()
        self._stop()
        if self._ended:
            await asyncio.wait(tuple(self._ended))

    @override
    def packets(self, packets: Sequence[Packet], *, cached: bool) -> None:
        for packet in packets:
            if self._payloads and packet.timestamp != self._payloads[0].timestamp:
                self._complete()
            self._payloads.append(packet)
            if packet.marker:
                self._complete()

    def _complete(self) -> None:
        """Let the picture that was collected wait for the decoder."""
        parts, self._payloads = self._payloads, []
        now = time.monotonic()
        key_frame = any(part.key_frame for part in parts)
        if self._waiting and now - self._waiting[0].arrival > MAX_BEHIND:
            self._waiting.clear()
            self._lost = True
        if self._lost and not key_frame:
            return
        self._lost = False
        payloads = [part.payload for part in parts]
        picture = CodedPicture(payloads, parts[0].timestamp, key_frame, now)
        self._waiting.append(picture)
        self._filled.set()

    def _start(self) -> None:
        if self._task is None:
            earlier = tuple(self._ended)
            self._task = asyncio.create_task(
                self._run(earlier), name="mesh_call conversion"
            )
            self._ended.add(self._task)
            self._task.add_done_callback(self._finished)
            self._detach = self.source.attach(self)
            if self._lost and self.source.want_key_frame is not None:
                self.source.want_key_frame()

    def _release(self, form: Form, output: _Output) -> None:
        output.users -= 1
        if not output.users and self._outputs.get(form) is output:
            del self._outputs[form]
            if not self._outputs:
                self._stop()
            if not self.works:
                self._idle(self)

    def _stop(self) -> None:
        if self._detach is not None:
            self._detach()
            self._detach = None
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self._payloads, self._waiting = [], []
        self._lost = True

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._ended.discard(task)
        if not self.works:
            self._idle(self)

    async def _run(self, earlier: tuple[asyncio.Task[None], ...]) -> None:
        if earlier:
            await asyncio.wait(earlier)
        thread = own_thread()
        try:
            decoder = await _in(thread, self._open_decoder)
            while True:
                await self._filled.wait()
                self._filled.clear()
                pictures, self._waiting = self._waiting, []
                outputs = tuple(self._outputs.values())
                for made in await _in(thread, _convert, decoder, pictures, outputs):
                    self._deliver(made)
        except Exception:
            _LOGGER.exception("A picture can't be converted")
        finally:
            thread.shutdown(wait=False)

    def _open_decoder(self) -> PictureDecoder:
        return PictureDecoder(self.source.codec, reordered=self.source.reordered)

    def _deliver(self, made: _Made) -> None:
        stream = made.output.stream
        stream.clock = self.source.clock
        stream.size = made.output.encoder.size
        for packets in made.pictures:
            if any(packet.key_frame for packet in packets):
                made.output.last_key_frame = time.monotonic()
            stream.push(*packets)


async def _in[**P, T](
    thread: Executor, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
) -> T:
    """Run to the end in a thread, also when cancelled: libav can't be interrupted."""
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(thread, partial(function, *args, **kwargs))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        await asyncio.wait((work,))
        raise


def _convert(
    decoder: PictureDecoder,
    pictures: Sequence[CodedPicture],
    outputs: Sequence[_Output],
) -> list[_Made]:
    """Decode pictures and encode them for every output; works in a thread."""
    frames = [frame for picture in pictures for frame in decoder.decode(picture)]
    if len(pictures) > MAX_PICTURES_BEHIND:
        frames = frames[-1:]
    result = [_Made(output) for output in outputs]
    for frame in frames:
        for made in result:
            wanted = made.output.wants_key_frame
            made.output.wants_key_frame = False
            packets = made.output.encoder.encode(frame, key_frame=wanted)
            made.pictures.append(packets)
    return result
