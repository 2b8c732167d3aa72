"""Pictures, put together from the payloads of RTP packets."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ..stream import Packet


@dataclass(frozen=True, slots=True)
class PictureFormat:
    """What can't change within a file; `codec` is libav's name, sizes in pixels."""

    codec: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Picture:
    """One encoded picture with its stream's time stamp.

    `format` comes with key frames only, where a file can start.
    """

    data: bytes
    timestamp: int
    format: PictureFormat | None


class PictureAssembler(ABC):
    """Collects what has the same time stamp: some cameras send it in parts.

    A picture of which something is missing is left out with all that follow it, up
    to the next key frame.
    """

    def __init__(self) -> None:
        """Wait for a key frame."""
        self._timestamp = 0
        self._payloads: list[bytes] = []
        self._key_frame = False
        self._waiting = True

    def feed(self, packets: Iterable[Packet]) -> Iterator[Picture]:
        """Take packets; gives the pictures in front of those that begin another."""
        for packet in packets:
            if packet.timestamp != self._timestamp:
                if finished := self.finish():
                    yield finished
                self._timestamp = packet.timestamp
            self._payloads.append(packet.payload)
            if packet.key_frame:
                self._key_frame = True

    def finish(self) -> Picture | None:
        """Give the present picture: nothing more of it will come."""
        payloads, key_frame = self._payloads, self._key_frame
        self._payloads, self._key_frame = [], False
        if not payloads:
            return None
        data = self._join(payloads)
        if data is None:
            self._waiting = True
            return None
        form = self._read_format(data, key_frame)
        if self._waiting and form is None:
            return None
        self._waiting = False
        return Picture(data, self._timestamp, form)

    def lose(self) -> None:
        """Note that packets were left out here."""
        self._payloads, self._key_frame = [], False
        self._waiting = True

    @abstractmethod
    def _join(self, payloads: Sequence[bytes]) -> bytes | None:
        """Make a picture of its payloads, None if some are missing."""

    @abstractmethod
    def _read_format(self, data: bytes, key_frame: bool) -> PictureFormat | None:
        """Give the format of a key frame, None for any other picture."""
