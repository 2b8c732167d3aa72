"""Cameras that speak RTSP: picture and sound as they come, packet by packet."""

from collections.abc import Callable
from typing import override

from ..rtsp.address import resolve_address
from ..rtsp.reader import CameraTracks, RtspReader
from ..rtsp.talk import Talk
from ..source import SourceError, SourceWay
from .addressed import AddressedWay


class RtspWay(AddressedWay[CameraTracks]):
    """Reads an RTSP camera."""

    kind = SourceWay.RTSP
    _talk: Talk | None = None
    _reader: RtspReader | None = None

    @override
    async def session(self, on_ready: Callable[[], None]) -> None:
        while True:
            url = await resolve_address(self._address)
            if self._talk is not None and self._talk.lost.is_set():
                self._talk = None
            talk = self._talk
            self._reader = RtspReader(
                url, self._tracks, verify_ssl=self._verify_ssl, talk=talk
            )
            try:
                await self._reader.run(on_ready)
            except SourceError:
                if talk is None or talk.track.done():
                    raise
                # The picture comes first.
                talk.settle(None)
                self._talk = None
            finally:
                self._reader = None

    @property
    def is_talked_to(self) -> bool:
        """Whether somebody speaks, or wants to, in the session that reads."""
        return self._talk is not None

    def talk(self, talk: Talk | None) -> None:
        """Speak to the camera in a session that is made anew, or no longer."""
        self._talk = talk
        if self._reader is not None:
            self._reader.renew(talk)

    @override
    async def close(self) -> None:
        await self._tracks.close()

    @override
    def _make_tracks(self) -> CameraTracks:
        return CameraTracks()
