"""Small pictures of stations, and what they leave behind."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
import os
from pathlib import Path
import threading

import pytest

from custom_components.mesh_call.media.jpeg import is_jpeg
from custom_components.mesh_call.media.stream import H264, Packet, Stream
from custom_components.mesh_call.media.thumbnail import Thumbnails
from tests.cameras.content import encode_h264, pack_h264

THREADS = 12


def memory() -> float:
    """Return what the process takes, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1_000_000


@pytest.mark.usefixtures("socket_enabled")
def test_thumbnails_leave_no_memory_in_the_executors_threads() -> None:
    """What a thread frees may stay with it: some 10 MB for each that decodes."""
    # Home Assistant's own loop lets nobody choose the executor.
    with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
        runner.run(many_thumbnails())


async def many_thumbnails() -> None:
    [key_frame] = encode_h264((200, 40, 40), size=(1280, 720), pictures=1)
    payloads = pack_h264(key_frame)
    stream = Stream(H264)
    packets = [Packet(p, 0, p is payloads[-1], p is payloads[0]) for p in payloads]
    stream.push(*packets)
    with ThreadPoolExecutor(THREADS) as executor:
        asyncio.get_running_loop().set_default_executor(executor)
        # Home Assistant's executor has many threads, which take turns.
        all_there = threading.Barrier(THREADS)
        await asyncio.gather(
            *(asyncio.to_thread(all_there.wait) for _ in range(THREADS))
        )
        thumbnails = Thumbnails()
        await thumbnails.of_stream(stream)
        before = memory()
        for _ in range(2 * THREADS):
            picture = await thumbnails.of_stream(stream)
            assert picture is not None
            assert is_jpeg(picture)
        assert memory() - before < 40
        thumbnails.close()
