"""The cameras in use: one reader each, whatever number of stations show it."""

import asyncio
from collections.abc import Callable
from typing import Final

from ..const import LOGGER
from ..media.camera import Camera
from ..media.sinks.camera_speaker import CameraSpeaker
from ..media.sources.camera import CameraWay
from ..media.sources.reconnecting import ReconnectingSource
from .config import SourceConfig

IMAGE_TIMEOUT: Final = 5

type MakeCamera = Callable[[SourceConfig], Camera]


class CameraDevice:
    """A camera with what reads it and what speaks through it."""

    def __init__(
        self, camera: Camera, small: Camera | None, *, verify_ssl: bool
    ) -> None:
        """Make everything ready; nothing is asked or sent.

        Args:
            camera: that is read.
            small: the same picture smaller, if there is one.
            verify_ssl: whether its certificate must be trusted.
        """
        self._camera = camera
        self._verify_ssl = verify_ssl
        self._way = CameraWay(camera, verify_ssl=verify_ssl)
        self.source = ReconnectingSource(self._way)
        self.small: ReconnectingSource | None = None
        if small is not None:
            way = CameraWay(small, verify_ssl=verify_ssl)
            self.small = ReconnectingSource(way)
        self.users = 0

    def speaker(self) -> CameraSpeaker:
        """Make its speaker, for one use."""
        return CameraSpeaker(
            self._camera, self._way, self.source, verify_ssl=self._verify_ssl
        )

    async def image(self) -> bytes | None:
        """Ask the camera for a picture, None if it gives none in time."""
        if not self._camera.gives_images:
            return None
        try:
            async with asyncio.timeout(IMAGE_TIMEOUT):
                return await self._camera.image()
        except Exception as error:  # noqa: BLE001  # it may be any integration's
            LOGGER.debug("A camera gave no picture: %s", type(error).__name__)
            return None

    async def close(self) -> None:
        """Close it for good."""
        await self.source.close()
        if self.small is not None:
            await self.small.close()


class CameraPool:
    """Gives the same device to all who ask for the same camera."""

    def __init__(self, make_camera: MakeCamera) -> None:
        """Begin with none."""
        self._make_camera = make_camera
        self._devices: dict[tuple[object, ...], CameraDevice] = {}

    def take(self, config: SourceConfig) -> CameraDevice:
        """Give a camera's device, to be given back."""
        key = (config.origin, config.sub_stream_url, config.verify_ssl)
        device = self._devices.get(key)
        if device is None:
            device = self._devices[key] = self._make(config)
        device.users += 1
        return device

    async def give_back(self, device: CameraDevice) -> None:
        """Close a device when nobody has it any more."""
        device.users -= 1
        if device.users:
            return
        for key, known in tuple(self._devices.items()):
            if known is device:
                del self._devices[key]
        await device.close()

    def _make(self, config: SourceConfig) -> CameraDevice:
        sub_stream = config.sub_stream
        small = self._make_camera(sub_stream) if sub_stream else None
        camera = self._make_camera(config)
        return CameraDevice(camera, small, verify_ssl=config.verify_ssl)
