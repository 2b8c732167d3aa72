"""How connections of aiortc come up and go down."""
# ruff: noqa: SLF001 - among those who touch private members

from collections.abc import Awaitable, Callable, Iterable
from functools import partial
from typing import Any

from aioice import ice
from aiortc import RTCIceParameters, RTCIceTransport, RTCRtpTransceiver

from .way import replace

GATHERING_TIMEOUT = 2
"""Seconds for STUN and TURN servers; aioice's own are 5, and every call waits."""


def prepare(transceivers: Iterable[RTCRtpTransceiver]) -> None:
    """Take the edges off aiortc; to be called before the local description is set.

    A dead STUN or TURN server must not hold up a call for long, and a connection
    that is closed while it connects must not leave an error in the log.
    """
    for transport in {t.receiver.transport.transport for t in transceivers}:
        connection = transport._connection
        gather = partial(connection.get_component_candidates, timeout=GATHERING_TIMEOUT)
        replace(connection, "get_component_candidates", gather)
        replace(transport, "start", partial(_start, transport, transport.start))


async def _start(
    transport: RTCIceTransport,
    start: Callable[[RTCIceParameters], Awaitable[None]],
    parameters: RTCIceParameters,
) -> None:
    if transport.state != "closed":
        await start(parameters)


async def finish(transceivers: Iterable[RTCRtpTransceiver]) -> None:
    """Close once more what was closed while it connected.

    aioice starts to ask for consent after that, and would for half a minute.
    """
    for transport in {t.receiver.transport.transport for t in transceivers}:
        await transport._connection.close()


def watch_arrivals(
    transceivers: Iterable[RTCRtpTransceiver], arrived: Callable[[], None]
) -> None:
    """Call `arrived` for each packet from the peer: RTP, RTCP or STUN.

    To be called once when the local description is set; then the sockets exist.
    """
    for transport in {t.receiver.transport.transport for t in transceivers}:
        for protocol in transport._connection._protocols:
            _watch(transport._connection, protocol, arrived)


def _watch(
    connection: ice.Connection,
    protocol: ice.StunProtocol,
    arrived: Callable[[], None],
) -> None:
    received = protocol.datagram_received

    def datagram_received(data: bytes | str, addr: tuple[Any, ...]) -> None:
        pair = connection._nominated.get(1)
        # Only the peer's own address counts, anybody can send to the socket.
        if pair is not None and addr[:2] == pair.remote_addr:
            arrived()
        received(data, addr)

    replace(protocol, "datagram_received", datagram_received)
