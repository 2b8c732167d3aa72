"""What an account speaks by: a login to its server, and the dialect spoken there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from homeassistant.core import HomeAssistant

from ..calls.exchange import Exchange
from ..calls.model import Extension, Party
from .config import AccountConfig, AccountOptions

type Remove = Callable[[], None]
type Record = dict[str, Any]
"""A live session as JSON: what it takes to end it."""

type Callees = tuple[tuple[str, ...], bool]
"""Ids of parties that ring, and whether every screen does."""

type FindCallees = Callable[[str | None], Callees]
"""Says who rings when somebody calls, who may have named one of them."""


class Dialect(Protocol):
    """Carries the calls of one exchange with those who are reached by an account."""

    def add_contact(self, user_id: int, party: Party) -> Remove:
        """Register a contact; what is returned takes it out again."""

    def reach(self, user_id: int) -> Party:
        """Return the contact of a user, one for the next call if it is none."""

    def refuse(self, session_id: str, user_id: int, extension: Extension) -> None:
        """Reject a session that is known by its id only."""

    def records(self) -> list[Record]:
        """Return what ends the sessions of now after a crash."""

    def end_recorded(self, records: list[Record]) -> None:
        """Tell the users of sessions that a crash has ended them."""


@dataclass(frozen=True, slots=True)
class OutgoingCall:
    """That a user is being called, told once for each session."""

    user_id: int
    session_id: str
    call_id: str | None
    """Of the exchange: a call may have a session for each callee."""

    video: bool
    opponents: tuple[int, ...]


class LineListener(Protocol):
    """Wants to know what becomes of a line."""

    def line_changed(self) -> None:
        """Take note that the login or a presence is another now."""

    def calling(self, call: OutgoingCall) -> None:
        """Take note that somebody is called."""

    def sessions_changed(self) -> None:
        """Take note that the records of the dialect are others now."""

    def login_refused(self) -> None:
        """Take note that the server doesn't take the password any more."""

    def login_failed(self) -> None:
        """Take note that changed settings don't work: nothing is tried again."""


class Line(Protocol):
    """The way of one account to those outside."""

    @property
    def connected(self) -> bool:
        """Whether signals leave now; while it is not they wait for some time."""

    @property
    def statistics(self) -> dict[str, int]:
        """Counters for diagnostics; they name nobody."""

    def online(self, user_id: int) -> bool | None:
        """Tell whether a user has an app that is there; None if unknown."""

    def ask_presence(self, user_id: int) -> None:
        """Ask a user's app to show when it is there; the app decides."""

    async def start(self) -> None:
        """Log in; raises AccountRefusedError."""

    async def change(self, config: AccountConfig) -> None:
        """Log in by other settings; calls go on."""

    def configure(self, options: AccountOptions) -> None:
        """Follow changed options from the next call on."""

    def join(self, exchange: Exchange, callees: FindCallees) -> Dialect:
        """Carry the calls of an exchange from now on."""

    def leave(self) -> None:
        """End all sessions and carry no calls any more; safe to repeat."""

    async def close(self) -> None:
        """Log out and release everything; safe to repeat."""


class LineFactory(Protocol):
    """Makes the line of an account."""

    def __call__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        config: AccountConfig,
        options: AccountOptions,
        listener: LineListener,
    ) -> Line:
        """Make a line that does nothing before its start."""
