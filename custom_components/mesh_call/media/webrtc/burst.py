"""Datagrams that leave together: UDP segmentation offload (Linux, udp(7))."""

import asyncio
from collections.abc import Iterator, Sequence
import socket
import struct
import sys

MAX_SEGMENTS = 48
"""Datagrams in one call; the kernel takes 64, and 65,507 bytes in all."""

_UDP_SEGMENT = 103
_SEGMENT_SIZE = struct.Struct("=H")


class DatagramBurst:
    """Sends datagrams from one socket to one address, in order.

    Those of equal size go to the kernel in one call, which costs a quarter of one
    call for each. Where that can't be had they leave one by one.

    Args:
        transport: whose socket it is; one of a relay has none.
        address: where to.
    """

    def __init__(
        self, transport: asyncio.DatagramTransport, address: tuple[str, int]
    ) -> None:
        self._transport = transport
        self._address = address
        self._socket = _segmenting_socket(transport)

    def send(self, datagrams: Sequence[bytes]) -> None:
        """Send them, or queue what the kernel does not take now."""
        if self._socket is None or len(datagrams) == 1:
            self._send_singly(datagrams)
            return
        for run in _runs(datagrams):
            if len(run) == 1 or self._must_wait():
                self._send_singly(run)
            else:
                self._send_run(run)

    def _must_wait(self) -> bool:
        """Whether the transport holds back what has to leave first."""
        transport = self._transport
        return (
            isinstance(transport, asyncio.WriteTransport)
            and transport.get_write_buffer_size() > 0
        )

    def _send_singly(self, datagrams: Sequence[bytes]) -> None:
        for datagram in datagrams:
            self._transport.sendto(datagram, self._address)

    def _send_run(self, run: Sequence[bytes]) -> None:
        if self._socket is None:
            self._send_singly(run)
            return
        size = _SEGMENT_SIZE.pack(len(run[0]))
        control = ((socket.IPPROTO_UDP, _UDP_SEGMENT, size),)
        try:
            self._socket.sendmsg(run, control, 0, self._address)
        except BlockingIOError:
            self._send_singly(run)
        except OSError:
            # This network card or this way can't: a smaller MTU, no checksums.
            self._socket = None
            self._send_singly(run)


def _runs(datagrams: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Cut into runs of equal size; only the last of a run may be shorter."""
    start = 0
    size = len(datagrams[0])
    for index in range(1, len(datagrams)):
        length = len(datagrams[index])
        ends = len(datagrams[index - 1]) < size or length > size
        if ends or index - start == MAX_SEGMENTS:
            yield datagrams[start:index]
            start, size = index, length
    yield datagrams[start:]


def _segmenting_socket(transport: asyncio.DatagramTransport) -> socket.socket | None:
    """Return the socket behind a transport if its kernel knows segmentation."""
    if sys.platform != "linux":
        return None
    # asyncio's own wrapper can't send; another event loop may have another one.
    plain = getattr(transport.get_extra_info("socket"), "_sock", None)
    if not isinstance(plain, socket.socket):
        return None
    try:
        plain.getsockopt(socket.IPPROTO_UDP, _UDP_SEGMENT)
    except OSError:
        return None
    return plain
