"""RTP over UDP (RFC 2326, section 12.39): two sockets a track, packets in order."""

import asyncio
from collections.abc import Callable, Sequence
import socket
import time
from typing import override

from .errors import ConnectError

RECEIVE_BUFFER = 1 << 20
"""Bytes: a key frame comes in one burst, while the loop may be busy."""

MAX_HELD = 32
"""Packets that wait for one that was overtaken."""

PATIENCE = 0.1
"""Seconds they wait."""

_PAIR_ATTEMPTS = 20
_WRAP = 1 << 16
# What opens the way through a router between us; no receiver makes anything of it.
_EMPTY_RTP = bytes((0x80, 0)) + bytes(10)
_EMPTY_REPORT = bytes((0x80, 201, 0, 1)) + bytes(4)

type TakePackets = Callable[[Sequence[bytes]], None]


class DatagramTrack:
    """The sockets of one track; only the device's packets are taken.

    Args:
        on_rtp: takes RTP packets, in order as far as waiting for some time helps.
        on_rtcp: takes RTCP packets.
    """

    def __init__(self, on_rtp: TakePackets, on_rtcp: TakePackets) -> None:
        order = PacketOrder(on_rtp)
        self._rtp = _Port(order.put)
        self._rtcp = _Port(lambda data: on_rtcp((data,)))
        self.port = 0
        """Of RTP, always even; that of RTCP follows (RFC 3550, section 11)."""

    async def open(self, host: str) -> None:
        """Take two ports of the address `host` of this machine.

        Raises:
            ConnectError: there are none.
        """
        loop = asyncio.get_running_loop()
        sockets = _bind_pair(host)
        self.port = sockets[0].getsockname()[1]
        for port, own in zip((self._rtp, self._rtcp), sockets, strict=True):
            await loop.create_datagram_endpoint(port.itself, sock=own)

    def connect(self, host: str, ports: tuple[int, int] | None, source: str) -> None:
        """Take packets from the device, and open the way for them.

        Args:
            host: its address.
            ports: its own for RTP and RTCP, if it told them.
            source: another address it sends from, "" if it told of none.
        """
        hosts = frozenset({host, source})
        for port, number in zip((self._rtp, self._rtcp), ports or (0, 0), strict=True):
            port.connect(hosts, (host, number) if number else None)
        self._rtp.send(_EMPTY_RTP)
        self._rtcp.send(_EMPTY_REPORT)

    def send_rtp(self, data: bytes) -> None:
        """Send to the device, if it told its port."""
        self._rtp.send(data)

    def send_rtcp(self, data: bytes) -> None:
        """Send to the device, if it told its port."""
        self._rtcp.send(data)

    def close(self) -> None:
        """Close both sockets; safe to repeat."""
        self._rtp.close()
        self._rtcp.close()


class PacketOrder:
    """Puts RTP packets that overtook each other back in order."""

    def __init__(self, take: TakePackets) -> None:
        """Begin with whatever comes first."""
        self._take = take
        self._next: int | None = None
        self._held: dict[int, bytes] = {}
        self._since = 0.0

    def put(self, data: bytes) -> None:
        """Take a packet and pass on those that are due."""
        if len(data) < 4:
            return
        sequence = int.from_bytes(data[2:4])
        if self._next is None:
            self._next = sequence
        ahead = self._ahead(sequence)
        if not -MAX_HELD <= ahead <= 10 * MAX_HELD:
            # The device has begun anew.
            self._held.clear()
            self._next, ahead = sequence, 0
        if ahead >= 0:
            self._hold(sequence, data)
            self._release()

    def _hold(self, sequence: int, data: bytes) -> None:
        now = time.monotonic()
        if not self._held:
            self._since = now
        self._held[sequence] = data
        if len(self._held) > MAX_HELD or now - self._since > PATIENCE:
            self._next = min(self._held, key=self._ahead)

    def _release(self) -> None:
        due = []
        while self._next in self._held:
            due.append(self._held.pop(self._next))
            self._next = (self._next + 1) % _WRAP
        if due:
            self._since = time.monotonic()
            self._take(due)

    def _ahead(self, sequence: int) -> int:
        assert self._next is not None
        return (sequence - self._next + _WRAP // 2) % _WRAP - _WRAP // 2


class _Port(asyncio.DatagramProtocol):
    """One socket."""

    def __init__(self, take: Callable[[bytes], None]) -> None:
        self._take = take
        self._hosts: frozenset[str] = frozenset()
        self._address: tuple[str, int] | None = None
        self._transport: asyncio.DatagramTransport | None = None

    def itself(self) -> _Port:
        return self

    def connect(self, hosts: frozenset[str], address: tuple[str, int] | None) -> None:
        self._hosts, self._address = hosts, address

    def send(self, data: bytes) -> None:
        if self._transport is not None and self._address is not None:
            self._transport.sendto(data, self._address)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.DatagramTransport)
        self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        if addr[0] in self._hosts:
            self._take(data)

    @override
    def error_received(self, exc: Exception) -> None:
        """A device that is gone; the watchdog of the media tells of it."""


def _bind_pair(host: str) -> tuple[socket.socket, socket.socket]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    for _ in range(_PAIR_ATTEMPTS):
        rtp = _bind(family, host, 0)
        number = rtp.getsockname()[1]
        try:
            if number % 2 == 0:
                return rtp, _bind(family, host, number + 1)
            rtcp, rtp = rtp, _bind(family, host, number - 1)
        except OSError:
            rtp.close()
            continue
        return rtp, rtcp
    raise ConnectError("no free ports")


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    bound = socket.socket(family, socket.SOCK_DGRAM)
    try:
        bound.setblocking(False)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        bound.bind((host, port))
    except OSError:
        bound.close()
        raise
    return bound
