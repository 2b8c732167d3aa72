"""What a station sends: its source's streams, in the form each taker needs."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from .conversion.converters import Converters
from .conversion.picking import Need, Pick, can_pass, pick
from .conversion.switching import Release, StreamSwitch
from .held_source import HeldSource
from .source import Source, SourceState, SourceStatus, SourceStreams
from .station_player import StationPlayer
from .stream import Codec, Stream

type UseStreams = Callable[[SourceStreams], None]
"""Takes the streams that a station sends now."""

SMALL_PICTURE_TIMEOUT = 3.0
"""Seconds the small picture is waited for before the large one is converted."""

CHECK_INTERVAL = 2.0
"""Seconds between looks at whether pictures keep within their caps."""


class Feeding:
    """What one taker gets; made by `Feed.add`."""

    def __init__(self, feed: Feed, use: UseStreams, need: Need | None) -> None:
        self.need = need
        self.sound_codecs: tuple[Codec, ...] = ()
        self.picked: Pick | None = None
        self.streams = SourceStreams()
        self._feed = feed
        self._use = use
        self._picture = StreamSwitch(self._use_picture)

    def require(self, need: Need | None) -> None:
        """Need something else from now on; None for no picture."""
        if need != self.need:
            self.need = need
            self._feed.settle()

    def hear(self, codecs: tuple[Codec, ...]) -> None:
        """Take sound in one of these codecs; before this any does."""
        self.sound_codecs = codecs
        self._feed.give_sound()

    def end(self) -> None:
        """Take nothing more; safe to repeat."""
        self._feed.remove(self)
        self._picture.close()

    def give(self, streams: SourceStreams) -> None:
        """Take the sound of these; the picture is picked apart."""
        self.streams = replace(streams, video=self.streams.video)
        self._use(self.streams)

    def give_picture(
        self, picked: Pick | None, stream: Stream | None, release: Release
    ) -> None:
        """Take another picture."""
        self.picked = picked
        self._picture.switch(stream, release)

    def _use_picture(self, stream: Stream | None) -> None:
        self.streams = replace(self.streams, video=stream)
        self._use(self.streams)


class Feed:
    """Gives a source's streams to any number of takers.

    The source is acquired with the first taker and released with the last. What
    must be converted is converted once for all takers that need it alike.

    Args:
        source: the camera or microphone, None for none.
        small: the same picture smaller, used where the first is no use; or None.
        player: what is played over the source's sound.
        changed: called when `status` is another one.
    """

    def __init__(
        self,
        source: Source | None,
        small: Source | None,
        player: StationPlayer,
        changed: Callable[[], None],
    ) -> None:
        self._player = player
        self._changed = changed
        self._takers: list[Feeding] = []
        self._converters = Converters()
        self._check: asyncio.TimerHandle | None = None
        self._main = HeldSource(source, self._main_changed)
        self._small = HeldSource(small, lambda _: self.settle())

    @property
    def source(self) -> Source | None:
        """Where the streams come from."""
        return self._main.source

    @property
    def status(self) -> SourceStatus | None:
        """How the source is, None without one."""
        return self._main.status

    @property
    def streams(self) -> SourceStreams:
        """What the source carries, as it comes."""
        return self._main.streams

    @property
    def forms(self) -> tuple[str, ...]:
        """What pictures are sent now, in words: `H265 → H264, 300 kbit/s`."""
        picks = {taker.picked for taker in self._takers if taker.picked}
        return tuple(sorted(self._describe(one) for one in picks))

    def set_source(self, source: Source | None, small: Source | None = None) -> None:
        """Take the streams from another source from now on."""
        self._main.close()
        self._small.close()
        self._main = HeldSource(source, self._main_changed)
        self._small = HeldSource(small, lambda _: self.settle())
        self._give()
        self._changed()

    def add(self, use: UseStreams, need: Need | None) -> Feeding:
        """Hold the source and give its streams, now and when they are others."""
        feeding = Feeding(self, use, need)
        self._takers.append(feeding)
        self._main.hold(True)
        feeding.give(self._sound_for(feeding))
        self.settle()
        return feeding

    def remove(self, feeding: Feeding) -> None:
        """Feed one taker no longer."""
        if feeding in self._takers:
            self._takers.remove(feeding)
            self.settle()

    async def close(self) -> None:
        """Feed nobody, follow and hold nothing any longer."""
        self._takers.clear()
        self._main.close()
        self._small.close()
        self._stop_checking()
        await self._converters.close()

    def settle(self) -> None:
        """Hold what is needed, and give every taker the picture it needs now."""
        self._main.hold(bool(self._takers))
        self._small.hold(any(self._wants_small(taker) for taker in self._takers))
        for taker in tuple(self._takers):
            picked = self._pick(taker)
            if picked != taker.picked:
                taker.give_picture(picked, *self._open(picked))
        self._schedule_check()

    def _main_changed(self, status: SourceStatus) -> None:
        if status.state is SourceState.READY:
            self._give()
        self._changed()

    def _give(self) -> None:
        self.settle()
        self.give_sound()

    def give_sound(self) -> None:
        """Give every taker the sound it needs now."""
        for taker in tuple(self._takers):
            taker.give(self._sound_for(taker))

    def _sound_for(self, taker: Feeding) -> SourceStreams:
        return self._player.over(self.streams, taker.sound_codecs)

    def _pick(self, taker: Feeding) -> Pick | None:
        if taker.need is None:
            return None
        return pick(
            taker.need,
            self.streams.video,
            self._small.picture,
            taker.picked if self._is_there(taker.picked) else None,
            waiting=self._small.is_awaited(SMALL_PICTURE_TIMEOUT),
        )

    def _is_there(self, picked: Pick | None) -> bool:
        """Whether what was picked comes from a source of the present."""
        there = (self.streams.video, self._small.picture)
        return picked is not None and any(picked.stream is one for one in there)

    def _wants_small(self, taker: Feeding) -> bool:
        """Whether the source's own picture does not do for a taker."""
        main = self.streams.video
        if taker.need is None or main is None:
            return False
        own = pick(taker.need, main, None, taker.picked, waiting=False)
        return own != Pick(main)

    def _open(self, picked: Pick | None) -> tuple[Stream | None, Release]:
        if picked is None:
            return None, _nothing
        if picked.form is None:
            return picked.stream, _nothing
        return self._converters.acquire(picked.stream, picked.form)

    def _describe(self, picked: Pick) -> str:
        words = picked.stream.codec.name
        if not can_pass(picked.stream, (picked.stream.codec,)):
            words += " (B)"
        if picked.stream is not self.streams.video:
            words = f"small {words}"
        return words if picked.form is None else f"{words} → {picked.form}"

    def _schedule_check(self) -> None:
        """Look again later where what is right depends on what comes."""
        self._stop_checking()
        capped = any(taker.need and taker.need.max_bandwidth for taker in self._takers)
        if capped or self._small.held:
            loop = asyncio.get_running_loop()
            self._check = loop.call_later(CHECK_INTERVAL, self.settle)

    def _stop_checking(self) -> None:
        if self._check is not None:
            self._check.cancel()
            self._check = None


def _nothing() -> None:
    """There is nothing to release."""
