"""A camera's WebRTC session is ended at any moment, and nothing of it is left."""

import asyncio
from collections.abc import AsyncIterator
from typing import override

from aioice import ice
import pytest

from custom_components.mesh_call.media.camera import (
    CameraMessage,
    TakeCameraMessage,
    WebRtcSettings,
)
from custom_components.mesh_call.media.source import SourceState
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.webrtc import WebRtcWay
from tests.sockets import open_sockets
from tests.waiting import until

from .webrtc_camera import FakeCamera


class ToldCamera(FakeCamera):
    """A camera that tells how far its session is."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.answers = asyncio.Event(), asyncio.Event()
        self.ended = asyncio.Event()

    @override
    async def settings(self) -> WebRtcSettings:
        self.asked.set()
        return await super().settings()

    @override
    async def offer(self, sdp: str, session_id: str, take: TakeCameraMessage) -> None:
        def told(message: CameraMessage) -> None:
            self.answers.set()
            take(message)

        await super().offer(sdp, session_id, told)

    @override
    def close(self, session_id: str) -> None:
        super().close(session_id)
        self.ended.set()


@pytest.fixture(autouse=True)
def two_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    addresses = ["127.0.0.1", "127.0.0.2"]
    monkeypatch.setattr(ice, "get_host_addresses", lambda **_: addresses)


@pytest.fixture
async def camera() -> AsyncIterator[ToldCamera]:
    told = ToldCamera()
    yield told
    await told.shut_down()


async def close_after(source: ReconnectingSource, steps: int) -> None:
    """Close it so many steps of the event loop later."""
    for _ in range(steps):
        await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await source.close()
    assert source.status.state is SourceState.CLOSED


@pytest.mark.parametrize("steps", range(4))
async def test_while_it_is_made_anew(camera: ToldCamera, steps: int) -> None:
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    way = WebRtcWay(lambda: camera)
    source = ReconnectingSource(way)
    source.acquire()
    await source.ready(20)
    way.talk(None)
    await camera.ended.wait()
    await close_after(source, steps)
    assert len(camera.offers) == 1
    await camera.shut_down()
    await until(lambda: asyncio.all_tasks() <= tasks and open_sockets() <= sockets)


@pytest.mark.parametrize(
    ("moment", "steps"),
    [*(("asked", steps) for steps in range(3, 7)), ("answers", 0), ("answers", 1)],
)
async def test_while_it_begins(camera: ToldCamera, moment: str, steps: int) -> None:
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    source = ReconnectingSource(WebRtcWay(lambda: camera))
    source.acquire()
    await getattr(camera, moment).wait()
    await close_after(source, steps)
    await camera.shut_down()
    await until(lambda: asyncio.all_tasks() <= tasks and open_sockets() <= sockets)
