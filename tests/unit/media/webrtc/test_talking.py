"""Several who look at one camera and talk to it, over whatever it does."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

from custom_components.mesh_call.calls.model import ConnectionState
from custom_components.mesh_call.media import loudspeaker
from custom_components.mesh_call.media.loudspeaker import SpeakerState
from custom_components.mesh_call.media.sinks.camera_speaker import CameraSpeaker
from custom_components.mesh_call.media.sinks.talk_codecs import mu_law_table
from custom_components.mesh_call.media.source import SourceState
from custom_components.mesh_call.media.sources import reconnecting
from custom_components.mesh_call.media.sources.camera import CameraWay
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.station import StationMedia
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.cameras.bad_manners import BadCamera, Manners, bad_camera
from tests.cameras.content import Color, Waveform, heard_by
from tests.cameras.launch import gstreamer_camera
from tests.waiting import until

from .conftest import MakeStock
from .fakes import FakeExchange, ToneTrack, make_call, make_connection
from .stock import StockPeer
from .synthetic import power
from .test_every_camera import FakeCamera

RED: Color = (200, 40, 40)
PURPLE: Color = (192, 32, 96)
RATE = 8_000
PCMU = 0
LOUD = 2_000
"""Of a voice of 8000 that may have holes on a busy machine."""


class Door:
    """A station with the camera at this address, in a call."""

    def __init__(self, url: str, new_stock: MakeStock) -> None:
        camera = FakeCamera(url)
        way = CameraWay(camera)
        self.exchange = FakeExchange()
        self.source = ReconnectingSource(way)
        self.station = StationMedia(
            "station",
            self.exchange,
            source=self.source,
            speakers=(
                lambda: CameraSpeaker(camera, way, self.source, verify_ssl=True),
            ),
            configure_ice=lambda _: IceConfiguration(),
        )
        self._new_stock = new_stock
        self._peers = 0

    async def join(self, frequency: float | None = None) -> StockPeer:
        """Connect one who says this tone."""
        self._peers += 1
        connection = make_connection(f"connection {self._peers}")
        await self.station.join(make_call(), "station")
        self.station.open(connection, "station")
        peer = self._new_stock()
        if frequency is not None:
            peer.send(ToneTrack(frequency))
        offer = await self.exchange.descriptions_of(connection.id).get()
        answer = await peer.answer(offer)
        await self.station.describe(connection.id, "station", answer)
        await self.exchange.connected(connection.id)
        return peer

    async def hang_up(self) -> None:
        """End the call and wait until nothing is open."""
        self.station.leave("call", "station")
        await self.station.shut_down()
        await self.source.close()


type MakeDoor = Callable[[str], Door]


@pytest.fixture
async def door(new_stock: MakeStock) -> AsyncIterator[MakeDoor]:
    async with AsyncExitStack() as stack:

        def make(url: str) -> Door:
            made = Door(url, new_stock)
            stack.push_async_callback(made.hang_up)
            return made

        yield make


def said_to(camera: BadCamera, seconds: float = 0.5) -> Waveform:
    """What the camera was told last, in PCMU."""
    values = np.zeros(256, np.int16)
    values[mu_law_table()] = np.arange(65_536, dtype=np.uint16).view(np.int16)
    packets = [one for _, one in camera.seen.frames if one[1] & 0x7F == PCMU]
    data = b"".join(packet[12:] for packet in packets[-round(seconds * 50) :])
    return values[np.frombuffer(data, np.uint8)]


async def until_told(camera: BadCamera, *frequencies: float) -> None:
    """Wait until the camera hears these tones, all at the same time."""

    def hears() -> bool:
        heard = said_to(camera)
        if len(heard) < RATE // 4:
            return False
        return min(power(heard, one, RATE) for one in frequencies) > LOUD

    await until(hears)


async def test_two_talkers_are_heard_at_one_camera(
    door: MakeDoor, tmp_path: Path
) -> None:
    file = tmp_path / "heard.wav"
    arguments = ("--width", "320", "--height", "240", "--color", "C02060")
    talk = ("--talk-back", "pcma", "--talk-back-file", str(file))
    async with gstreamer_camera(*arguments, *talk) as camera:
        house = door(camera.url)
        one, two = await house.join(500), await house.join(900)
        await one.see(PURPLE, 15)
        await two.see(PURPLE, 15)
        await until(lambda: house.station.status.speaker.state is SpeakerState.OPEN)
        await asyncio.sleep(2)
        await house.hang_up()
        await camera.wait_for("TALK")
    # One back channel, in which both were heard at the same time.
    heard, rate = heard_by(file)
    pieces = [heard[at : at + rate // 2] for at in range(0, len(heard), rate // 4)]
    both = [min(power(piece, 500, rate), power(piece, 900, rate)) for piece in pieces]
    assert max(both) > LOUD


async def test_a_camera_that_takes_one_session(door: MakeDoor) -> None:
    manners = Manners(color=RED, sessions=1, talk_back=True, require="known")
    async with bad_camera(manners) as camera:
        house = door(camera.url)
        peers = [await house.join(one) for one in (500, None, None)]
        await until_told(camera, 500)
        for peer in peers:
            await peer.see(RED, 15)
        # It is seen and talked to in one session.
        assert camera.seen.playing == 1
        assert house.station.status.speaker.state is SpeakerState.OPEN
        await house.hang_up()
        await until(lambda: not camera.seen.open_connections)


async def test_somebody_else_talks_to_the_camera(
    door: MakeDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loudspeaker, "RETRY_DELAY", 0.2)
    manners = Manners(color=RED, talk_back=True, require="known", talk_back_status=453)
    async with bad_camera(manners) as camera:
        house = door(camera.url)
        peer = await house.join(500)
        # It is listened to only, which is said, and talked to once it can be.
        await until(lambda: house.station.status.speaker.error == "busy")
        await peer.see(RED, 15)
        await until(lambda: camera.seen.set_up.count("track3") >= 8)
        # The picture was broken off for it once, not each time.
        assert camera.seen.set_up.count("track1") < 4
        manners.talk_back_status = 0
        await until_told(camera, 500)
        await peer.see(RED, 15)
        await house.hang_up()
        await until(lambda: not camera.seen.open_connections)


@pytest.mark.parametrize("sessions", [1, 2])
async def test_a_bell_press_that_closes_all_sessions(
    door: MakeDoor, monkeypatch: pytest.MonkeyPatch, sessions: int
) -> None:
    monkeypatch.setattr(loudspeaker, "RETRY_DELAY", 0.2)
    monkeypatch.setattr(reconnecting, "FIRST_DELAY", 0.1)
    manners = Manners(color=RED, talk_back=True, require="known", sessions=sessions)
    async with bad_camera(manners) as camera:
        house = door(camera.url)
        peer = await house.join(500)
        await peer.see(RED, 15)
        await until_told(camera, 500)
        camera.hang_up()
        await until(lambda: house.source.status.state is SourceState.LOST)
        camera.seen.frames.clear()
        await until(lambda: house.source.status.state is SourceState.READY)
        await peer.see(RED, 15)
        await until_told(camera, 500)
        states = house.exchange.states["connection 1"]
        assert states[-1] is ConnectionState.CONNECTED
        assert ConnectionState.DISCONNECTED not in states


async def test_talking_goes_on_whatever_the_session_needs(door: MakeDoor) -> None:
    """What happens within a minute at a real one happens within seconds."""
    manners = Manners(
        color=RED,
        talk_back=True,
        require="known",
        talk_back_formats="98 8 0",
        authentication="digest",
        nonce_lives=5,
        session_timeout=2,
        shifted_channels=6,
        lower_case=True,
    )
    async with bad_camera(manners) as camera:
        house = door(camera.url)
        peer = await house.join(500)
        await until_told(camera, 500)
        first = len(camera.seen.frames)
        await until(lambda: len(camera.seen.frames) > first + 200, 30)
        await until_told(camera, 500)
        await peer.see(RED)
        # Nothing had to be opened anew.
        assert camera.seen.connections == 2
