"""The media engine of one station, made from its settings.

With `recording_media.py` it is what the front imports the engine by. That takes a
while, so both are themselves imported in the executor, when there is a home.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from ..calls.devices import SCREEN
from ..calls.errors import CallError
from ..calls.exchange import Exchange
from ..calls.model import Connection
from ..const import SCREEN_PREFIX, STATION_PREFIX
from ..ice import IceServer as BrowserIceServer, ice_server
from ..media import engine_room
from ..media.duplex import EchoGate
from ..media.ends import Ends
from ..media.loudspeaker import SpeakerFactory
from ..media.source import SourceError
from ..media.sources.echo_free import EchoFreeSource
from ..media.sources.shared_picture import SharedPicture
from ..media.station import StationMedia
from ..media.thumbnail import Thumbnails
from ..media.viewing.remote_view import FindStation, RemoteView
from ..media.webrtc.ice import IceConfiguration
from .camera_pool import CameraDevice, CameraPool
from .config import Duplex, EchoConfig, SourceConfig
from .player_speaker import PlayerFactory

type IceServers = Callable[[Connection], list[BrowserIceServer]]

type MakePlayer = Callable[[str], SpeakerFactory]
"""Makes what speaks through a media player entity."""

type FindSource = Callable[[str], SourceConfig]
"""Says what a user means; raises CallError."""

SWITCH_TIMEOUT = 12.0
"""Seconds another camera gets to work; until then the present one is shown."""


__all__ = ["CameraPool", "PlayerFactory", "StationEquipment"]


@dataclass(frozen=True, slots=True)
class Shared:
    """What is shown in a call in place of the camera."""

    call_id: str
    device: CameraDevice
    has_sound: bool
    """Whether it is heard, too: a film is, another camera isn't."""


class StationEquipment:
    """A station's media port with the camera and the speaker behind it.

    `remote` is what those see who watch a call at the station.
    """

    def __init__(
        self,
        pool: CameraPool,
        party_id: str,
        exchange: Exchange,
        find_source: FindSource,
        find_station: FindStation,
        ice_servers: IceServers,
        config: SourceConfig,
        make_player: MakePlayer,
    ) -> None:
        """Make everything ready; nothing connects before there is a call."""
        self._pool = pool
        self._party_id = party_id
        self._exchange = exchange
        self._find_source = find_source
        self._ice_servers = ice_servers
        self._own = self._take(config)
        self._gate = EchoGate()
        self._use(self._take(config))
        self._shared: Shared | None = None
        self._thumbnails = Thumbnails()
        self._config = config
        self._make_player = make_player
        self.used: str | None = None
        """What it was switched to, None for its own camera."""

        self.used_speaker: str | None = None
        """What it was switched to, None for its own speakers."""

        self.port = StationMedia(
            party_id,
            exchange,
            source=self._heard,
            small=self._small,
            speakers=self._speakers(),
            configure_ice=self._ice_configuration,
            devices=self,
            receives=_sends_by_links,
            fills=_is_contact,
            played=self._gate.played,
        )
        self.remote = RemoteView(
            party_id, self.port, exchange, find_station, self._ice_configuration
        )

    async def reconfigure(self, config: SourceConfig) -> None:
        """Take another camera or speaker; calls go on with it."""
        old = (self._own, self._camera)
        self._own = self._take(config)
        self._use(self._take(config))
        self._config = config
        self.used = self.used_speaker = None
        self._show()
        self.port.set_speakers(self._speakers())
        for device in old:
            await self._give_back(device)

    def prevent_echo(self, config: EchoConfig) -> None:
        """Let the microphone be silent, or no longer, while the speakers play."""
        self._gate.half_duplex = config.duplex is Duplex.HALF
        self._gate.delay = config.speaker_delay

    async def close(self) -> None:
        """Release everything."""
        await self.remote.shut_down()
        self._thumbnails.close()
        await self.port.shut_down()
        if self._shared is not None:
            await self.stop_sharing(self._shared.call_id)
        for device in (self._own, self._camera):
            await self._give_back(device)

    async def thumbnail(self) -> bytes | None:
        """Give the last picture as JPEG, None if there is none."""
        if self._camera is None:
            return None
        stream = self._camera.source.streams.video
        if picture := await self._thumbnails.of_stream(stream):
            return picture
        if image := await self._camera.image():
            return await self._thumbnails.of_image(image)
        return None

    async def no_picture(self) -> bytes:
        """Give a black picture as JPEG."""
        return await self._thumbnails.empty()

    async def switch_camera(self, device: str) -> None:
        """Use another camera as soon as it works; raises CallError."""
        config = self._find_source(device)
        camera = self._pool.take(config)
        if not await self._works(camera):
            raise CallError("picture_does_not_come", source=device)
        old = self._camera
        self._use(camera)
        self.used = device
        self._show()
        await self._give_back(old)

    async def switch_speaker(self, device: str) -> None:
        """Speak through a media player only, or through its own speakers again."""
        self.used_speaker = None if device == self._party_id else device
        self.port.set_speakers(self._speakers())

    async def share(self, call_id: str, source: str | None) -> None:
        """Show something else as soon as it works, or the camera again."""
        if source is None:
            self._exchange.report_sharing(call_id, self._party_id, on=False)
            await self.stop_sharing(call_id)
            return
        if source == SCREEN or self._heard is None:
            raise CallError("cannot_share")
        config = self._find_source(source)
        device = self._pool.take(config)
        if not await self._works(device):
            raise CallError("picture_does_not_come", source=source)
        old = self._shared
        self._shared = Shared(call_id, device, has_sound=config.media is not None)
        self._show()
        if old is not None:
            await self._pool.give_back(old.device)
        try:
            self._exchange.report_sharing(call_id, self._party_id, on=True)
        except CallError:
            await self.stop_sharing(call_id)
            raise

    async def stop_sharing(self, call_id: str) -> None:
        """Show the camera again, if something else is shown in this call."""
        shared = self._shared
        if shared is None or shared.call_id != call_id:
            return
        self._shared = None
        self._show()
        await self._pool.give_back(shared.device)

    def _take(self, config: SourceConfig) -> CameraDevice | None:
        """Take a camera of the pool; None for a station that is a speaker only."""
        return self._pool.take(config) if config.origin is not None else None

    async def _give_back(self, device: CameraDevice | None) -> None:
        if device is not None:
            await self._pool.give_back(device)

    def _use(self, camera: CameraDevice | None) -> None:
        """Have another camera, not shown yet."""
        self._camera = camera
        self._small = camera.small if camera else None
        self._heard = EchoFreeSource(camera.source, self._gate) if camera else None

    def _show(self) -> None:
        """Send what is to be seen now."""
        shared = self._shared
        if shared is None or self._heard is None:
            self.port.set_source(self._heard, self._small)
            return
        picture = shared.device.source
        self.port.set_source(
            SharedPicture(picture, self._heard, own_sound=shared.has_sound)
        )

    async def _works(self, device: CameraDevice) -> bool:
        """Wait until a device can be shown; one that does not work is given back."""
        release = device.source.acquire()
        works = False
        try:
            await device.source.ready(SWITCH_TIMEOUT)
            works = True
        except SourceError:
            pass
        finally:
            # It lingers for some seconds, until it is used.
            release()
            if not works:
                await self._pool.give_back(device)
        return works

    def _speakers(self) -> list[SpeakerFactory]:
        if self.used_speaker is not None:
            return [self._make_player(self.used_speaker)]
        speakers: list[SpeakerFactory] = []
        if self._config.talk_back and self._own is not None:
            speakers.append(self._own.speaker)
        if self._config.speaker is not None:
            speakers.append(self._make_player(self._config.speaker))
        return speakers

    def _ice_configuration(self, connection: Connection) -> IceConfiguration:
        return ice_configuration(self._ice_servers, connection)


def make_bridge(exchange: Exchange, ice_servers: IceServers) -> Ends | None:
    """Return what bridges where no station does.

    None without the engine room, by which alone packets can be passed on.
    """
    if not engine_room.available:
        return None
    return Ends(exchange, partial(ice_configuration, ice_servers))


def _sends_by_links(party_id: str) -> bool:
    """Whether what a party sends is had by links only; a station's source is here."""
    return not party_id.startswith(STATION_PREFIX)


def _is_contact(party_id: str) -> bool:
    return not party_id.startswith((SCREEN_PREFIX, STATION_PREFIX))


def ice_configuration(
    ice_servers: IceServers, connection: Connection
) -> IceConfiguration:
    """Return how a connection that ends here may find its way."""
    servers = tuple(ice_server(one) for one in ice_servers(connection))
    return IceConfiguration(servers, relay_only=connection.relay)
