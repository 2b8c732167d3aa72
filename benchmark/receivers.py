"""Receives from every forwarder in the same way: a program of its own.

Requests: `answer` (`id`, `sdp`, `decode`) gives `sdp`; `reset` starts counting;
`report` gives what each receiver saw since then; `close` (`id`).
"""

import asyncio
from dataclasses import dataclass, field
from functools import partial
import re
from typing import Any

from aiortc import (
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCSessionDescription,
)
from aiortc.rtp import RtpPacket
import av
import numpy as np

from . import aiortc_setup, lines
from .h264_mark import PictureMarks
from .pictures import read_number

_RETRANSMISSION = re.compile(r"^a=rtpmap:(\d+) rtx/", re.MULTILINE)
_PROFILE = re.compile(r"profile-level-id=[0-9a-fA-F]{6}")
_OTHER_FINGERPRINT = re.compile(
    r"^a=fingerprint:sha-(?!256).*\r?\n", re.MULTILINE | re.IGNORECASE
)
_TCP_CANDIDATE = re.compile(
    r"^a=candidate:\S+ \d+ tcp .*\r?\n", re.MULTILINE | re.IGNORECASE
)


@dataclass(slots=True)
class Counter:
    """Counts the packets of one source."""

    highest: int = -1
    first: int = -1
    received: int = 0

    def take(self, sequence: int) -> None:
        """Count a packet."""
        if self.highest < 0:
            self.first = self.highest = sequence
        self.received += 1
        step = (sequence - self.highest + 0x8000) % 0x10000 - 0x8000
        self.highest = max(self.highest, self.highest + step)

    @property
    def missing(self) -> int:
        """How many did not come."""
        return max(0, self.highest - self.first + 1 - self.received)


@dataclass(slots=True)
class Seen:
    """What a receiver saw since it was last asked."""

    counters: dict[int, Counter] = field(default_factory=dict)
    marks: list[tuple[int, int]] = field(default_factory=list)
    """Checksum of a picture and when its last packet came."""

    numbers: list[tuple[int, int]] = field(default_factory=list)
    """Number in a decoded picture and when its last packet came."""

    def report(self) -> dict[str, Any]:
        """Give it in plain types."""
        return {
            "packets": sum(counter.received for counter in self.counters.values()),
            "missing": sum(counter.missing for counter in self.counters.values()),
            "sources": len(self.counters),
            "marks": self.marks,
            "numbers": self.numbers,
        }


class NumberReader:
    """Decodes pictures only to read their numbers."""

    def __init__(self) -> None:
        """Start before a key frame."""
        self._decoder = av.CodecContext.create("h264", "r")
        self._decoder.thread_count = 1
        self._data = bytearray()

    def feed(self, payload: bytes, marker: bool) -> list[int]:
        """Take a payload; gives the numbers of pictures that are complete."""
        kind = payload[0] & 0x1F
        if kind == 28:
            if payload[1] & 0x80:
                header = payload[0] & 0xE0 | payload[1] & 0x1F
                self._data += b"\0\0\0\1" + bytes((header,))
            self._data += payload[2:]
        elif kind == 24:
            position = 1
            while position + 2 < len(payload):
                size = int.from_bytes(payload[position : position + 2])
                start = position + 2
                self._data += b"\0\0\0\1" + payload[start : start + size]
                position = start + size
        else:
            self._data += b"\0\0\0\1" + payload
        if not marker:
            return []
        data, self._data = bytes(self._data), bytearray()
        return self._decode(data)

    def _decode(self, data: bytes) -> list[int]:
        try:
            frames = self._decoder.decode(av.Packet(data))
        except av.FFmpegError:
            # Before the first key frame nothing can be decoded.
            return []
        return [read_number(_luma(frame)) for frame in frames]


def _luma(frame: av.VideoFrame) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    plane = frame.planes[0]
    rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
    return rows[: frame.height, : frame.width]


class Receiver:
    """One peer that takes what comes and decodes nothing."""

    def __init__(self, *, decode: bool) -> None:
        """Prepare; `decode` reads the numbers in the pictures after all."""
        self._connection = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._marks = PictureMarks()
        self._numbers = NumberReader() if decode else None
        self._retransmissions: set[int] = set()
        self.seen = Seen()

    async def answer(self, offer: str) -> str:
        """Answer a forwarder's offer."""
        description = RTCSessionDescription(_acceptable(offer), "offer")
        await self._connection.setRemoteDescription(description)
        for receiver in self._connection.getReceivers():
            self._watch(receiver)
        await self._connection.setLocalDescription()
        answer: str = self._connection.localDescription.sdp
        self._retransmissions = set(map(int, _RETRANSMISSION.findall(answer)))
        # Others expect one fingerprint and take the last, or none, of several.
        return _OTHER_FINGERPRINT.sub("", answer)

    async def close(self) -> None:
        """End the connection."""
        await self._connection.close()

    def _watch(self, receiver: RTCRtpReceiver) -> None:
        handle = receiver._handle_rtp_packet  # noqa: SLF001
        receiver._handle_rtp_packet = partial(  # type: ignore[method-assign]  # noqa: SLF001
            self._take, handle, receiver.track.kind == "video"
        )

    async def _take(
        self, handle: Any, video: bool, packet: RtpPacket, arrival_time_ms: int
    ) -> None:
        key = packet.ssrc, packet.sequence_number
        arrival = aiortc_setup.arrivals.pop(key, None)
        if arrival is not None and packet.payload_type not in self._retransmissions:
            counter = self.seen.counters.setdefault(packet.ssrc, Counter())
            counter.take(packet.sequence_number)
            if video and packet.payload:
                self._look(packet.payload, bool(packet.marker), arrival)
        await handle(packet, arrival_time_ms)

    def _look(self, payload: bytes, marker: bool, arrival: int) -> None:
        mark = self._marks.feed(payload, marker)
        if mark is not None:
            self.seen.marks.append((mark, arrival))
        if self._numbers is not None:
            numbers = self._numbers.feed(payload, marker)
            self.seen.numbers += [(number, arrival) for number in numbers]


def _acceptable(offer: str) -> str:
    """Make an offer fit for aiortc, which knows one profile and no ICE by TCP.

    Its DTLS client takes no RSA certificate, so the forwarder is the client.
    """
    offer = _PROFILE.sub("profile-level-id=42e01f", offer)
    return _TCP_CANDIDATE.sub("", offer).replace("a=setup:actpass", "a=setup:active")


class Receivers:
    """All of them, by id."""

    def __init__(self) -> None:
        """Start with none."""
        self._receivers: dict[str, Receiver] = {}

    async def handle(self, request: dict[str, Any]) -> Any:
        """Do what a line asks for."""
        match request:
            case {"do": "answer", "id": name, "sdp": offer, "decode": decode}:
                self._receivers[name] = Receiver(decode=decode)
                return {"sdp": await self._receivers[name].answer(offer)}
            case {"do": "reset"}:
                self._reset()
            case {"do": "report"}:
                return {k: r.seen.report() for k, r in self._receivers.items()}
            case {"do": "close", "id": name}:
                # One that never got as far as an offer is not among them.
                if receiver := self._receivers.pop(name, None):
                    await receiver.close()
        return {}

    def _reset(self) -> None:
        for receiver in self._receivers.values():
            receiver.seen = Seen()


def main() -> None:
    """Serve until standard input ends."""
    aiortc_setup.stay_on_loopback()
    aiortc_setup.use_one_cipher()
    aiortc_setup.decode_nothing()
    aiortc_setup.lose_nothing()
    aiortc_setup.note_arrivals()
    asyncio.run(lines.serve(Receivers().handle))


if __name__ == "__main__":
    main()
