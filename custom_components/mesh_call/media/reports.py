"""Where the ends of connections in Home Assistant report to, and ask for the way."""

from collections.abc import Callable
from typing import Protocol

from ..calls.model import Candidate, Connection, ConnectionState, Description
from .webrtc.ice import IceConfiguration


class CallReports(Protocol):
    """What an end in Home Assistant needs of the exchange: where it reports to."""

    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        """Take the description of one end; raises CallError."""

    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        """Take a candidate of one end; raises CallError."""

    def report_state(
        self, connection_id: str, party_id: str, state: ConnectionState
    ) -> None:
        """Take the state of a connection."""

    def report_media(self, connection_id: str, party_id: str) -> None:
        """Take note that the other end's picture or sound arrives."""


type ConfigureIce = Callable[[Connection], IceConfiguration]
"""Says how a connection may find its way; asked each time one opens."""
