"""What is set for an account."""

from collections.abc import Callable
from dataclasses import dataclass

from ....calls.model import RingMode


@dataclass(frozen=True, slots=True)
class Targets:
    """Whom a call of the account is for."""

    to: tuple[str, ...] = ()
    everyone: bool = False
    """Every screen of the home."""


def every_screen(party: str | None) -> Targets:
    """Let every screen ring, whomever the caller asks for."""
    return Targets(everyone=True)


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """The settings of an account; times are seconds."""

    account: str
    """Its config entry."""

    ring: Callable[[str | None], Targets] = every_screen
    """Tells who rings; the caller may have named one of them."""

    ring_mode: RingMode = RingMode.FIRST

    answer_timeout: float = 60.0
    disconnect_timeout: float = 30.0
    dialing_interval: float = 5.0
    relay: bool = False
    """Whether its calls go by relay servers only."""
