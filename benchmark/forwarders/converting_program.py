"""Converts a camera once for all peers: a station whose receivers take fewer bits.

The offers and answers are those of `aiortc_program`.
"""

import asyncio
import sys
from typing import Any

from benchmark import aiortc_setup, lines
from custom_components.mesh_call.calls.model import (
    Candidate,
    Connection,
    ConnectionState,
    Description,
)
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration

MAX_BANDWIDTH = 1_700
"""kbit/s: less than the camera sends, enough for pictures of its size."""

_CALL, _STATION = "benchmark", "station"


class Offers:
    """Takes what a station tells of its connections."""

    def __init__(self) -> None:
        """Wait for offers."""
        self.waiting: dict[str, asyncio.Future[str]] = {}

    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        """Keep an offer."""
        self.waiting[connection_id].set_result(description.sdp)

    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        """All candidates are in the offer."""

    def report_state(
        self, connection_id: str, party_id: str, state: ConnectionState
    ) -> None:
        """Who receives knows what arrives."""

    def report_media(self, connection_id: str, party_id: str) -> None:
        """Nothing comes."""

    def report_silence(
        self, connection_id: str, party_id: str, *, silent: bool
    ) -> None:
        """Nothing comes."""


class Server:
    """One station for all peers."""

    def __init__(self, url: str) -> None:
        """Prepare; the camera is opened for the first peer."""

        async def tell() -> str:
            return url

        self._offers = Offers()
        self._station = StationMedia(
            _STATION,
            self._offers,
            source=ReconnectingSource(RtspWay(tell)),
            speakers=(),
            configure_ice=lambda connection: IceConfiguration(),
        )

    async def handle(self, request: dict[str, Any]) -> Any:
        """Give an offer or take an answer."""
        match request:
            case {"peer": peer, "answer": answer}:
                description = Description("answer", answer)
                await self._station.describe(str(peer), _STATION, description)
                return {}
            case {"peer": peer}:
                return {"offer": await self._offer(str(peer))}
        return {}

    async def _offer(self, peer: str) -> str:
        await self._station.limit(_CALL, _STATION, MAX_BANDWIDTH)
        offer = asyncio.get_running_loop().create_future()
        self._offers.waiting[peer] = offer
        connection = Connection(peer, _CALL, _STATION, peer, video=True, preview=False)
        self._station.open(connection, _STATION)
        return str(await offer)


async def main() -> None:
    """Serve until standard input ends."""
    aiortc_setup.stay_on_loopback()
    aiortc_setup.use_one_cipher()
    server = Server(sys.argv[1])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await lines.serve(server.handle)


if __name__ == "__main__":
    asyncio.run(main())
