"""The voice of a station: what is played there is heard, found by frequency."""

import asyncio
from collections.abc import AsyncIterator
import io
from pathlib import Path
from typing import Any, override
import wave

from aiohttp.test_utils import TestServer
from homeassistant.components.media_player import (
    MediaPlayerEntityFeature as Feature,
    MediaPlayerState,
)
from homeassistant.components.tts import TextToSpeechEntity, TtsAudioType
from homeassistant.config_entries import ConfigFlow
from homeassistant.core import Event, HomeAssistant, State, callback
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_config_flow,
    mock_integration,
    mock_platform,
    mock_restore_cache,
)
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    WebSocketGenerator,
)

from custom_components.mesh_call.const import EVENT_CALL
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.media.source import SourceStreams
from tests.cameras.content import Collector, decode_audio, make_tone, tone_of
from tests.waiting import until

from .conftest import FRONT_DOOR
from .entities import press, ring_tablet, shown, state
from .fakes import FakeEquipment, FakePage, in_call

VOICE = "media_player.front_door_voice"
CLIP = "media-source://media_source/local/clip.wav"
MUSIC, WORDS = 1500, 900
RATE = 22_050


def tone(frequency: int, seconds: float = 5) -> bytes:
    """Return a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(make_tone(frequency, seconds, RATE).tobytes())
    return buffer.getvalue()


@pytest.fixture(autouse=True)
async def media_folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Offer a folder with a clip as Home Assistant's media."""
    (tmp_path / "clip.wav").write_bytes(tone(MUSIC))
    hass.config.media_dirs = {"local": str(tmp_path)}
    assert await async_setup_component(hass, "media_source", {})
    return tmp_path


@pytest.fixture
async def call(hass: HomeAssistant, tablet: FakePage) -> FakePage:
    """Let the tablet answer the front door."""
    await ring_tablet(hass, tablet)
    await press(hass, "button.tablet_answer")
    await tablet.wait_until(in_call)
    await hass.async_block_till_done()
    return tablet


async def act(hass: HomeAssistant, action: str, **data: Any) -> None:
    """Ask something of the voice."""
    await hass.services.async_call(
        "media_player", action, {"entity_id": VOICE, **data}, blocking=True
    )


async def play(hass: HomeAssistant, media_id: str = CLIP, **more: Any) -> None:
    """Play something."""
    media = {"media_content_id": media_id, "media_content_type": "music"}
    await act(hass, "play_media", **media, **more)


async def heard(equipment: dict[str, FakeEquipment]) -> float:
    """Return the frequency of what is sent in place of a microphone."""
    stream = equipment[FRONT_DOOR].port.player.over(SourceStreams(), ()).audio
    assert stream
    collector = Collector(stream)
    async with asyncio.timeout(20):
        while len(collector.collected) < 40:
            await asyncio.sleep(0.02)
    samples = decode_audio(collector.collected, "libopus", 48_000)
    return tone_of(samples[-24_000:], 48_000)


async def test_it_is_a_speaker(hass: HomeAssistant, home: Home) -> None:
    voice = shown(hass, VOICE)
    assert voice.state == MediaPlayerState.IDLE
    assert voice.attributes["device_class"] == "speaker"
    assert voice.attributes["friendly_name"] == "Front door Voice"
    features = Feature(voice.attributes["supported_features"])
    assert (
        Feature.PLAY_MEDIA | Feature.MEDIA_ANNOUNCE | Feature.BROWSE_MEDIA in features
    )
    # It is no loudspeaker of the station: what it plays goes into calls.
    speakers = shown(hass, "select.front_door_speaker").attributes["options"]
    assert "Front door Voice" not in speakers


async def test_a_file_is_heard_until_the_call_ends(
    hass: HomeAssistant, call: FakePage, equipment: dict[str, FakeEquipment]
) -> None:
    await play(hass, extra={"title": "A song"})
    voice = shown(hass, VOICE)
    assert voice.state == MediaPlayerState.PLAYING
    assert voice.attributes["media_title"] == "A song"
    assert "media_content_id" not in voice.attributes
    assert await heard(equipment) == pytest.approx(MUSIC, abs=10)

    at_the_end: list[str] = []

    @callback
    def note(event: Event) -> None:
        if event.data["type"] == "ended":
            at_the_end.append(state(hass, VOICE))

    hass.bus.async_listen(EVENT_CALL, note)
    await press(hass, "button.front_door_hang_up")
    await until(lambda: at_the_end == [MediaPlayerState.IDLE])


async def test_its_controls(
    hass: HomeAssistant, call: FakePage, equipment: dict[str, FakeEquipment]
) -> None:
    await play(hass)
    await act(hass, "media_pause")
    assert state(hass, VOICE) == MediaPlayerState.PAUSED
    await play(hass, announce=True)
    assert state(hass, VOICE) == MediaPlayerState.PLAYING
    await act(hass, "media_stop")
    assert state(hass, VOICE) == MediaPlayerState.IDLE
    await play(hass)
    await act(hass, "media_pause")
    await act(hass, "media_play")
    assert state(hass, VOICE) == MediaPlayerState.PLAYING
    await act(hass, "volume_set", volume_level=0.5)
    await act(hass, "volume_mute", is_volume_muted=True)
    voice = shown(hass, VOICE)
    assert voice.attributes["volume_level"] == 0.5
    assert voice.attributes["is_volume_muted"]
    await act(hass, "volume_mute", is_volume_muted=False)
    assert await heard(equipment) == pytest.approx(MUSIC, abs=10)


@pytest.mark.parametrize(
    ("media_id", "key"),
    [
        ("http://127.0.0.1:1/radio?token=hidden", "media_unreachable"),
        ("file:///etc/passwd", "unknown_medium"),
        ("rtsp://127.0.0.1:1/radio", "unknown_medium"),
        ("clip.wav", "unknown_medium"),
        ("http://[", "unknown_medium"),
        ("media-source://media_source/local/words.txt", "media_not_playable"),
    ],
)
async def test_what_can_not_be_played(
    hass: HomeAssistant,
    call: FakePage,
    media_folder: Path,
    media_id: str,
    key: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    (media_folder / "words.txt").write_text("Leave the parcel. " * 99)
    with pytest.raises(HomeAssistantError) as refused:
        await play(hass, media_id)
    assert refused.value.translation_key == key
    assert state(hass, VOICE) == MediaPlayerState.IDLE
    assert "hidden" not in f"{refused.value} {caplog.text}"


async def test_a_wrong_use_of_the_microphone(
    hass: HomeAssistant, call: FakePage
) -> None:
    with pytest.raises(ServiceValidationError) as refused:
        await play(hass, extra={"microphone": "loud"})
    assert refused.value.translation_key == "unknown_microphone_use"
    await play(hass, extra={"microphone": "off"})


async def test_nobody_would_hear_it(hass: HomeAssistant, tablet: FakePage) -> None:
    for ring in (False, True):
        if ring:
            await ring_tablet(hass, tablet)
        with pytest.raises(ServiceValidationError) as refused:
            await play(hass)
        assert refused.value.translation_key == "not_in_call"


async def test_what_there_is_to_play(
    hass: HomeAssistant,
    home: Home,
    media_folder: Path,
    hass_ws_client: WebSocketGenerator,
) -> None:
    (media_folder / "film.mp4").touch()
    client = await hass_ws_client(hass)
    await client.send_json_auto_id(
        {
            "type": "media_player/browse_media",
            "entity_id": VOICE,
            "media_content_id": "media-source://media_source/local/.",
            "media_content_type": "",
        }
    )
    answer = await client.receive_json()
    titles = [child["title"] for child in answer["result"]["children"]]
    assert titles == ["clip.wav"]


async def test_it_is_as_loud_as_before(
    hass: HomeAssistant, entry: MockConfigEntry, equipment: dict[str, FakeEquipment]
) -> None:
    before = {"volume_level": 0.3, "is_volume_muted": True}
    mock_restore_cache(hass, [State(VOICE, "idle", before)])
    assert await async_setup_component(hass, "web_rtc", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert before.items() <= shown(hass, VOICE).attributes.items()


class Speech(TextToSpeechEntity):
    """Says everything in one tone."""

    _attr_name = "Speech"
    _attr_default_language = "en"
    _attr_supported_languages = ["en"]  # noqa: RUF012

    @override
    def get_tts_audio(
        self, message: str, language: str, options: dict[str, Any]
    ) -> TtsAudioType:
        """Return the tone."""
        return "wav", tone(WORDS, 3)


@pytest.fixture
async def speech(hass: HomeAssistant, tmp_path: Path) -> AsyncIterator[None]:
    """Let Home Assistant speak; to be asked for before its web server starts."""
    hass.config.config_dir = str(tmp_path)

    async def set_up(hass: HomeAssistant, entry: Any) -> bool:
        await hass.config_entries.async_forward_entry_setups(entry, ["tts"])
        return True

    async def add_entities(hass: Any, entry: Any, add: Any) -> None:
        add([Speech()])

    mock_integration(hass, MockModule("test", async_setup_entry=set_up))
    mock_platform(hass, "test.config_flow", None)
    mock_platform(hass, "test.tts", MockPlatform(async_setup_entry=add_entities))
    assert await async_setup_component(hass, "tts", {})
    entry = MockConfigEntry(domain="test")
    entry.add_to_hass(hass)
    with mock_config_flow("test", ConfigFlow):
        assert await hass.config_entries.async_setup(entry.entry_id)
        yield


@pytest.mark.usefixtures("socket_enabled")
async def test_speech_is_heard_over_what_plays(
    hass: HomeAssistant,
    speech: None,
    call: FakePage,
    equipment: dict[str, FakeEquipment],
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    client = await hass_client_no_auth()
    assert isinstance(client.server, TestServer)
    hass.config.internal_url = str(client.make_url("")).rstrip("/")

    await play(hass)
    await hass.services.async_call(
        "tts",
        "speak",
        {
            "entity_id": "tts.speech",
            "media_player_entity_id": VOICE,
            "message": "Please leave the parcel.",
        },
        blocking=True,
    )
    assert await heard(equipment) == pytest.approx(WORDS, abs=10)
    async with asyncio.timeout(20):
        while abs(await heard(equipment) - MUSIC) > 10:
            pass
    await act(hass, "media_stop")


class TestGreeting:
    """A clip for whoever is let in."""

    @pytest.fixture
    def station_data(self, station_data: dict[str, Any]) -> dict[str, Any]:
        """Let the front door have one."""
        media = {"media_content_id": CLIP, "media_content_type": "audio/x-wav"}
        return {**station_data, "greeting": media}

    async def test_a_caller_hears_it(
        self,
        hass: HomeAssistant,
        tablet: FakePage,
        equipment: dict[str, FakeEquipment],
    ) -> None:
        await tablet.command("call", to=[FRONT_DOOR])
        await until(lambda: state(hass, VOICE) == MediaPlayerState.PLAYING)
        assert await heard(equipment) == pytest.approx(MUSIC, abs=10)
        await press(hass, "button.front_door_hang_up")
        await until(lambda: state(hass, VOICE) == MediaPlayerState.IDLE)

    async def test_whoever_is_called_does_not(
        self, hass: HomeAssistant, call: FakePage
    ) -> None:
        await hass.async_block_till_done(wait_background_tasks=True)
        assert state(hass, VOICE) == MediaPlayerState.IDLE

    async def test_one_that_is_gone_is_told(
        self,
        hass: HomeAssistant,
        tablet: FakePage,
        media_folder: Path,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        (media_folder / "clip.wav").write_bytes(b"")
        await tablet.command("call", to=[FRONT_DOOR])
        await until(lambda: "greeting of Front door can't be played" in caplog.text)
        assert "clip.wav" not in caplog.text
