"""How the ports are called: what fails there stays there."""

import asyncio
from collections.abc import Awaitable, Callable
import logging
from typing import Protocol

from .errors import CallError
from .model import NO_EXTENSION, EndReason, Extension
from .outbox import Outbox
from .state import State

_LOGGER = logging.getLogger(__name__)


class Timings(Protocol):
    """How long things may take, in seconds; read anew each time."""

    ring_timeout: float
    """Until who doesn't answer is rung no more."""

    connect_timeout: float
    """Until a link must work for the first time, and for a port to answer."""

    disconnect_timeout: float
    """Until a link that is lost must be back."""

    return_timeout: float
    """Until a joined party that went away must be back."""


class Outlets:
    """Calls channels and the ends of calls in media, with the state already final."""

    def __init__(self, state: State, outbox: Outbox, timings: Timings) -> None:
        self._state = state
        self._outbox = outbox
        self._timings = timings

    def invite(self, call_id: str, party_id: str, failed: Callable[[], None]) -> None:
        """Let a party ring that has a channel and is within reach."""
        channel = self._state.registration(party_id).channel
        if channel and not self._state.suspended(party_id):
            self.later(
                lambda: channel.invite(self._state.latest(call_id), party_id), failed
            )

    def dismiss(
        self,
        call_id: str,
        party_id: str,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        """Tell a party that the call is over for it."""
        if channel := self._state.registration(party_id).channel:
            self.later(
                lambda: channel.dismiss(
                    self._state.latest(call_id), party_id, reason, extension
                )
            )

    def leave(self, call_id: str, party_id: str) -> None:
        """Have a party's end release what it held for a call."""
        media = self._state.registration(party_id).media
        self.later(lambda: media.leave(call_id, party_id))

    def later(
        self, effect: Callable[[], None], failed: Callable[[], None] | None = None
    ) -> None:
        """Call a port once the state is final; if that fails, call `failed`."""

        def guarded() -> None:
            try:
                effect()
            except Exception:
                _LOGGER.exception("A port of the exchange failed")
                if failed:
                    with self._outbox.transaction():
                        failed()

        self._outbox.later(guarded)

    async def ask(self, party_id: str, answer: Awaitable[None]) -> None:
        """Wait for a port, but not longer than for a connection.

        Raises:
            CallError: The port's own one; `party_unavailable` if it failed otherwise.
        """
        try:
            async with asyncio.timeout(self._timings.connect_timeout):
                await answer
        except CallError:
            raise
        except Exception as error:
            _LOGGER.exception("A port of the exchange failed")
            name = self._state.name(party_id)
            raise CallError("party_unavailable", party=name) from error
