"""One RTCPeerConnection of aiortc with its m-lines."""

import asyncio
from collections.abc import Callable, Mapping

from aiortc import RTCConfiguration, RTCPeerConnection

from .. import engine_room
from ..stream import MediaKind
from .lines import MediaLines, MediaPlan
from .reader import RtpTaker

_CONNECTING_STEP = 0.05


class Engine:
    """What a peer replaces to begin anew: aiortc can't restart ICE.

    Args:
        configuration: how to find the way to the other end.
        plan: what to send and receive.
        takers: take what comes, by kind.
        raw: through the engine room, else by aiortc's public interface.
        state_changed: called with aiortc's connection state.
    """

    def __init__(
        self,
        configuration: RTCConfiguration,
        plan: MediaPlan,
        takers: Mapping[MediaKind, RtpTaker],
        *,
        raw: bool,
        state_changed: Callable[[str], None],
    ) -> None:
        self.connection = RTCPeerConnection(configuration)
        self.lines = MediaLines(plan, takers, raw=raw)
        self.worked = False
        """Whether it has ever been connected."""

        self._raw = raw
        self.connection.on(
            "connectionstatechange",
            lambda: state_changed(self.connection.connectionState),
        )

    async def retire(self) -> None:
        """Tell nothing and send nothing any more, but keep the transport."""
        self.connection.remove_all_listeners()
        await self.lines.close()

    async def close(self) -> None:
        """End it, wherever it stands; safe to repeat."""
        await self.retire()
        await self.connection.close()
        if not self.worked or not self._raw:
            await self._await_connecting()

    async def _await_connecting(self) -> None:
        """Wait for a task of aiortc that still connects, and stop what it starts."""
        await asyncio.sleep(_CONNECTING_STEP)
        transceivers = self.connection.getTransceivers()
        for transceiver in transceivers:
            await transceiver.stop()
        if engine_room.available:
            await engine_room.finish(transceivers)
