"""Cameras that speak RTSP: picture and sound as they come, packet by packet."""

from collections.abc import Callable
from typing import override

from ..rtsp.address import resolve_address
from ..rtsp.reader import CameraTracks, RtspReader
from ..source import SourceWay
from .addressed import AddressedWay


class RtspWay(AddressedWay[CameraTracks]):
    """Reads an RTSP camera."""

    kind = SourceWay.RTSP

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        url = await resolve_address(self._address)
        reader = RtspReader(url, self._tracks, verify_ssl=self._verify_ssl)
        await reader.run(on_ready)

    @override
    async def close(self) -> None:
        await self._tracks.close()

    @override
    def _make_tracks(self) -> CameraTracks:
        return CameraTracks()
