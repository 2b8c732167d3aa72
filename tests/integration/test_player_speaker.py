"""Media players as speakers: they fetch what is said, and find it by frequency."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
import io
from typing import Any, override

from aiohttp import ClientSession, HttpVersion, HttpVersion10, HttpVersion11
from aiohttp.test_utils import TestServer
import av
from homeassistant.components.media_player import (
    DATA_COMPONENT,
    MediaPlayerEntity,
    MediaPlayerEntityFeature as Feature,
    MediaPlayerState,
)
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import numpy as np
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.mesh_call.home import Home
from custom_components.mesh_call.media.loudspeaker import Loudspeakers, SpeakerState
from custom_components.mesh_call.media.mixer import Mixer
from custom_components.mesh_call.media.sinks.speaker import FRAME_SAMPLES, Samples
from custom_components.mesh_call.stations.player_speaker import PlayerFactory
from tests.waiting import until

PLAYER = "media_player.kitchen"
RADIO = "http://127.0.0.1:1/radio"
TONE = 800
CAN = Feature.PLAY_MEDIA | Feature.STOP
CONTROLS = Feature.TURN_ON | Feature.TURN_OFF | Feature.PAUSE | Feature.SEEK
RATE = 48_000
BYTES_PER_SECOND = 128_000 // 8


class Tone:
    """A voice of one frequency."""

    def __init__(self, frequency: float) -> None:
        self._frequency = frequency
        self._position = 0

    def read(self) -> Samples:
        """Return the next samples."""
        times = np.arange(self._position, self._position + FRAME_SAMPLES) / RATE
        self._position += FRAME_SAMPLES
        wave: Samples = (8000 * np.sin(2 * np.pi * self._frequency * times)).astype(
            np.int16
        )
        return wave


class Player(MediaPlayerEntity):
    """Fetches what it is to play, as a network speaker does."""

    _attr_name = "Kitchen"
    _attr_should_poll = False

    def __init__(self) -> None:
        self._attr_supported_features = CAN
        self._attr_state = MediaPlayerState.IDLE
        self.played: list[tuple[str, bool]] = []
        self.heard: list[float] = []
        self.blocks = False
        self.refuses = False
        self.fetches = True
        self.stops = 0
        self.told: list[str] = []
        self._fetching: asyncio.Task[None] | None = None

    @override
    async def async_play_media(
        self, media_type: str, media_id: str, **kwargs: Any
    ) -> None:
        """Play it; `blocks` until it has ended."""
        self.played.append((media_id, bool(kwargs.get("announce"))))
        if self.refuses:
            raise HomeAssistantError
        if not self.fetches or media_id == RADIO:
            return
        self._fetching = asyncio.create_task(asyncio.to_thread(self._fetch, media_id))
        if self.blocks:
            await asyncio.shield(self._fetching)

    @override
    async def async_media_stop(self) -> None:
        """Take note of it."""
        self.stops += 1

    @override
    async def async_media_pause(self) -> None:
        """Take note of it."""
        self.told.append("pause")

    @override
    async def async_media_seek(self, position: float) -> None:
        """Take note of it."""
        self.told.append(f"seek {position // 10:.0f}0")

    @override
    async def async_turn_on(self) -> None:
        """Take note of it."""
        self.told.append("on")

    @override
    async def async_turn_off(self) -> None:
        """Take note of it."""
        self.told.append("off")

    async def ended(self) -> None:
        """Wait until what it fetched has ended."""
        assert self._fetching
        await asyncio.wait_for(asyncio.shield(self._fetching), 20)

    def _fetch(self, url: str) -> None:
        # To libav the end of what has no length is an error.
        with suppress(OSError), av.open(url, timeout=10) as container:
            for block in _blocks(container):
                self.heard.append(_loudest(block))


def _blocks(container: Any) -> Any:
    kept = np.zeros(0)
    for frame in container.decode(audio=0):
        kept = np.append(kept, frame.to_ndarray().astype(float).ravel())
        if len(kept) >= RATE // 5:
            yield kept
            kept = np.zeros(0)


def _loudest(block: np.ndarray[Any, Any]) -> float:
    if np.abs(block).max() < 0.01:
        return 0.0
    spectrum = np.abs(np.fft.rfft(block * np.hanning(len(block))))
    return float(np.argmax(spectrum)) * RATE / len(block)


@pytest.fixture
async def player(
    hass: HomeAssistant, home: Home, hass_client_no_auth: ClientSessionGenerator
) -> Player:
    """A player that can reach Home Assistant's web server."""
    player = Player()

    assert await async_setup_component(hass, "media_player", {})
    await hass.data[DATA_COMPONENT].async_add_entities([player])
    client = await hass_client_no_auth()
    assert isinstance(client.server, TestServer)
    hass.config.internal_url = str(client.make_url("")).rstrip("/")
    return player


@pytest.fixture
async def speakers(hass: HomeAssistant) -> AsyncIterator[Loudspeakers]:
    """A station's speakers, through which a tone is heard."""
    mixer = Mixer()
    mixer.add(Tone(TONE))
    speakers = Loudspeakers(mixer, lambda: None)
    yield speakers
    await speakers.close()


@pytest.fixture
def factory(hass: HomeAssistant) -> PlayerFactory:
    """Makes speakers of the player."""
    return PlayerFactory(hass, PLAYER)


def hears(player: Player) -> bool:
    """Tell whether it plays the tone."""
    return any(abs(one - TONE) < 15 for one in player.heard)


pytestmark = pytest.mark.usefixtures("socket_enabled")


@pytest.mark.parametrize("blocks", [False, True])
async def test_it_is_heard_and_its_address_is_dead_afterwards(
    player: Player,
    factory: PlayerFactory,
    speakers: Loudspeakers,
    hass_client_no_auth: ClientSessionGenerator,
    blocks: bool,
) -> None:
    player.blocks = blocks
    speakers.want((factory,))
    await until(lambda: hears(player))
    assert speakers.status.state is SpeakerState.OPEN
    assert speakers.status.late
    ((url, announced),) = player.played
    assert not announced
    client = await hass_client_no_auth()
    path = url.removeprefix(factory.hass.config.internal_url or "")
    headed = await client.head(path)
    assert headed.status == HTTPStatus.OK
    assert headed.content_type == "audio/mpeg"
    second = await client.get(path, headers={"Range": "bytes=0-"})
    assert second.status == HTTPStatus.OK
    assert await second.content.readexactly(5000)
    assert (await client.get(path.split("?")[0])).status == HTTPStatus.UNAUTHORIZED
    wrong = path.replace("/live/", "/live/x")
    assert (await client.get(wrong)).status == HTTPStatus.UNAUTHORIZED

    await speakers.close()
    await player.ended()
    assert (await client.get(path)).status == HTTPStatus.NOT_FOUND
    assert player.stops == 1


@dataclass(frozen=True, slots=True)
class Fetching:
    """How a kind of player asks for what it is to play."""

    headers: dict[str, str]
    looks_first: bool = True
    fetches_twice: bool = False
    version: HttpVersion = HttpVersion11


@pytest.mark.parametrize(
    "manners",
    [
        Fetching({"Range": "bytes=0-"}, fetches_twice=True),
        Fetching({"Icy-MetaData": "1", "Connection": "close"}),
        Fetching({}, looks_first=False, version=HttpVersion10),
    ],
    ids=["like Cast", "like Sonos", "like an ESP32"],
)
async def test_whatever_way_it_is_fetched(
    player: Player, factory: PlayerFactory, speakers: Loudspeakers, manners: Fetching
) -> None:
    player.fetches = False
    speakers.want((factory,))
    await until(lambda: bool(player.played))
    url = player.played[0][0]
    async with ClientSession(version=manners.version) as session:
        if manners.looks_first:
            async with session.head(url) as answer:
                assert answer.content_type == "audio/mpeg"
        if manners.fetches_twice:
            async with session.get(url) as answer:
                await answer.content.readexactly(2_000)
        async with session.get(url, headers=manners.headers) as answer:
            assert answer.status == HTTPStatus.OK
            assert answer.content_type == "audio/mpeg"
            # More than the silence that comes at once.
            data = await answer.content.readexactly(BYTES_PER_SECOND * 2)
    await speakers.close()
    with av.open(io.BytesIO(data), format="mp3") as container:
        heard = [_loudest(block) for block in _blocks(container)]
    assert sum(abs(one - TONE) < 15 for one in heard) >= 4


async def test_what_it_played_goes_on(
    player: Player, factory: PlayerFactory, speakers: Loudspeakers, hass: HomeAssistant
) -> None:
    player._attr_state = MediaPlayerState.PLAYING
    player._attr_media_content_id = RADIO
    player.async_write_ha_state()
    speakers.want((factory,))
    await until(lambda: speakers.status.state is SpeakerState.OPEN)
    await speakers.close()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [url for url, _ in player.played][1:] == [RADIO]
    await player.ended()


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (MediaPlayerState.OFF, ["on", "off"]),
        (MediaPlayerState.PAUSED, ["seek 40", "pause"]),
        (MediaPlayerState.PLAYING, ["seek 70"]),
        (MediaPlayerState.IDLE, []),
    ],
)
async def test_it_does_again_what_it_did(
    player: Player,
    factory: PlayerFactory,
    speakers: Loudspeakers,
    hass: HomeAssistant,
    state: MediaPlayerState,
    told: list[str],
) -> None:
    player._attr_supported_features = CAN | CONTROLS
    player._attr_state = state
    busy = state in {MediaPlayerState.PAUSED, MediaPlayerState.PLAYING}
    if busy:
        player._attr_media_content_id = RADIO
        player._attr_media_duration = 200
        player._attr_media_position = 40
        earlier = dt_util.utcnow() - timedelta(seconds=30)
        player._attr_media_position_updated_at = earlier
    player.async_write_ha_state()
    speakers.want((factory,))
    await until(lambda: hears(player))
    await speakers.close()
    await player.ended()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert [url for url, _ in player.played][1:] == [RADIO] * busy
    assert player.told == told


async def test_an_announcement_is_no_other_playback(
    player: Player, factory: PlayerFactory, speakers: Loudspeakers
) -> None:
    player._attr_supported_features = CAN | Feature.MEDIA_ANNOUNCE
    player._attr_state = MediaPlayerState.PLAYING
    player._attr_media_content_id = RADIO
    player.async_write_ha_state()
    speakers.want((factory,))
    await until(lambda: speakers.status.state is SpeakerState.OPEN)
    await speakers.close()
    await player.ended()
    assert [announced for _, announced in player.played] == [True]
    assert player.stops == 0


async def test_a_player_that_is_away_is_told_and_tried_again(
    player: Player,
    factory: PlayerFactory,
    speakers: Loudspeakers,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "custom_components.mesh_call.media.loudspeaker.RETRY_DELAY", 0.1
    )
    player._attr_available = False
    player.async_write_ha_state()
    speakers.want((factory,))
    await until(lambda: speakers.status.error == "player_unavailable")
    player._attr_available = True
    player.refuses = True
    player.async_write_ha_state()
    await until(lambda: bool(player.played))
    await until(lambda: speakers.status.error == "player_unavailable")
    player.refuses = False
    await until(lambda: hears(player))
    await speakers.close()
    await player.ended()


async def test_a_player_that_takes_no_media(
    player: Player, factory: PlayerFactory, speakers: Loudspeakers
) -> None:
    player._attr_supported_features = Feature.STOP
    player.async_write_ha_state()
    speakers.want((factory,))
    await until(lambda: speakers.status.error == "not_supported")


async def test_one_that_fails_leaves_the_other(
    player: Player, factory: PlayerFactory, speakers: Loudspeakers, hass: HomeAssistant
) -> None:
    speakers.want((PlayerFactory(hass, "media_player.none"), factory))
    await until(lambda: hears(player))
    assert speakers.status.error == "player_unavailable"
    await speakers.close()
    await player.ended()
