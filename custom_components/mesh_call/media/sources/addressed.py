"""Ways to a stream whose address is asked for at every connect."""

from abc import ABC, abstractmethod
from typing import Protocol, override

from ..rtsp.address import AddressProvider
from ..source import SourceStreams
from .way import Way


class Tracks(Protocol):
    """What sessions fill, one after the other."""

    @property
    def streams(self) -> SourceStreams:
        """What is played."""


class AddressedWay[T: Tracks](Way, ABC):
    """Reads what is at an address.

    Args:
        address: gives the URL, asked for each session; it may raise, hang or give
            None.
        verify_ssl: whether a certificate must be trusted.
    """

    passed_over = ()

    def __init__(self, address: AddressProvider, *, verify_ssl: bool = True) -> None:
        self._address = address
        self._verify_ssl = verify_ssl
        self._tracks = self._make_tracks()

    @property
    @override
    def streams(self) -> SourceStreams:
        return self._tracks.streams

    @abstractmethod
    def _make_tracks(self) -> T:
        """Make what outlives the sessions."""
