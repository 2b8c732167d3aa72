"""Makes aiortc fit for the benchmark: loopback only, one cipher for all."""

import fcntl
import os
import socket
import struct
from typing import Any

import aioice.ice
from aiortc import rtcdtlstransport, rtcrtpreceiver

from .network import INNER_ADDRESS

LOOPBACK = "127.0.0.1"
_SIOCGSTAMPNS = 0x8907
_TIMESPEC = struct.Struct("qq")
_RTP_VERSION = range(128, 192)
_RTCP_TYPES = range(192, 224)
_MOST_PENDING = 100_000
_RECEIVE_BUFFER = 1 << 22

arrivals: dict[tuple[int, int], int] = {}
"""When the kernel received a packet (ns since 1970), by source and sequence."""


def stay_on_loopback() -> None:
    """Gather addresses of this machine alone; aioice leaves loopback out otherwise."""
    addresses = [LOOPBACK]
    if inner := os.environ.get(INNER_ADDRESS):
        addresses.append(inner)
    aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: addresses


def use_one_cipher() -> None:
    """Take the cipher that every other engine has, too."""
    rtcdtlstransport.SRTP_PROFILES[:] = [rtcdtlstransport.SRTP_AES128_CM_SHA1_80]


def decode_nothing() -> None:
    """Let receivers work as ever up to the decoder."""
    rtcrtpreceiver.decoder_worker = _drain  # type: ignore[assignment]


def lose_nothing() -> None:
    """Let the kernel keep what comes while this process is kept waiting.

    What is lost is asked for again, and the forwarders are to be measured.
    """
    made = aioice.ice.StunProtocol.connection_made

    def connection_made(protocol: Any, transport: Any) -> None:
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER
        )
        made(protocol, transport)

    aioice.ice.StunProtocol.connection_made = connection_made  # type: ignore[assignment]


def note_arrivals() -> None:
    """Note when packets arrive: by the kernel, for this process may be late."""
    received = aioice.ice.StunProtocol.datagram_received

    def datagram_received(protocol: Any, data: bytes, addr: Any) -> None:
        if data[0] in _RTP_VERSION and data[1] not in _RTCP_TYPES:
            if len(arrivals) > _MOST_PENDING:
                arrivals.clear()
            key = int.from_bytes(data[8:12]), int.from_bytes(data[2:4])
            arrivals[key] = _stamp(protocol)
        received(protocol, data, addr)

    aioice.ice.StunProtocol.datagram_received = datagram_received  # type: ignore[assignment]


def _stamp(protocol: Any) -> int:
    """Return when the packet that was read last had arrived."""
    descriptor = protocol.transport.get_extra_info("socket").fileno()
    stamp = fcntl.ioctl(descriptor, _SIOCGSTAMPNS, bytes(_TIMESPEC.size))
    seconds, nanoseconds = _TIMESPEC.unpack(stamp)
    return int(seconds * 1_000_000_000 + nanoseconds)


def _drain(_loop: Any, queue: Any, _output: Any, _error: Any) -> None:
    while queue.get() is not None:
        pass
