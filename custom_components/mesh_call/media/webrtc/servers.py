"""STUN and TURN servers, as settings name them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class IceServer:
    """A STUN or TURN server, with what it takes to log in."""

    urls: tuple[str, ...]
    username: str | None = None
    credential: str | None = None
