"""One screen of a recorded call: its connection and what it brings."""

from collections.abc import Callable
import logging
import time

from ...calls.errors import CallError
from ...calls.model import RECORDER, Candidate, Connection, ConnectionState, Description
from ..peer import Peer, PeerEvents
from ..reports import CallReports
from ..source_clock import SourceClock
from ..stream import MediaKind, Stream
from ..webrtc.ice import IceConfiguration
from ..webrtc.lines import MediaPlan
from .received import ReceivedStream

_LOGGER = logging.getLogger(__name__)


class RecordedScreen:
    """Receives what a screen sends to others anyway.

    Args:
        connection: to the screen; this end offers.
        reports: the exchange.
        configuration: how to find the way.
        changed: called when `streams` are others.
    """

    def __init__(
        self,
        connection: Connection,
        reports: CallReports,
        configuration: IceConfiguration,
        changed: Callable[[], None],
    ) -> None:
        self.connection = connection
        self._reports = reports
        self._open = True
        epoch, clock = time.monotonic(), SourceClock()
        self._sound = ReceivedStream(epoch, clock, changed)
        self._picture = ReceivedStream(epoch, clock, changed)
        events = PeerEvents(self._described, self._state_changed, lambda: None)
        plan = MediaPlan(receive_audio=True, receive_video=connection.video)
        takers = {MediaKind.AUDIO: self._sound, MediaKind.VIDEO: self._picture}
        self._peer = Peer(configuration, events, plan, takers=takers)

    def streams(self, *, picture: bool) -> tuple[Stream | None, Stream | None]:
        """Return picture and sound, as far as they are to be recorded.

        Args:
            picture: whether a picture is to be expected before the first came.
        """
        video = self._picture.stream if picture or self._picture.flows else None
        return video, self._sound.stream

    async def offer(self) -> None:
        """Describe this end."""
        await self._peer.offer()

    async def describe(self, description: Description) -> None:
        """Take the screen's description; raises CallError."""
        await self._peer.describe(description)

    async def candidate(self, candidate: Candidate) -> None:
        """Take one of the screen's candidates; raises CallError."""
        await self._peer.candidate(candidate)

    async def close(self) -> None:
        """Receive nothing more."""
        self._open = False
        await self._peer.close()

    async def _described(self, description: Description) -> None:
        try:
            await self._reports.describe(self.connection.id, RECORDER, description)
        except CallError as error:
            _LOGGER.debug("A screen does not answer a recording: %s", error.key)

    def _state_changed(self, state: ConnectionState) -> None:
        if self._open:
            self._reports.report_state(self.connection.id, RECORDER, state)
