"""The way to one page: messages out, answers to requests back."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from ..calls.errors import CallError
from .screen_state import Message, Sight

REQUEST_TIMEOUT: Final = 2.0
"""Seconds a page has to do what it is asked for."""

_DEVICE_ERRORS: Final = frozenset({"unknown_device", "device_failed"})

type Send = Callable[[Message], None]


@dataclass(frozen=True, slots=True)
class PageStatistics:
    """How well a connection works, as a page measures it; None is not known."""

    round_trip_time: float | None = None
    """Seconds."""

    packet_loss: float | None = None
    """Part of the packets that did not arrive, 0 to 1."""

    bitrate_in: float | None = None
    """kbit/s, as is what goes out."""

    bitrate_out: float | None = None
    width: int | None = None
    """Of the picture that is received, as the rest."""

    height: int | None = None
    frame_rate: float | None = None


@dataclass(slots=True)
class PageConnection:
    """A peer connection that a page was told to open."""

    order: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Keeps what the page signals in the order it came in."""

    candidates: int = 0
    """How many the page has sent."""

    statistics: PageStatistics | None = None
    """What the page reported last."""


class ScreenLink:
    """One page: where its messages go and what it still owes."""

    def __init__(self, send: Send, sight: Sight) -> None:
        """Reach the page by `send`; `sight` is what its user may do with others."""
        self.send = send
        self.sight = sight
        self.connections: dict[str, PageConnection] = {}
        self._requests: dict[str, asyncio.Future[None]] = {}
        self._last_request = 0

    async def request(self, message: Message) -> None:
        """Ask for something and wait until it is done; raises CallError."""
        self._last_request += 1
        request_id = str(self._last_request)
        done = asyncio.get_running_loop().create_future()
        self._requests[request_id] = done
        self.send({**message, "request_id": request_id})
        try:
            async with asyncio.timeout(REQUEST_TIMEOUT):
                await done
        except TimeoutError:
            raise CallError("screen_not_responding") from None
        finally:
            del self._requests[request_id]

    def reported(self, request_id: str, error: str | None) -> None:
        """Take the answer to a request; one that came too late is ignored."""
        done = self._requests.get(request_id)
        if done is None or done.done():
            return
        if error is None:
            done.set_result(None)
        else:
            done.set_exception(_refusal(error))

    def close(self) -> None:
        """Let all that waits for the page fail."""
        for request_id in tuple(self._requests):
            self.reported(request_id, "screen_not_responding")


def _refusal(error: str) -> CallError:
    """Return why a page could not do it; words we don't know are only quoted."""
    if error in _DEVICE_ERRORS:
        return CallError("device_failed")
    return CallError("screen_failed", problem=error)
