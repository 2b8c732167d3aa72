"""One who watches: a connection that a browser offers."""

from collections.abc import Callable

from ...calls.model import Candidate, ConnectionState, Description
from ..peer import Peer, PeerEvents
from ..stream import OPUS, MediaKind, Stream
from ..voice import ReceivedVoice
from ..webrtc.ice import IceConfiguration
from ..webrtc.lines import MediaPlan

_GONE = frozenset(
    {ConnectionState.DISCONNECTED, ConnectionState.FAILED, ConnectionState.CLOSED}
)
"""A browser that comes back does so by another offer."""


class Viewer:
    """Sends one browser picture and sound, and takes what its user says.

    Args:
        configuration: how to find the way.
        answered: called with our answer as SDP, with all candidates in it.
        spoke: called when the first of `voice` comes.
        gone: called when its browser can't be reached any more.
    """

    def __init__(
        self,
        configuration: IceConfiguration,
        answered: Callable[[str], None],
        spoke: Callable[[], None],
        gone: Callable[[], None],
    ) -> None:
        self._answered = answered
        self._gone = gone
        self.voice = ReceivedVoice(spoke)
        plan = MediaPlan(
            send_video=True,
            send_audio=True,
            receive_audio=True,
            fill_video=True,
            audio_codec=OPUS,
        )
        takers = {MediaKind.AUDIO: self.voice}
        events = PeerEvents(self._described, self._state_changed, lambda: None)
        self._peer = Peer(configuration, events, plan, takers=takers)

    async def take(self, offer: str) -> None:
        """Take the browser's offer; the answer follows.

        Raises:
            CallError: `invalid_description`.
        """
        await self._peer.describe(Description("offer", offer))

    async def candidate(self, candidate: Candidate) -> None:
        """Take one of the browser's candidates; raises CallError."""
        await self._peer.candidate(candidate)

    def use(self, *, video: Stream | None, audio: Stream | None) -> None:
        """Send these from now on; without a picture black."""
        self._peer.use(video=video, audio=audio)

    async def close(self) -> None:
        """Send and take nothing more."""
        await self._peer.close()

    async def _described(self, description: Description) -> None:
        self._answered(description.sdp)

    def _state_changed(self, state: ConnectionState) -> None:
        if state in _GONE:
            self._gone()
