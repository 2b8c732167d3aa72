"""The way of packets to a peer, and how a function of aiortc is replaced."""
# ruff: noqa: SLF001 - among those who touch private members

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from aioice import ice
from aiortc import RTCDtlsTransport, rtcdtlstransport
import pylibsrtp

from ..webrtc.burst import DatagramBurst


def replace(owner: object, name: str, function: Callable[..., Any]) -> None:
    """Let `owner`'s function of this name be another."""
    setattr(owner, name, function)


class Way:
    """The way of RTP packets to a peer, past aiortc's and aioice's tasks."""

    def __init__(self, transport: RTCDtlsTransport) -> None:
        self._transport = transport
        self._pair: ice.CandidatePair | None = None
        self._burst: DatagramBurst | None = None

    def write(self, packets: Sequence[bytes]) -> bool:
        """Protect and send packets; False if none could leave."""
        burst = self._open()
        if burst is None:
            return False
        protect = self._transport._tx_srtp.protect
        protected = []
        for packet in packets:
            try:
                protected.append(protect(packet))
            except ValueError, pylibsrtp.Error:
                continue
        if protected:
            burst.send(protected)
        return bool(protected)

    def _open(self) -> DatagramBurst | None:
        transport = self._transport
        pair = transport.transport._connection._nominated.get(1)
        if pair is None or transport._state is not rtcdtlstransport.State.CONNECTED:
            return None
        if pair is not self._pair:
            self._pair = pair
            self._burst = DatagramBurst(pair.protocol.transport, pair.remote_addr)
        return self._burst


def write_control(transport: RTCDtlsTransport, packet: bytes) -> bool:
    """Protect and send an RTCP packet; False if it could not leave."""
    # aiortc's coroutine does not wait for anything: sockets and TURN queue. Taking
    # its only step here spares a task per packet and keeps the order.
    step: Coroutine[Any, Any, None] = transport._send_rtp(packet)
    try:
        step.send(None)
    except StopIteration:
        return True
    except ConnectionError, ValueError, pylibsrtp.Error:
        return False
    step.close()
    return False
