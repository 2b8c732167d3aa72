"""A station's source, its problems, and the servers its connections may use."""

import asyncio
from typing import Any
from unittest.mock import AsyncMock, Mock, patch

from homeassistant.components.web_rtc import async_register_ice_servers
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from webrtc_models import RTCIceServer

from custom_components.mesh_call.calls.exchange import Exchange
from custom_components.mesh_call.calls.model import Connection
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.ice import configured_ice_servers
from custom_components.mesh_call.media.loudspeaker import SpeakerState, SpeakerStatus
from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceState,
    SourceStatus,
)
from custom_components.mesh_call.media.station import StationStatus
from custom_components.mesh_call.stations import (
    camera as station_camera,
    media as station_media,
)
from custom_components.mesh_call.stations.camera import StationCamera
from custom_components.mesh_call.stations.config import Duplex, EchoConfig, SourceConfig

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakeEquipment

ISSUE = f"station_{FRONT_DOOR}"
TURN = {"url": "turn:192.0.2.1", "username": "u", "credential": "c"}


def status(
    state: SourceState,
    problem: SourceProblem | None = None,
    speaker: str | None = None,
) -> StationStatus:
    """Return what a station's media tells of its devices."""
    error = SourceError(problem, "H265") if problem else None
    speaker_state = SpeakerState.FAILED if speaker else SpeakerState.CLOSED
    return StationStatus(
        SourceStatus(state, error), SpeakerStatus(speaker_state, speaker)
    )


class TestProblems:
    """What is wrong shows on screens and as a repair issue."""

    async def test_a_problem_lasts_until_the_camera_works(
        self,
        home: Home,
        equipment: dict[str, FakeEquipment],
        issue_registry: ir.IssueRegistry,
    ) -> None:
        port = equipment[FRONT_DOOR].port
        bad = SourceProblem.UNSUPPORTED_CODEC
        port.set_status(status(SourceState.CONNECTING, bad))
        assert home.problem(FRONT_DOOR) == "unsupported_codec"
        issue = issue_registry.async_get_issue(DOMAIN, ISSUE)
        assert issue
        assert issue.translation_key == "station_unsupported_codec"
        assert issue.translation_placeholders == {
            "name": "Front door",
            "detail": "H265",
        }
        port.set_status(status(SourceState.CLOSED))
        assert home.problem(FRONT_DOOR) == "unsupported_codec"
        port.set_status(status(SourceState.READY))
        assert home.problem(FRONT_DOOR) is None
        assert issue_registry.async_get_issue(DOMAIN, ISSUE) is None

    async def test_a_lost_camera_is_one(
        self, home: Home, equipment: dict[str, FakeEquipment]
    ) -> None:
        equipment[FRONT_DOOR].port.set_status(status(SourceState.LOST))
        assert home.problem(FRONT_DOOR) == "source_lost"

    @pytest.mark.parametrize(
        ("error", "key"),
        [
            ("busy", "speaker_busy"),
            ("not_supported", "speaker_not_supported"),
            ("player_unavailable", "speaker_unavailable"),
            ("cannot_connect", "cannot_connect"),
            ("invalid_auth", "invalid_auth"),
        ],
    )
    async def test_a_speaker_that_fails_is_no_repair_issue(
        self,
        home: Home,
        equipment: dict[str, FakeEquipment],
        issue_registry: ir.IssueRegistry,
        error: str,
        key: str,
    ) -> None:
        port = equipment[FRONT_DOOR].port
        port.set_status(status(SourceState.READY, speaker=error))
        assert home.problem(FRONT_DOOR) == key
        assert issue_registry.async_get_issue(DOMAIN, ISSUE) is None
        port.set_status(status(SourceState.READY))
        assert home.problem(FRONT_DOOR) is None

    async def test_a_speaker_that_is_late_is_told(
        self, home: Home, equipment: dict[str, FakeEquipment]
    ) -> None:
        late = SpeakerStatus(SpeakerState.OPEN, late=True)
        equipment[FRONT_DOOR].port.set_status(StationStatus(speaker=late))
        assert home.problem(FRONT_DOOR) == "speaker_late"

    async def test_screens_are_told(
        self, home: Home, open_page: OpenPage, equipment: dict[str, FakeEquipment]
    ) -> None:
        page = await open_page()
        await page.command("call", to=[FRONT_DOOR])
        equipment[FRONT_DOOR].port.set_status(
            status(SourceState.LOST, SourceProblem.CANNOT_CONNECT)
        )
        await page.wait_until(
            lambda state: any(
                member["problem"] == "cannot_connect"
                for call in state["calls"]
                for member in call["members"]
            )
        )

    async def test_another_camera_and_the_end_clear_it(
        self,
        hass: HomeAssistant,
        home: Home,
        equipment: dict[str, FakeEquipment],
        issue_registry: ir.IssueRegistry,
    ) -> None:
        port = equipment[FRONT_DOOR].port
        port.set_status(status(SourceState.LOST))
        hass.config_entries.async_update_subentry(
            home.entry,
            home.entry.subentries["front_door"],
            data={"stream_url": "rtsp://127.0.0.1:2/other"},
        )
        await hass.async_block_till_done()
        assert home.problem(FRONT_DOOR) is None
        port.set_status(status(SourceState.LOST))
        await hass.config_entries.async_unload(home.entry.entry_id)
        assert issue_registry.async_get_issue(DOMAIN, ISSUE) is None
        port.set_status(status(SourceState.LOST))
        assert issue_registry.async_get_issue(DOMAIN, ISSUE) is None


async def test_echo_is_prevented_live(
    hass: HomeAssistant, home: Home, equipment: dict[str, FakeEquipment]
) -> None:
    door = equipment[FRONT_DOOR]
    assert door.echo == EchoConfig(Duplex.HALF, None)
    source = door.config
    subentry = home.entry.subentries["front_door"]
    hass.config_entries.async_update_subentry(
        home.entry,
        subentry,
        data={**subentry.data, "duplex": "full", "speaker_delay": 2.5},
    )
    await hass.async_block_till_done()
    assert door.echo == EchoConfig(Duplex.FULL, 2.5)
    assert door.config is source, "the camera is left alone"


def camera_of(hass: HomeAssistant, **source: Any) -> StationCamera:
    """Return a station's camera."""
    return StationCamera(hass, SourceConfig(**source))


class TestAddress:
    """Where a station's stream is."""

    async def test_it_is_the_one_given(
        self, home: Home, equipment: dict[str, FakeEquipment]
    ) -> None:
        camera = StationCamera(home.hass, equipment[FRONT_DOOR].config)
        assert await camera.stream_source() == "rtsp://reader:hidden@127.0.0.1:1/door"
        assert not camera.gives_images
        assert camera.webrtc() is None

    async def test_a_camera_is_asked_each_time(self, hass: HomeAssistant) -> None:
        urls = AsyncMock(side_effect=["rtsp://h/1", "rtsp://h/2"])
        camera = camera_of(hass, camera="camera.door")
        with patch.object(station_camera, "async_get_stream_source", urls):
            assert await camera.stream_source() == "rtsp://h/1"
            assert await camera.stream_source() == "rtsp://h/2"

    @pytest.mark.parametrize(
        ("answer", "problem"),
        [
            ({"return_value": None}, SourceProblem.NO_MEDIA),
            ({"side_effect": HomeAssistantError}, SourceProblem.CANNOT_CONNECT),
            ({"side_effect": ValueError("rtsp://u:p@h")}, SourceProblem.CANNOT_CONNECT),
        ],
    )
    async def test_a_camera_without_a_stream_is_a_problem(
        self,
        hass: HomeAssistant,
        answer: dict[str, Any],
        problem: SourceProblem,
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        source = AsyncMock(**answer)
        with (
            patch.object(station_camera, "async_get_stream_source", source),
            pytest.raises(SourceError) as error,
        ):
            await camera_of(hass, camera="camera.door").stream_source()
        assert error.value.problem is problem
        assert error.value.detail
        assert "rtsp://" not in caplog.text + error.value.detail

    async def test_a_camera_that_hangs_is_not_waited_for(
        self, hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(station_camera, "CAMERA_TIMEOUT", 0.01)

        async def hang(*_: object) -> str:
            await asyncio.sleep(60)
            return ""

        with (
            patch.object(station_camera, "async_get_stream_source", hang),
            pytest.raises(SourceError),
        ):
            await camera_of(hass, camera="camera.door").stream_source()


class TestIceServers:
    """No public server is asked unless somebody chose it."""

    async def test_none_by_default(self, hass: HomeAssistant) -> None:
        assert configured_ice_servers(hass) == []
        assert await async_setup_component(hass, "web_rtc", {})
        assert configured_ice_servers(hass) == []

    async def test_what_the_user_configured(self, hass: HomeAssistant) -> None:
        config = {"web_rtc": {"ice_servers": [TURN]}}
        assert await async_setup_component(hass, "web_rtc", config)
        (server,) = configured_ice_servers(hass)
        assert server["username"] == "u"

    async def test_what_the_user_configured_in_the_core(
        self, hass: HomeAssistant
    ) -> None:
        assert await async_setup_component(hass, "web_rtc", {})
        hass.config.webrtc.ice_servers = [RTCIceServer("stun:192.0.2.2")]
        assert [s["urls"] for s in configured_ice_servers(hass)] == ["stun:192.0.2.2"]

    async def test_what_another_integration_registered(
        self, hass: HomeAssistant
    ) -> None:
        assert await async_setup_component(hass, "web_rtc", {})
        async_register_ice_servers(hass, lambda: [RTCIceServer("turn:192.0.2.3")])
        assert [s["urls"] for s in configured_ice_servers(hass)] == ["turn:192.0.2.3"]


async def test_a_station_hands_the_servers_on(hass: HomeAssistant) -> None:
    servers: list[dict[str, Any]] = [
        {"urls": "stun:a"},
        {"urls": ["turn:b"], "username": "u", "credential": "c"},
    ]
    with patch.object(station_media, "StationMedia") as media:
        station_media.StationEquipment(
            Mock(),
            "station:x",
            Exchange(),
            Mock(),
            Mock(),
            lambda _: servers,
            SourceConfig(),
            Mock(),
        )
    configure = media.call_args.kwargs["configure_ice"]
    configuration = configure(Connection("1", "c", "a", "b"))
    assert [server.urls for server in configuration.servers] == [
        ("stun:a",),
        ("turn:b",),
    ]
    assert configuration.servers[1].credential == "c"
    assert not configuration.relay_only
    assert configure(Connection("1", "c", "a", "b", relay=True)).relay_only
