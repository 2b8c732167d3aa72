"""Users see by which way a station's camera is read, and why by no better one."""

from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.media.source import (
    PassedOver,
    SourceError,
    SourceProblem,
    SourceState,
    SourceStatus,
    SourceWay,
)
from custom_components.mesh_call.media.station import StationStatus
from custom_components.mesh_call.sensor import SOURCE_SENSOR

from .conftest import FRONT_DOOR, OpenPage
from .entities import shown
from .fakes import FakeEquipment

SENSOR = "sensor.front_door_camera_source"
NO_RTSP = PassedOver(
    SourceWay.RTSP, SourceError(SourceProblem.UNSUPPORTED_CODEC, "H266")
)
STILLS = SourceStatus(SourceState.READY, None, SourceWay.STILLS, (NO_RTSP,))


def test_every_way_is_an_option() -> None:
    assert {way.value for way in SourceWay} < set(SOURCE_SENSOR.options or ())


@pytest.mark.parametrize(
    ("status", "state", "error"),
    [
        (SourceStatus(SourceState.CLOSED), "not_in_use", None),
        (SourceStatus(SourceState.CONNECTING), "connecting", None),
        (
            SourceStatus(SourceState.LOST, SourceError(SourceProblem.NO_MEDIA)),
            "connecting",
            "no_media",
        ),
        (STILLS, "stills", None),
    ],
)
async def test_the_sensor_follows_the_camera(
    hass: HomeAssistant,
    home: Home,
    equipment: dict[str, FakeEquipment],
    status: SourceStatus,
    state: str,
    error: str | None,
) -> None:
    assert shown(hass, SENSOR).state == "not_in_use"
    port = equipment[FRONT_DOOR].port
    port.set_status(StationStatus(status, pictures=("JPEG → H264",)))
    seen = shown(hass, SENSOR)
    assert seen.state == state
    assert seen.attributes["error"] == error
    assert seen.attributes["pictures"] == ["JPEG → H264"]
    failed = {"rtsp": "unsupported_codec H266"} if state == "stills" else {}
    assert seen.attributes["passed_over"] == failed


async def test_a_station_without_a_camera(
    hass: HomeAssistant, home: Home, equipment: dict[str, FakeEquipment]
) -> None:
    equipment[FRONT_DOOR].port.set_status(StationStatus(None))
    assert shown(hass, SENSOR).state == "unknown"


async def test_screens_and_actions_are_told(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    equipment: dict[str, FakeEquipment],
) -> None:
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    equipment[FRONT_DOOR].port.set_status(StationStatus(STILLS))
    told = {
        "state": "ready",
        "error": None,
        "way": "stills",
        "passed_over": {"rtsp": "unsupported_codec H266"},
    }
    state = await page.wait_until(
        lambda state: any(
            member["source"] == told
            for call in state["calls"]
            for member in call["members"]
        )
    )
    (screen,) = (m for m in state["calls"][0]["members"] if m["kind"] == "screen")
    assert screen["source"] is None
    answer: Any = await hass.services.async_call(
        DOMAIN, "list_calls", {}, blocking=True, return_response=True
    )
    assert told in [member["source"] for member in answer["calls"][0]["members"]]
