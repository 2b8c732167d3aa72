"""A station's media and a browser as its peer, with nothing but descriptions between.

Apps built on the ConnectyCube SDK have Chromium's WebRTC, too.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

from aioice import ice
from playwright.async_api import Browser, Page
import pytest

from custom_components.mesh_call.calls.model import ConnectionState, Description
from custom_components.mesh_call.media.source import Source
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.cameras.launch import gstreamer_camera
from tests.unit.media.webrtc.fakes import (
    FakeExchange,
    FakeSpeaker,
    make_call,
    make_connection,
)
from tests.unit.media.webrtc.synthetic import GREEN, SyntheticSource, alike, loudest
from tests.unit.media.webrtc.test_contacts import Watched

from .browser import picture, sound

RED = (200, 20, 20)
BLUE = (20, 20, 200)
APP_TONE = 900

APP = """
([red, green, blue, tone]) => {
  const canvas = Object.assign(document.createElement('canvas'),
    {width: 320, height: 240});
  const pen = canvas.getContext('2d');
  setInterval(() => {
    pen.fillStyle = `rgb(${red} ${green} ${blue})`;
    pen.fillRect(0, 0, 320, 240);
  }, 40);
  const context = new AudioContext();
  const oscillator = new OscillatorNode(context, {frequency: tone});
  const voice = context.createMediaStreamDestination();
  oscillator.connect(voice);
  oscillator.start();
  const video = Object.assign(document.createElement('video'), {autoplay: true});
  video.setAttribute('aria-label', 'station');
  document.body.append(video);
  const connection = new RTCPeerConnection({iceServers: []});
  const tracks = [voice.stream.getAudioTracks()[0],
    canvas.captureStream().getVideoTracks()[0]];
  const states = [];
  // As the SDK does: what it got first must go on.
  connection.ontrack = ({streams}) => { video.srcObject ??= streams[0]; };
  connection.onconnectionstatechange = () => states.push(connection.connectionState);
  const describe = async (description) => {
    await connection.setLocalDescription(description);
    while (connection.iceGatheringState !== 'complete')
      await new Promise((resolve) => setTimeout(resolve, 10));
    return connection.localDescription.sdp;
  };
  const send = () => {
    if (connection.getSenders().every(({track}) => !track))
      for (const track of tracks) connection.addTrack(track);
  };
  window.app = {
    states,
    async offer(iceRestart) {
      send();
      return describe(await connection.createOffer({iceRestart}));
    },
    async answer(sdp) {
      await connection.setRemoteDescription({type: 'offer', sdp});
      send();
      return describe(await connection.createAnswer());
    },
    async take(sdp) { await connection.setRemoteDescription({type: 'answer', sdp}); },
  };
}
"""

type MakeStation = Callable[[Source], StationMedia]


@pytest.fixture(autouse=True)
def _loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ice, "get_host_addresses", lambda **_: ["127.0.0.1"])


@pytest.fixture
def exchange() -> FakeExchange:
    """What the station reports to."""
    return FakeExchange()


@pytest.fixture
def speaker() -> FakeSpeaker:
    """What the station plays."""
    return FakeSpeaker()


@pytest.fixture
async def new_station(
    exchange: FakeExchange, speaker: FakeSpeaker
) -> AsyncIterator[MakeStation]:
    """Makes a station that is in a call."""
    async with AsyncExitStack() as stack:

        def make(source: Source) -> StationMedia:
            station = StationMedia(
                "station",
                exchange,
                source=source,
                speakers=(lambda: speaker,),
                configure_ice=lambda _: IceConfiguration(),
                receives=lambda party_id: True,
            )
            stack.push_async_callback(source.close)
            stack.push_async_callback(station.shut_down)
            return station

        yield make


@pytest.fixture
async def app(chromium: Browser) -> Page:
    """A page with a peer connection that shows blue and sounds."""
    page = await chromium.new_page()
    await page.evaluate(APP, [*BLUE, APP_TONE])
    return page


async def let_offer(
    app: Page, station: StationMedia, exchange: FakeExchange, *, restart: bool = False
) -> None:
    """Let the page offer, and bring it the answer."""
    station.open(make_connection(offers=False), "station")
    sdp = await app.evaluate("(restart) => app.offer(restart)", restart)
    await station.describe("connection", "station", Description("offer", sdp))
    answer = await exchange.descriptions_of("connection").get()
    await app.evaluate("(sdp) => app.take(sdp)", answer.sdp)


async def let_answer(
    app: Page, station: StationMedia, exchange: FakeExchange, name: str
) -> None:
    """Let the station offer over a new connection of this name."""
    station.open(make_connection(name), "station")
    offer = await exchange.descriptions_of(name).get()
    sdp = await app.evaluate("(sdp) => app.answer(sdp)", offer.sdp)
    await station.describe(name, "station", Description("answer", sdp))


async def eventually(
    condition: Callable[[], Awaitable[bool]], timeout: float = 20
) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(timeout):
        while not await condition():
            await asyncio.sleep(0.05)


async def expect_both_ways(
    app: Page, speaker: FakeSpeaker, colour: tuple[int, int, int], tone: float
) -> None:
    """Wait for new pictures and the tone in the page, and its tone at the station."""
    before = await picture(app, "station")
    began = before["time"] if before else 0.0

    async def shown() -> bool:
        seen = await picture(app, "station")
        if seen is None or seen["time"] <= began + 0.2:
            return False
        return alike(seen["colour"], colour)

    async def heard() -> bool:
        frequency: float = (await sound(app, 0.5))["frequency"]
        return abs(frequency - tone) < 15

    async def played() -> bool:
        frequency: float = loudest(await speaker.hear(0.2))
        return abs(frequency - APP_TONE) < 15

    for condition in (shown, heard, played):
        await eventually(condition)


@pytest.mark.parametrize(
    "arguments", [("--video", "h265"), ("--b-frames", "2")], ids=["h265", "b-frames"]
)
async def test_a_converted_camera(
    app: Page,
    new_station: MakeStation,
    exchange: FakeExchange,
    speaker: FakeSpeaker,
    arguments: tuple[str, ...],
) -> None:
    size = ("--width", "320", "--height", "240", "--gop", "25")
    async with gstreamer_camera(
        *size, *arguments, "--color", "C81414", "--tone", "440"
    ) as camera:

        async def tell() -> str:
            return camera.url

        station = new_station(ReconnectingSource(RtspWay(tell)))
        await station.join(make_call(), "station")
        await let_answer(app, station, exchange, "connection")
        await expect_both_ways(app, speaker, RED, 440)
        assert "→ H264" in station.status.pictures[0]
        await station.shut_down()


async def test_the_app_restarts(
    app: Page, new_station: MakeStation, exchange: FakeExchange, speaker: FakeSpeaker
) -> None:
    station = new_station(SyntheticSource(GREEN))
    await station.join(make_call(), "station")
    watched = Watched()
    station.receive("call", "screen", watched)
    await let_offer(app, station, exchange)
    await expect_both_ways(app, speaker, GREEN, 440)
    await watched.see(BLUE)

    for _ in range(2):
        await let_offer(app, station, exchange, restart=True)
        await watched.see(BLUE, anew=True)
        await expect_both_ways(app, speaker, GREEN, 440)
    assert exchange.states["connection"] == [
        ConnectionState.CONNECTING,
        ConnectionState.CONNECTED,
    ]
    assert {"failed", "closed"}.isdisjoint(await app.evaluate("() => app.states"))


async def test_the_station_restarts(
    app: Page, new_station: MakeStation, exchange: FakeExchange, speaker: FakeSpeaker
) -> None:
    station = new_station(SyntheticSource(GREEN))
    await station.join(make_call(), "station")
    await let_answer(app, station, exchange, "first")
    await expect_both_ways(app, speaker, GREEN, 440)

    for name in ("second", "third"):
        for connection in station.connections:
            station.close(connection.id, "station")
        await let_answer(app, station, exchange, name)
        await expect_both_ways(app, speaker, GREEN, 440)
        assert exchange.states[name][-1] is ConnectionState.CONNECTED
