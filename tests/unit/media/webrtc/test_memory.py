"""The memory of closed connections comes back, that outside of Python, too."""

import asyncio
import ctypes
import gc
import logging

import pytest

from custom_components.mesh_call.calls.model import ConnectionState
from custom_components.mesh_call.media.stream import PCMA
from custom_components.mesh_call.media.webrtc.lines import MediaPlan
from tests.waiting import until

from .conftest import Start
from .stock import Recorder, make_peer
from .synthetic import GREEN, SyntheticSource

DOOR = MediaPlan(send_video=True, send_audio=True, receive_audio=True, audio_codec=PCMA)
WARM_UP, CYCLES = 5, 10
BYTES_PER_CYCLE = 10_000
"""What is allowed. The first calls still fill caches."""


class AllocationInfo(ctypes.Structure):
    """The `struct mallinfo2` of glibc: see mallinfo(3)."""

    _fields_ = [
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    ]


def bytes_given_out() -> int:
    """What the C library has given out and not got back."""
    measure = getattr(ctypes.CDLL(None), "mallinfo2", None)
    if measure is None:
        pytest.skip("this C library can't tell")
    measure.restype = AllocationInfo
    gc.collect()
    info = measure()
    return int(info.uordblks + info.hblkhd)


async def connect_once(source: SyntheticSource) -> None:
    """Let two ends connect, send and close."""
    recorders = door, page = Recorder(), Recorder()
    peers = make_peer(door, DOOR), make_peer(page, MediaPlan(receive_audio=True))
    peers[0].use(video=source.streams.video, audio=source.streams.audio)
    try:
        await peers[0].offer()
        await peers[1].describe(await door.descriptions.get())
        await peers[0].describe(await page.descriptions.get())
        await until(
            lambda: all(ConnectionState.CONNECTED in r.states for r in recorders), 20
        )
    finally:
        await asyncio.gather(*(peer.close() for peer in peers))


async def test_closed_connections_give_their_memory_back(
    start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    # Records of asyncio hold the sockets' protocols.
    caplog.set_level(logging.WARNING, "asyncio")
    source = start(SyntheticSource(GREEN))
    for _ in range(WARM_UP):
        await connect_once(source)
    before = bytes_given_out()
    for _ in range(CYCLES):
        await connect_once(source)
    assert bytes_given_out() - before < CYCLES * BYTES_PER_CYCLE
