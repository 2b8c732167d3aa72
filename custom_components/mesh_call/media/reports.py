"""Where the ends of connections in Home Assistant report to, and ask for the way."""

from collections.abc import Callable
import logging
from typing import Protocol

from ..calls.errors import CallError
from ..calls.model import Candidate, Connection, ConnectionState, Description
from .webrtc.ice import IceConfiguration

_LOGGER = logging.getLogger(__name__)


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

    def report_silence(
        self, connection_id: str, party_id: str, *, silent: bool
    ) -> None:
        """Take note that the other end sends digital silence, or no longer."""


type ConfigureIce = Callable[[Connection], IceConfiguration]
"""Says how a connection may find its way; asked each time one opens."""


def find_way(
    connection: Connection, party_id: str, configure: ConfigureIce, reports: CallReports
) -> IceConfiguration | None:
    """Say how a connection finds its way; where it has none it has failed."""
    try:
        return configure(connection)
    except CallError as error:
        _LOGGER.debug("A connection has no way: %s", error.key)
        reports.report_state(connection.id, party_id, ConnectionState.FAILED)
        return None
