"""What two ends of the ConnectyCube SDK say to each other, free of its XML."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from ....calls.model import NO_EXTENSION, Candidate, Extension


class SignalType(StrEnum):
    """The values of `signalType`."""

    CALL = "call"
    ACCEPT = "accept"
    REJECT = "reject"
    HANG_UP = "hangUp"
    CANDIDATES = "iceCandidates"
    RESTART = "iceRestart"
    RESTART_ACCEPT = "iceRestartAccept"


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal of a session.

    `initiator` is the user id of whoever began the session, in signals of callees,
    too; `opponents` are all callees, without the initiator. Both and `video` are
    None or empty where a signal doesn't carry them (restarts).
    """

    type: SignalType
    session_id: str
    initiator: int | None = None
    opponents: tuple[int, ...] = ()
    video: bool | None = None
    sdp: str | None = None
    candidates: tuple[Candidate, ...] = ()
    extension: Extension = NO_EXTENSION


type Receiver = Callable[[int, Signal], None]
"""Takes a signal with its sender's user id, in the event loop."""


class Wire(Protocol):
    """The connection of an account as its dialect sees it."""

    @property
    def user_id(self) -> int:
        """The user id of the account itself."""

    @property
    def connected(self) -> bool:
        """Whether signals leave now; while it is not they wait, in order."""

    def send(self, user_id: int, signal: Signal) -> None:
        """Send a signal to all devices of a user.

        What can't be sent now leaves when the connection is back, if that is soon
        enough to mean anything.
        """
