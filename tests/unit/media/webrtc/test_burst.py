"""Datagrams that leave in bursts arrive as they are, by whatever way."""

import asyncio
from collections.abc import AsyncIterator
import errno
import socket
import sys
from typing import Any, override

import pytest

from custom_components.mesh_call.media.webrtc import burst
from custom_components.mesh_call.media.webrtc.burst import MAX_SEGMENTS, DatagramBurst
from tests.waiting import until

LENGTHS = {
    "one": [100],
    "equal": [1200] * 5,
    "last is shorter": [1200, 1200, 300],
    "longer ones follow": [40, 1200, 1200, 7, 7, 900],
    "more than fit in one call": [1180] * (2 * MAX_SEGMENTS + 3),
}


class Transport(asyncio.DatagramTransport, asyncio.WriteTransport):
    """Counts what goes through a real one, one datagram at a time."""

    def __init__(self, real: asyncio.DatagramTransport, *, socket: Any = None) -> None:
        super().__init__({"socket": socket})
        self._real = real
        self.count = 0
        self.waiting = 0

    @override
    def sendto(self, data: Any, addr: Any = None) -> None:
        self.count += 1
        self._real.sendto(data, addr)

    @override
    def get_write_buffer_size(self) -> int:
        return self.waiting


class RefusingSocket(socket.socket):
    """Knows segmentation, but each call fails."""

    error: OSError
    calls = 0

    @override
    def sendmsg(self, *arguments: Any) -> int:
        self.calls += 1
        raise self.error


class Ends(asyncio.DatagramProtocol):
    """A socket to send from and one to send to."""

    def __init__(self, sending: asyncio.DatagramTransport) -> None:
        self.sending = sending
        self.received: list[bytes] = []
        self.address = ("", 0)

    @override
    def datagram_received(self, data: bytes, addr: Any) -> None:
        self.received.append(data)

    async def arrive(self, sent: list[bytes]) -> None:
        """Wait until all that was sent has come, in order."""
        await until(lambda: len(self.received) >= len(sent))
        assert self.received == sent


@pytest.fixture
async def ends(socket_enabled: None) -> AsyncIterator[Ends]:
    loop = asyncio.get_running_loop()
    here = ("127.0.0.1", 0)
    sending, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, here)
    receiving, ends = await loop.create_datagram_endpoint(lambda: Ends(sending), here)
    ends.address = receiving.get_extra_info("sockname")
    yield ends
    sending.close()
    receiving.close()


def datagrams(lengths: list[int]) -> list[bytes]:
    return [bytes((n % 256,)) * length for n, length in enumerate(lengths)]


@pytest.mark.parametrize("lengths", LENGTHS.values(), ids=LENGTHS)
async def test_in_order_and_as_they_are(ends: Ends, lengths: list[int]) -> None:
    sent = datagrams(lengths)
    DatagramBurst(ends.sending, ends.address).send(sent)
    await ends.arrive(sent)


@pytest.mark.skipif(sys.platform != "linux", reason="segmentation is Linux's")
async def test_equal_ones_leave_in_one_call(ends: Ends) -> None:
    transport = Transport(ends.sending, socket=ends.sending.get_extra_info("socket"))
    sent = datagrams([40, 1200, 1200, 1200, 500])
    DatagramBurst(transport, ends.address).send(sent)
    await ends.arrive(sent)
    # Only the first, with which none can share a call.
    assert transport.count == 1


async def test_nothing_overtakes_what_waits(ends: Ends) -> None:
    transport = Transport(ends.sending, socket=ends.sending.get_extra_info("socket"))
    transport.waiting = 1
    sent = datagrams([1200] * 4)
    DatagramBurst(transport, ends.address).send(sent)
    await ends.arrive(sent)
    assert transport.count == 4


async def test_relays_have_no_socket(ends: Ends) -> None:
    transport = Transport(ends.sending)
    sent = datagrams([1200] * 4)
    DatagramBurst(transport, ends.address).send(sent)
    await ends.arrive(sent)
    assert transport.count == 4


@pytest.mark.parametrize(
    ("error", "calls"),
    [(OSError(errno.EIO, "no checksums"), 1), (BlockingIOError(), 2)],
    ids=["never", "not now"],
)
async def test_a_refusal_loses_nothing(
    ends: Ends, error: OSError, calls: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    with RefusingSocket(socket.AF_INET, socket.SOCK_DGRAM) as refusing:
        refusing.error = error
        monkeypatch.setattr(burst, "_segmenting_socket", lambda _: refusing)
        sending = DatagramBurst(ends.sending, ends.address)
        sent = datagrams([1200] * 6)
        sending.send(sent[:3])
        sending.send(sent[3:])
        await ends.arrive(sent)
        assert refusing.calls == calls
