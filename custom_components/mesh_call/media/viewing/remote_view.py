"""What the others of a call look and sound like, for those who watch at a station."""

import asyncio
from collections.abc import Callable, Coroutine
import logging
from typing import Any, Final, Protocol

from ...calls.errors import CallError
from ...calls.model import (
    VIEWER,
    Call,
    Candidate,
    Connection,
    Member,
    MemberState,
    PartyKind,
)
from ..reports import ConfigureIce
from ..sample_stream import SampleStream
from ..sinks.speaker import Samples
from ..source import SourceStreams
from ..speaking import Speaking
from ..station import StationMedia
from ..stream import OPUS, Stream
from ..thumbnail import Thumbnails
from .viewer import Viewer

_LOGGER = logging.getLogger(__name__)

MAX_VIEWERS: Final = 4
"""Each is one more connection that Home Assistant sends to."""

type FindStation = Callable[[str], StationMedia | None]


class ViewerReports(Protocol):
    """What a view needs of the exchange."""

    def report_viewers(self, call_id: str, party_id: str, count: int) -> None:
        """Take note how many watch a call in a member's place; raises CallError."""


class RemoteView:
    """Shows one other member, who spoke last; all that the station hears is heard.

    Nothing is received or encoded while nobody watches, and nobody watches without a
    call. What viewers say is said by the station.

    Args:
        party_id: the station's.
        station: its media.
        reports: the exchange.
        find_station: finds the media of other stations.
        configure_ice: how connections find their way.
    """

    def __init__(
        self,
        party_id: str,
        station: StationMedia,
        reports: ViewerReports,
        find_station: FindStation,
        configure_ice: ConfigureIce,
    ) -> None:
        self._party_id = party_id
        self._station = station
        self._reports = reports
        self._find_station = find_station
        self._configure_ice = configure_ice
        self._call: Call | None = None
        self._viewers: dict[str, Viewer] = {}
        self._ended: dict[str, Callable[[], None]] = {}
        self._silences: dict[str, Callable[[], None]] = {}
        self._speaking = Speaking()
        self._sound: SampleStream | None = None
        self._shown: str | None = None
        self._stop_receiving: Callable[[], None] | None = None
        self._picture: Stream | None = None
        self._still: Stream | None = None
        self._thumbnails = Thumbnails()
        self._tasks: set[asyncio.Task[None]] = set()

    def follow(self, call: Call) -> None:
        """Take note of a call that has changed; only the station's own counts."""
        me = call.members.get(self._party_id)
        if me and me.state is MemberState.JOINED and not call.ended:
            self._call = call
            self._settle()
        elif self._call is not None and self._call.id == call.id:
            self._leave()

    async def open(
        self,
        viewer_id: str,
        offer: str,
        *,
        answered: Callable[[str], None],
        ended: Callable[[], None],
    ) -> None:
        """Let somebody watch.

        Args:
            viewer_id: of his connection.
            offer: his browser's, as SDP.
            answered: called later with our answer, with all candidates in it.
            ended: called when there is nothing to watch any more.

        Raises:
            CallError: `nobody_to_watch`, `too_many_viewers`, `invalid_description` or
                what keeps the connection from finding its way.
        """
        if self._call is None:
            raise CallError("nobody_to_watch")
        if len(self._viewers) >= MAX_VIEWERS:
            raise CallError("too_many_viewers", count=str(MAX_VIEWERS))
        way = Connection(viewer_id, self._call.id, VIEWER, self._party_id)
        configuration = self._configure_ice(way)
        viewer = Viewer(
            configuration,
            answered,
            spoke=lambda: self._let_speak(viewer_id),
            gone=lambda: self.close(viewer_id),
        )
        self._viewers[viewer_id] = viewer
        self._ended[viewer_id] = ended
        try:
            await viewer.take(offer)
        except CallError:
            self.close(viewer_id)
            raise
        if self._viewers.get(viewer_id) is viewer:
            self._begin()

    async def candidate(self, viewer_id: str, candidate: Candidate) -> None:
        """Take a candidate of a viewer's browser; raises CallError."""
        if (viewer := self._viewers.get(viewer_id)) is None:
            raise CallError("unknown_connection")
        await viewer.candidate(candidate)

    def close(self, viewer_id: str) -> None:
        """Let somebody watch no more; safe to repeat, does not wait."""
        if (viewer := self._viewers.pop(viewer_id, None)) is None:
            return
        del self._ended[viewer_id]
        if silence := self._silences.pop(viewer_id, None):
            silence()
        self._spawn(viewer.close())
        self._settle()
        self._report()

    def close_all(self) -> None:
        """Let nobody watch any more, and say so."""
        for viewer_id, ended in tuple(self._ended.items()):
            self.close(viewer_id)
            ended()

    async def still(self) -> bytes | None:
        """Give the last picture that viewers of this call got, as JPEG."""
        return await self._thumbnails.of_stream(self._picture or self._still)

    async def shut_down(self) -> None:
        """End everything for good and wait until it is released."""
        self._leave()
        self._thumbnails.close()
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    def _leave(self) -> None:
        """Watch nothing any more: the station's call is over."""
        self._call = None
        self.close_all()
        self._still = None
        self._speaking = Speaking()

    def _begin(self) -> None:
        """Give a viewer who has just come what there is."""
        self._settle()
        self._report()
        if self._picture is not None and self._picture.want_key_frame is not None:
            # Fresh when it is connected, so that it needn't catch up with seconds.
            self._picture.want_key_frame()

    def _let_speak(self, viewer_id: str) -> None:
        """Mix a viewer in; until one speaks the microphone is passed on as it is."""
        if viewer := self._viewers.get(viewer_id):
            self._silences[viewer_id] = self._station.let_speak(viewer.voice)

    def _report(self) -> None:
        if self._call is not None:
            count = len(self._viewers)
            try:
                self._reports.report_viewers(self._call.id, self._party_id, count)
            except CallError as error:
                _LOGGER.debug("A call does not count its viewers: %s", error.key)

    def _settle(self) -> None:
        """Receive what is watched now, and nothing else."""
        if self._viewers and self._call is not None:
            self._listen()
            self._show(self._choose(self._call))
        else:
            self._show(None)
            self._listen_no_more()
        self._give()

    def _choose(self, call: Call) -> Member | None:
        """Return whom to show: who spoke last, at first one who shows something."""
        others = [m for m in call.joined if m.party.id != self._party_id]
        for member in others:
            if member.party.id == self._speaking.last:
                return member
        shows = (m for m in others if m.party.video and not m.muted_video)
        return next(shows, others[0] if others else None)

    def _show(self, member: Member | None) -> None:
        shown = member.party.id if member else None
        if shown == self._shown:
            return
        self._shown = shown
        if self._stop_receiving is not None:
            self._stop_receiving()
            self._stop_receiving = None
        self._keep_still()
        self._picture = None
        if member is not None and self._call is not None:
            self._stop_receiving = self._receive(self._call, member)

    def _receive(self, call: Call, member: Member) -> Callable[[], None] | None:
        party = member.party
        if not call.video:
            return None
        if party.kind is PartyKind.STATION:
            other = self._find_station(party.id)
            return other.tap(self._use) if other else None
        return self._station.receive(call.id, party.id, self._use)

    def _use(self, streams: SourceStreams) -> None:
        """Show another picture, from a key frame on."""
        if streams.video is not self._picture:
            self._keep_still()
            self._picture = streams.video
            self._give()

    def _give(self) -> None:
        """Give all viewers what is seen and heard now."""
        sound = self._sound.stream if self._sound else None
        picture = None if self._hides() else self._picture
        for viewer in self._viewers.values():
            viewer.use(video=picture, audio=sound)

    def _hides(self) -> bool:
        """Whether who is shown is a station that turned its camera off.

        Others send black themselves then.
        """
        if self._call is None or self._shown is None:
            return True
        member = self._call.members[self._shown]
        return member.party.kind is PartyKind.STATION and member.muted_video

    def _keep_still(self) -> None:
        """Keep the last picture of a stream that is let go of."""
        if self._picture is not None and (packets := self._picture.still):
            self._still = Stream(self._picture.codec)
            self._still.push(*packets)

    def _listen(self) -> None:
        if self._sound is None:
            self._sound = SampleStream(OPUS)
            self._sound.stop = self._station.listen(self._hear)

    def _listen_no_more(self) -> None:
        if self._sound is not None:
            self._sound.stop()
            self._spawn(self._sound.close())
            self._sound = None

    def _hear(self, samples: Samples) -> None:
        """Take what all others said in the last 20 ms."""
        if self._sound is None or self._call is None:
            return
        self._sound.write(samples)
        before = self._speaking.last
        self._speaking.hear(self._station.loudness(self._call.id))
        if self._speaking.last != before:
            self._settle()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _LOGGER.error("A viewer's connection failed", exc_info=error)
