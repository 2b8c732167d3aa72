"""The flow by which a station is added or changed."""

from collections.abc import Iterable, Iterator
from typing import Any
from unittest.mock import AsyncMock, patch

from homeassistant.components.media_player import MediaPlayerEntityFeature
from homeassistant.config_entries import SOURCE_USER, ConfigSubentry, SubentryFlowResult
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.calls.devices import NO_CHOICE
from custom_components.mesh_call.calls.model import AutoAnswer
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.media.source import SourceError, SourceProblem
from custom_components.mesh_call.parties.settings import PartySettings

from .conftest import FRONT_DOOR
from .forms import fields

GET_STREAM = "custom_components.mesh_call.stations.camera.async_get_stream_source"
PROBE = "custom_components.mesh_call.media.sources.camera.probe"
URL = "rtsp://user:p@ss#1@192.0.2.7/stream"

DEFAULTS = {
    "talk_back": True,
    "duplex": "half",
    "ring": ["screens"],
    "ring_mode": "first",
    "auto_answer": "home",
    "record": "never",
    "verify_ssl": True,
}


@pytest.fixture
def probe() -> Iterator[AsyncMock]:
    """Let every stream be fine."""
    with patch(PROBE) as mock:
        yield mock


@pytest.fixture
def stream_source() -> Iterator[AsyncMock]:
    """Let every camera name its stream."""
    with patch(GET_STREAM, return_value=URL) as mock:
        yield mock


async def start(hass: HomeAssistant, entry: MockConfigEntry) -> SubentryFlowResult:
    """Begin to add a station."""
    return await hass.config_entries.subentries.async_init(
        (entry.entry_id, "station"), context={"source": SOURCE_USER}
    )


async def add(
    hass: HomeAssistant, entry: MockConfigEntry, **values: Any
) -> SubentryFlowResult:
    """Add a station."""
    result = await start(hass, entry)
    return await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"name": "Garden", **values}
    )


def added(entry: MockConfigEntry, name: str) -> ConfigSubentry:
    """The station of a name."""
    subentries: Iterable[ConfigSubentry] = entry.subentries.values()
    return next(subentry for subentry in subentries if subentry.title == name)


async def test_add_station_by_address(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, probe: AsyncMock
) -> None:
    result = await add(hass, entry, name=" Garden ", stream_url=URL)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["title"] == "Garden"
    assert result["data"] == {**DEFAULTS, "stream_url": URL}
    assert probe.await_args is not None
    (camera,) = probe.await_args.args
    assert probe.await_args.kwargs == {"verify_ssl": True}
    assert await camera.stream_source() == URL
    await hass.async_block_till_done()
    assert hass.states.is_state("sensor.garden_call_state", "idle")


async def test_add_station_by_camera(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    probe: AsyncMock,
    stream_source: AsyncMock,
) -> None:
    values = {
        "camera": "camera.door",
        "doorbell": "binary_sensor.door",
        "ring": [FRONT_DOOR, "Anna's phone"],
        "ring_mode": "all",
        "auto_answer": "nobody",
        "talk_back": False,
        "duplex": "full",
        "speaker_delay": 1.5,
        "greeting": {
            "media_content_id": "media-source://media_source/local/parcel.mp3",
            "media_content_type": "audio/mpeg",
            "metadata": {"title": "parcel.mp3"},
        },
        "verify_ssl": False,
        "record": "always",
    }
    result = await add(hass, entry, **values)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == values
    assert probe.await_args is not None
    (camera,) = probe.await_args.args
    assert probe.await_args.kwargs == {"verify_ssl": False}
    assert await camera.stream_source() == URL
    stream_source.assert_awaited_once_with(hass, "camera.door")


async def test_add_a_speaker_without_a_camera(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, probe: AsyncMock
) -> None:
    plays = {"supported_features": MediaPlayerEntityFeature.PLAY_MEDIA}
    hass.states.async_set("media_player.kitchen", "idle", plays)
    result = await add(hass, entry, speaker="media_player.kitchen")
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert result["data"] == {**DEFAULTS, "speaker": "media_player.kitchen"}
    probe.assert_not_awaited()
    await hass.async_block_till_done()
    (party,) = [one for one in home.exchange.parties.values() if one.name == "Garden"]
    assert not party.video
    assert party.devices
    assert party.devices.camera == NO_CHOICE
    assert hass.states.is_state("select.garden_camera", "unavailable")
    # It is no camera for others to show, either.
    door = home.party(FRONT_DOOR)
    assert door
    assert door.devices
    assert [camera.label for camera in door.devices.camera.devices] == ["Front door"]


@pytest.mark.parametrize(
    ("values", "state", "errors"),
    [
        ({}, "idle", {"speaker": "speaker_not_supported"}),
        ({"stream_url": URL}, "idle", {"speaker": "speaker_not_supported"}),
        ({"sub_stream_url": URL}, "unavailable", {"base": "no_media"}),
    ],
)
async def test_a_speaker_that_plays_nothing_is_refused(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    probe: AsyncMock,
    values: dict[str, Any],
    state: str,
    errors: dict[str, str],
) -> None:
    hass.states.async_set("media_player.television", state)
    result = await add(hass, entry, speaker="media_player.television", **values)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    probe.assert_not_awaited()


async def test_form_offers_who_may_ring(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry
) -> None:
    result = await start(hass, entry)
    assert result["type"] is FlowResultType.FORM
    assert result["step_id"] == "user"
    options = fields(result)["ring"].config["options"]
    assert options == [
        {"value": "screens", "label": "screens"},
        {"value": FRONT_DOOR, "label": "Front door"},
    ]


BAD_INPUT: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "nothing to send": ({}, {"base": "no_media"}),
    "two sources": (
        {"camera": "camera.door", "stream_url": URL},
        {"base": "two_sources"},
    ),
    "no name": ({"name": " ", "stream_url": URL}, {"name": "name_missing"}),
    "taken name": ({"name": "front DOOR", "stream_url": URL}, {"name": "name_taken"}),
    "reserved name": ({"name": "Screens", "stream_url": URL}, {"name": "name_taken"}),
    **{
        url: ({"stream_url": url}, {"stream_url": "unsupported_url"})
        for url in (
            "http://",
            "rtmp:///stream",
            "rtsp://",
            "rtsp://192.0.2.7:99999/",
            "file:///etc/passwd",
            "stream",
        )
    },
    "sub stream": (
        {"stream_url": URL, "sub_stream_url": "stream"},
        {"sub_stream_url": "unsupported_url"},
    ),
}


@pytest.mark.parametrize(("values", "errors"), BAD_INPUT.values(), ids=BAD_INPUT)
async def test_bad_input_is_refused(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    probe: AsyncMock,
    values: dict[str, Any],
    errors: dict[str, str],
) -> None:
    result = await add(hass, entry, **values)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == errors
    probe.assert_not_awaited()
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"name": "Garden", "stream_url": URL}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


@pytest.mark.parametrize("problem", SourceProblem)
async def test_source_that_does_not_work_is_refused(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    probe: AsyncMock,
    problem: SourceProblem,
) -> None:
    probe.side_effect = SourceError(problem, "H265")
    result = await add(hass, entry, stream_url=URL)
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": problem}
    assert result["description_placeholders"]
    assert result["description_placeholders"]["detail"] == "H265"
    probe.side_effect = None
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"name": "Garden", "stream_url": URL}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY


async def test_a_sub_stream_is_tried_too(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, probe: AsyncMock
) -> None:
    error = SourceError(SourceProblem.CANNOT_CONNECT)
    probe.side_effect = [None, error, None, None]
    urls = {"stream_url": URL, "sub_stream_url": f"{URL}/small"}
    result = await add(hass, entry, **urls)
    assert result["errors"] == {"sub_stream_url": "cannot_connect"}
    result = await hass.config_entries.subentries.async_configure(
        result["flow_id"], {"name": "Garden", **urls}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert added(entry, "Garden").data["sub_stream_url"] == urls["sub_stream_url"]


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ({"return_value": None}, "no_media"),
        ({"side_effect": HomeAssistantError("Camera is off")}, "cannot_connect"),
        ({"side_effect": TimeoutError}, "cannot_connect"),
        ({"side_effect": OSError}, "cannot_connect"),
    ],
)
async def test_camera_without_a_stream_is_refused(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    stream_source: AsyncMock,
    source: dict[str, Any],
    error: str,
) -> None:
    stream_source.configure_mock(**source)
    result = await add(hass, entry, camera="camera.door")
    assert result["errors"] == {"base": error}


async def test_change_a_station(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, probe: AsyncMock
) -> None:
    form = await entry.start_subentry_reconfigure_flow(hass, "front_door")
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "reconfigure"
    assert FRONT_DOOR not in str(fields(form)["ring"].config)
    ours = ["camera.front_door_remote", "media_player.front_door_voice"]
    assert fields(form)["speaker"].config["exclude_entities"] == ours
    assert fields(form)["camera"].config["exclude_entities"] == ours
    values = {"name": "Backyard", "stream_url": URL, "auto_answer": "contacts"}
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], values
    )
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "reconfigure_successful"
    door = entry.subentries["front_door"]
    assert door.title == "Backyard"
    assert door.data == {**DEFAULTS, "stream_url": URL, "auto_answer": "contacts"}


async def test_a_change_keeps_what_entities_set(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, probe: AsyncMock
) -> None:
    home.configure(FRONT_DOOR, PartySettings(AutoAnswer.HOME, True, 500))
    form = await entry.start_subentry_reconfigure_flow(hass, "front_door")
    await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"name": "Front door", "stream_url": URL}
    )
    await hass.async_block_till_done()
    assert home.settings(FRONT_DOOR) == PartySettings(AutoAnswer.HOME, True, 500)


async def test_change_of_a_station_is_tried(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, probe: AsyncMock
) -> None:
    before = dict(entry.subentries["front_door"].data)
    probe.side_effect = SourceError(SourceProblem.CANNOT_CONNECT)
    form = await entry.start_subentry_reconfigure_flow(hass, "front_door")
    result = await hass.config_entries.subentries.async_configure(
        form["flow_id"], {"name": "Front door", "stream_url": URL}
    )
    assert result["type"] is FlowResultType.FORM
    assert result["errors"] == {"base": "cannot_connect"}
    assert entry.subentries["front_door"].data == before


async def test_station_of_a_home_that_does_not_run(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, probe: AsyncMock
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    result = await add(hass, entry, stream_url=URL)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert added(entry, "Garden").data["stream_url"] == URL


async def test_no_address_reaches_the_log(
    hass: HomeAssistant,
    home: Home,
    entry: MockConfigEntry,
    probe: AsyncMock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    probe.side_effect = SourceError(SourceProblem.INVALID_AUTH, "401 Unauthorized")
    await add(hass, entry, stream_url=URL)
    assert "192.0.2.7" not in caplog.text
    assert "p@ss" not in caplog.text
