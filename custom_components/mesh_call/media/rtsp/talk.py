"""Talking back in the session that reads a camera."""

import asyncio
from dataclasses import dataclass

from .client import RtspClient
from .selection import Choice


@dataclass(frozen=True, slots=True)
class TalkTrack:
    """A talk-back track that is set up, and the session it is part of."""

    client: RtspClient
    choice: Choice
    channel: int


class Talk:
    """A wish to be heard in the one session that a camera takes."""

    def __init__(self) -> None:
        """Wait for a session."""
        loop = asyncio.get_running_loop()
        self.track: asyncio.Future[TalkTrack | None] = loop.create_future()
        """Where to send to; None where the camera refuses."""

        self.lost = asyncio.Event()
        """Set when the session has ended."""

    def settle(self, track: TalkTrack | None) -> None:
        """Note whether the camera takes it."""
        if not self.track.done():
            self.track.set_result(track)
