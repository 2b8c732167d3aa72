"""The media engine of one station, made from its settings.

With `recording_media.py` it is what the front imports the engine by. That takes a
while, so both are themselves imported in the executor, when there is a home.
"""

from collections.abc import Awaitable, Callable

from .calls.exchange import Exchange
from .calls.model import Connection
from .ice import IceServer as BrowserIceServer
from .media.sinks.back_channel import BackChannel
from .media.sources.reconnecting import ReconnectingSource
from .media.sources.rtsp import RtspWay
from .media.station import StationMedia
from .media.webrtc.ice import IceConfiguration, IceServer
from .station_config import SourceConfig

type Address = Callable[[], Awaitable[str]]
type IceServers = Callable[[Connection], list[BrowserIceServer]]


class StationEquipment:
    """A station's media port with the camera and the speaker behind it."""

    def __init__(
        self,
        party_id: str,
        exchange: Exchange,
        address: Address,
        ice_servers: IceServers,
        config: SourceConfig,
    ) -> None:
        """Make everything ready; nothing connects before there is a call."""
        self._address = address
        self._ice_servers = ice_servers
        self._source = self._make_source(config)
        self.port = StationMedia(
            party_id,
            exchange,
            source=self._source,
            speaker=self._make_speaker(config),
            configure_ice=self._ice_configuration,
        )

    async def reconfigure(self, config: SourceConfig) -> None:
        """Take another camera or speaker; calls go on with it."""
        old, self._source = self._source, self._make_source(config)
        self.port.set_source(self._source)
        self.port.set_speaker(self._make_speaker(config))
        await old.close()

    async def close(self) -> None:
        """Release everything."""
        await self.port.shut_down()
        await self._source.close()

    def _make_source(self, config: SourceConfig) -> ReconnectingSource:
        return ReconnectingSource(RtspWay(self._address, verify_ssl=config.verify_ssl))

    def _make_speaker(self, config: SourceConfig) -> Callable[[], BackChannel] | None:
        if not config.talk_back:
            return None
        return lambda: BackChannel(self._address, verify_ssl=config.verify_ssl)

    def _ice_configuration(self, connection: Connection) -> IceConfiguration:
        return ice_configuration(self._ice_servers, connection)


def ice_configuration(
    ice_servers: IceServers, connection: Connection
) -> IceConfiguration:
    """Return how a connection that ends here may find its way."""
    servers = tuple(_server(one) for one in ice_servers(connection))
    return IceConfiguration(servers, relay_only=connection.relay)


def _server(server: BrowserIceServer) -> IceServer:
    urls = server["urls"]
    return IceServer(
        (urls,) if isinstance(urls, str) else tuple(urls),
        server.get("username"),
        server.get("credential"),
    )
