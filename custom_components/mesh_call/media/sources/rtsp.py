"""Cameras that speak RTSP: picture and sound as they come, packet by packet."""

from collections.abc import Callable
from typing import override

from ..rtsp.address import AddressProvider, resolve_address
from ..rtsp.reader import CameraTracks, RtspReader
from ..source import SourceStreams, SourceWay
from .way import Way


class RtspWay(Way):
    """Reads an RTSP camera.

    Args:
        address: gives the URL, asked for each session; it may raise, hang or give
            None.
        verify_ssl: whether an rtsps camera's certificate must be trusted.
    """

    kind = SourceWay.RTSP
    passed_over = ()

    def __init__(self, address: AddressProvider, *, verify_ssl: bool = True) -> None:
        self._address = address
        self._verify_ssl = verify_ssl
        self._tracks = CameraTracks()

    @property
    @override
    def streams(self) -> SourceStreams:
        return self._tracks.streams

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        url = await resolve_address(self._address)
        reader = RtspReader(url, self._tracks, verify_ssl=self._verify_ssl)
        await reader.run(on_ready)

    @override
    async def close(self) -> None:
        await self._tracks.close()
