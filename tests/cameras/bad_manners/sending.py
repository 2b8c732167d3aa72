"""What the camera sees and hears, on the wire."""

import asyncio
import socket

from ..content import PICTURE_RATE
from .manners import Manners
from .program import Sound

GARBAGE = b"\x00\x17$\xff\xff\xffABCDEFGHIJK\r\n\x80\x60$\x09"

_EPOCH = 3_900_000_000
FIRST_STAMP = 0xFFFFFF00
"""Of the picture: it wraps right after the start."""

_STEP = 90_000 // PICTURE_RATE


class Sender:
    """Sends packets on the channels, or from the sockets, of one session.

    Args:
        picture: its channel or port, None where it is not wanted.
        sound: likewise.
    """

    def __init__(
        self,
        manners: Manners,
        picture: int | None,
        sound: int | None,
        writer: asyncio.StreamWriter,
        sockets: list[socket.socket],
    ) -> None:
        self._manners = manners
        self._writer = writer
        self._sockets = sockets
        self._overtaken: tuple[int, bytes] | None = None
        self._picture, self._sound = picture, sound
        self._sequences = {0: 65_530, 1: 10}
        self._sent = 0
        self._sounds = 0

    def send_picture(self, number: int, payloads: list[bytes]) -> None:
        """Send the picture of this number."""
        if self._picture is None or not self._manners.sends_picture:
            return
        stamp = self._timestamp(number)
        *first, last = payloads
        for payload in first:
            self._send(self._picture, 0, 96, stamp, payload)
        self._send(self._picture, 0, 96, stamp, last, marker=True)
        if self._manners.sends_garbage and number % 5 == 0:
            self._writer.write(GARBAGE)

    def send_sound(self, number: int, sound: Sound | None) -> None:
        """Send what is heard until the picture of this number."""
        if self._sound is None or sound is None:
            return
        while self._sounds * sound.step * PICTURE_RATE <= number * sound.rate:
            payload = sound.payloads[self._sounds % len(sound.payloads)]
            stamp = self._sounds * sound.step
            marker = sound.payload_type == 97
            kind = sound.payload_type
            self._send(self._sound, 1, kind, stamp, payload, marker=marker)
            self._sounds += 1

    def send_reports(self, number: int, sound: Sound | None) -> None:
        """Tell the time of both (RFC 3550, 6.4.1)."""
        rate = sound.rate if sound else 8_000
        for channel, stamp in (
            (self._picture, FIRST_STAMP + number * _STEP),
            (self._sound, number * rate // PICTURE_RATE),
        ):
            if channel is not None:
                seconds, rest = divmod(number, PICTURE_RATE)
                fraction = rest * (2**32 // PICTURE_RATE)
                words = (7, _EPOCH + seconds, fraction, stamp & 0xFFFFFFFF, 0, 0)
                body = b"".join(word.to_bytes(4) for word in words)
                self._write(channel + 1, b"\x80\xc8\x00\x06" + body)

    def _timestamp(self, number: int) -> int:
        match self._manners.timestamps:
            case "constant":
                return 1_000
            case "backward":
                return 1_000_000 - number * _STEP
            case "wild":
                return number * _STEP + (number // 10) * 0x3000_0000
        return (FIRST_STAMP + number * _STEP) & 0xFFFFFFFF

    def _send(
        self,
        channel: int,
        track: int,
        payload_type: int,
        timestamp: int,
        payload: bytes,
        *,
        marker: bool = False,
    ) -> None:
        sequence = self._sequences[track]
        self._sequences[track] = (sequence + 1) & 0xFFFF
        self._sent += track == 0
        if track == 0 and self._sent - 1 in self._manners.loses:
            return
        header = bytes((0x80, payload_type | marker << 7)) + sequence.to_bytes(2)
        header += (timestamp & 0xFFFFFFFF).to_bytes(4) + (7 + track).to_bytes(4)
        self._write(channel, header + payload)

    def _write(self, channel: int, data: bytes) -> None:
        if self._sockets:
            self._write_datagram(channel, data)
            return
        self._writer.write(b"$" + bytes((channel,)) + len(data).to_bytes(2) + data)

    def _write_datagram(self, port: int, data: bytes) -> None:
        overtaken, self._overtaken = self._overtaken, None
        if overtaken is None and data[3] % 10 == 0:
            self._overtaken = (port, data)
            return
        for number, content in filter(None, ((port, data), overtaken)):
            self._sockets[0].sendto(content, ("127.0.0.1", number))
