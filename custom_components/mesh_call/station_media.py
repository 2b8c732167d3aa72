"""The media engine of one station, made from its settings.

With `recording_media.py` it is what the front imports the engine by. That takes a
while, so both are themselves imported in the executor, when there is a home.
"""

from collections.abc import Callable

from .calls.exchange import Exchange
from .calls.model import Connection
from .const import SCREEN_PREFIX, STATION_PREFIX
from .ice import IceServer as BrowserIceServer, ice_server
from .media.camera import Camera
from .media.loudspeaker import SpeakerFactory
from .media.sinks.camera_speaker import CameraSpeaker
from .media.sources.camera import CameraWay
from .media.sources.reconnecting import ReconnectingSource
from .media.station import StationMedia
from .media.webrtc.ice import IceConfiguration
from .station_config import SourceConfig

type MakeCamera = Callable[[SourceConfig], Camera]
type IceServers = Callable[[Connection], list[BrowserIceServer]]


class StationEquipment:
    """A station's media port with the camera and the speaker behind it."""

    def __init__(
        self,
        party_id: str,
        exchange: Exchange,
        make_camera: MakeCamera,
        ice_servers: IceServers,
        config: SourceConfig,
    ) -> None:
        """Make everything ready; nothing connects before there is a call."""
        self._make_camera = make_camera
        self._ice_servers = ice_servers
        self._device = self._make_device(config)
        self._small = self._make_small(config)
        self.port = StationMedia(
            party_id,
            exchange,
            source=self._device.source,
            small=self._small,
            speaker=self._speaker(config),
            configure_ice=self._ice_configuration,
            receives=_is_contact,
        )

    async def reconfigure(self, config: SourceConfig) -> None:
        """Take another camera or speaker; calls go on with it."""
        old, self._device = self._device, self._make_device(config)
        old_small, self._small = self._small, self._make_small(config)
        self.port.set_source(self._device.source, self._small)
        self.port.set_speaker(self._speaker(config))
        await old.source.close()
        if old_small is not None:
            await old_small.close()

    async def close(self) -> None:
        """Release everything."""
        await self.port.shut_down()
        await self._device.source.close()
        if self._small is not None:
            await self._small.close()

    def _make_device(self, config: SourceConfig) -> CameraDevice:
        return CameraDevice(self._make_camera(config), verify_ssl=config.verify_ssl)

    def _make_small(self, config: SourceConfig) -> ReconnectingSource | None:
        sub_stream = config.sub_stream
        return self._make_device(sub_stream).source if sub_stream else None

    def _speaker(self, config: SourceConfig) -> SpeakerFactory | None:
        return self._device.speaker if config.talk_back else None

    def _ice_configuration(self, connection: Connection) -> IceConfiguration:
        return ice_configuration(self._ice_servers, connection)


class CameraDevice:
    """A camera with what reads it and what speaks through it."""

    def __init__(self, camera: Camera, *, verify_ssl: bool) -> None:
        """Make everything ready; nothing is asked or sent."""
        self._camera = camera
        self._verify_ssl = verify_ssl
        self._way = CameraWay(camera, verify_ssl=verify_ssl)
        self.source = ReconnectingSource(self._way)

    def speaker(self) -> CameraSpeaker:
        """Make its speaker, for one use."""
        return CameraSpeaker(
            self._camera, self._way, self.source, verify_ssl=self._verify_ssl
        )


def _is_contact(party_id: str) -> bool:
    return not party_id.startswith((SCREEN_PREFIX, STATION_PREFIX))


def ice_configuration(
    ice_servers: IceServers, connection: Connection
) -> IceConfiguration:
    """Return how a connection that ends here may find its way."""
    servers = tuple(ice_server(one) for one in ice_servers(connection))
    return IceConfiguration(servers, relay_only=connection.relay)
