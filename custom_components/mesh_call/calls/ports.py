"""The ways out of the exchange: signals by a channel, media and recordings by ports."""

from enum import StrEnum
from typing import Protocol

from .devices import DeviceKind
from .errors import CallError
from .model import (
    NO_EXTENSION,
    Call,
    Candidate,
    Connection,
    Description,
    EndReason,
    Extension,
)


class Offers(StrEnum):
    """Who of one of ours and a party of a channel offers."""

    EARLIER = "earlier"
    """Who joined earlier, or who is a station."""

    PARTY = "party"
    """The channel's party."""

    WITH_INVITATION = "with_invitation"
    """One of ours, and so early that the offer goes along with the invitation."""


class Channel(Protocol):
    """Carries signals to parties; one serves any number of them.

    What comes back from a party enters the exchange as its commands and signals.
    Defaults are for those who say that they are channels by deriving from this.
    """

    single_seat: bool = False
    """Whether its network knows no one of ours but the account they speak by.

    Then its parties are connected to one of ours in a call, or to the bridge.
    """

    def offers(self, call: Call, party_id: str) -> Offers:
        """Tell who offers, for an invited party and for one that just joined."""
        return Offers.EARLIER

    def meet(self, call: Call, one: str, other: str) -> bool:
        """Tell whether two of its parties in a call are connected without us."""
        return True

    def invite(self, call: Call, party_id: str) -> None:
        """Let the party ring; it confirms with `Exchange.ringing`."""

    def dismiss(
        self,
        call: Call,
        party_id: str,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        """Tell the party that the call is over for it, ringing or joined.

        The extension is what those sent who ended it.
        """


class ConnectionPort(Protocol):
    """Handles one end of connections.

    What happens at that end comes back by `Exchange.describe`, `candidate`,
    `report_state`, `report_media` and `report_silence`. Methods that wait raise
    CallError.
    """

    def open(self, connection: Connection, party_id: str) -> None:
        """Begin this end of a connection; the offerer describes it by itself."""

    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        """Take the other end's description; raises CallError if it makes no sense."""

    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        """Take one of the other end's candidates; raises CallError."""

    def close(self, connection_id: str, party_id: str) -> None:
        """End this end of a connection; safe to repeat."""

    def couple(self, call_id: str, one: str, other: str) -> None:
        """Pass on what two contacts with their seats here send to each other.

        Now and whenever they are connected afresh.

        Raises:
            CallError: `cannot_meet`, where nothing is bridged.
        """
        raise CallError("cannot_meet", party=one, other=other)

    def uncouple(self, call_id: str, one: str, other: str) -> None:
        """Pass on nothing between two contacts any more; safe to repeat."""
        raise CallError("cannot_meet", party=one, other=other)


class MediaPort(ConnectionPort, Protocol):
    """Handles one end of connections for the parties registered with it.

    State changes when a method that waits returns, never before.
    """

    async def join(self, call: Call, party_id: str) -> None:
        """Make the party ready to take part; raises CallError if it can't."""

    def leave(self, call_id: str, party_id: str) -> None:
        """Release all that the party held for this call; safe to repeat."""

    async def mute(
        self, call_id: str, party_id: str, *, audio: bool, video: bool
    ) -> None:
        """Send silence or black from now on, or no longer; raises CallError."""

    async def limit(self, call_id: str, party_id: str, max_bandwidth: int) -> None:
        """Cap the picture sent, in kbit/s, 0 for no cap; raises CallError."""

    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        """Use another camera, microphone or speaker from now on.

        What is muted stays muted. Raises CallError, `cannot_switch` where there is
        no choice.
        """

    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        """Show `source` in place of the camera, or with None the camera again.

        `SCREEN` is a screen, for which a person has to agree first; what else there
        is, an end knows. `Exchange.report_sharing` tells when it is so. Raises
        CallError, `cannot_share` where there is no such thing.
        """


class RecorderPort(ConnectionPort, Protocol):
    """Writes calls to disk: what stations send, and what its connections bring.

    Should a recording have to end by itself, `Exchange.recording_ended` is told.
    """

    async def start(self, call: Call) -> str:
        """Begin to record; return the folder. Raises CallError if it can't."""

    def follow(self, call: Call) -> None:
        """Take note who is in a call that is recorded, and who is muted."""

    async def stop(self, call_id: str, reason: str) -> None:
        """Complete all files of a recording; safe to repeat."""

    def refused(self, error: CallError) -> None:
        """Take note that a recording which nobody waits for could not begin."""
