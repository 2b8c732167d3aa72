"""Recordings by action, field and setting: who may, what is told, what goes wrong."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, override
from unittest.mock import patch

from homeassistant.core import Event, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import (
    Call,
    Candidate,
    Connection,
    Description,
)
from custom_components.mesh_call.calls.ports import RecorderPort
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.recordings import (
    folder_error,
    recordings_folder,
    update_issue,
)

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakePage, in_call

PATH = "/media/mesh_call/2026-11-01/12-00-00 Front door"


class FakeRecorder(RecorderPort):
    """Records nothing."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.error: str | None = None
        self.stopped: list[str] = []

    @override
    async def start(self, call: Call) -> str:
        if self.error:
            raise CallError(self.error, folder="/media")
        update_issue(self.home.hass, None)
        return PATH

    @override
    def follow(self, call: Call) -> None: ...

    @override
    async def stop(self, call_id: str, reason: str) -> None:
        self.stopped.append(reason)

    @override
    def refused(self, error: CallError) -> None:
        update_issue(self.home.hass, error.key)

    async def shut_down(self) -> None: ...

    @override
    def open(self, connection: Connection, party_id: str) -> None: ...

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None: ...

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None: ...

    @override
    def close(self, connection_id: str, party_id: str) -> None: ...


@pytest.fixture(autouse=True)
def recorders() -> Iterator[list[FakeRecorder]]:
    """Replace what records by a fake; returns those made."""
    made: list[FakeRecorder] = []

    def make(home: Home) -> FakeRecorder:
        made.append(FakeRecorder(home))
        return made[-1]

    target = "custom_components.mesh_call.recording_media.make_recorder"
    with patch(target, side_effect=make):
        yield made


async def act(hass: HomeAssistant, action: str, **data: Any) -> Any:
    """Perform an action and return its answer."""
    return await hass.services.async_call(
        DOMAIN, action, data, blocking=True, return_response=True
    )


@pytest.fixture
async def page(hass: HomeAssistant, home: Home, open_page: OpenPage) -> FakePage:
    """Return a page that is in a call with the front door."""
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR], video=True, ring_mode="first")
    await page.wait_until(in_call)
    return page


def recorded(state: dict[str, Any]) -> bool:
    """Tell whether a page's state shows that the call is recorded."""
    return any(call["recording"] for call in state["calls"])


async def test_a_call_is_recorded_by_action(
    hass: HomeAssistant, page: FakePage, call_events: list[Event]
) -> None:
    assert await act(hass, "start_recording") == {"path": PATH}
    await page.wait_until(recorded)
    opening = await page.wait_for("open", recording=True)
    assert opening["offer"] is False
    [call] = (await act(hass, "list_calls"))["calls"]
    assert call["recording"] == PATH
    assert await act(hass, "start_recording") == {"path": PATH}

    assert await act(hass, "stop_recording") == {"path": PATH}
    await page.wait_until(lambda state: not recorded(state))
    await page.wait_for("close", connection_id=opening["connection_id"])
    [saved] = [e for e in call_events if e.data["type"] == "recording_saved"]
    assert saved.data["path"] == PATH
    with pytest.raises(ServiceValidationError) as error:
        await act(hass, "stop_recording")
    assert error.value.translation_key == "not_recording"


async def test_every_screen_in_the_call_shows_it_at_once(
    hass: HomeAssistant, page: FakePage, open_page: OpenPage
) -> None:
    other = await open_page()
    assert page.state
    [call] = page.state["calls"]
    await page.command("add", call_id=call["call_id"], to=[other.screen_id])
    await other.rings()
    await other.command("accept", call_id=call["call_id"])
    await other.wait_until(in_call)
    await act(hass, "start_recording")
    for screen in (page, other):
        await screen.wait_for("open", recording=True)
        assert screen.state
        assert recorded(screen.state)


async def test_a_page_records_the_call_it_is_in(
    home: Home, page: FakePage, open_page: OpenPage
) -> None:
    [call] = home.exchange.calls
    stranger = await open_page()
    key = await stranger.refused("record", call_id=call.id, on=True)
    assert key == "not_in_call"
    await page.command("record", call_id=call.id, on=True)
    await page.wait_until(recorded)
    await page.command("record", call_id=call.id, on=False)
    await page.wait_until(lambda state: not recorded(state))


async def test_a_recording_is_saved_before_the_call_has_ended(
    hass: HomeAssistant,
    page: FakePage,
    recorders: list[FakeRecorder],
    call_events: list[Event],
) -> None:
    await act(hass, "start_recording")
    await hass.services.async_call(DOMAIN, "hangup", {}, blocking=True)
    await hass.async_block_till_done()
    types = [event.data["type"] for event in call_events]
    assert types[-2:] == ["recording_saved", "ended"]
    assert recorders[0].stopped == ["hung_up"]


@pytest.mark.parametrize(
    "station_data", [{"stream_url": "rtsp://a", "record": "always"}]
)
async def test_a_station_is_always_recorded(
    hass: HomeAssistant, page: FakePage, station_data: dict[str, Any]
) -> None:
    await page.wait_until(recorded)


async def test_a_call_asks_for_its_recording(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    await act(hass, "call", **{"from": FRONT_DOOR}, to=page.screen_id, record=True)
    ring = await page.rings()
    assert not ring["recording"]
    await page.command("accept", call_id=ring["call_id"])
    await page.wait_until(recorded)


async def test_what_the_disk_says_is_the_error_of_the_action(
    hass: HomeAssistant, page: FakePage, recorders: list[FakeRecorder]
) -> None:
    recorders[0].error = "disk_full"
    with pytest.raises(HomeAssistantError) as error:
        await act(hass, "start_recording")
    assert error.value.translation_key == "disk_full"
    assert "/media" in str(error.value)
    assert page.state
    assert in_call(page.state)


@pytest.mark.parametrize(
    "station_data", [{"stream_url": "rtsp://a", "record": "always"}]
)
async def test_what_nobody_waits_for_becomes_a_repair(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    recorders: list[FakeRecorder],
    station_data: dict[str, Any],
) -> None:
    recorders[0].error = "folder_missing"
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR], video=True, ring_mode="first")
    await page.wait_until(in_call)
    await hass.async_block_till_done()
    issue = ir.async_get(hass).async_get_issue(DOMAIN, "recording")
    assert issue
    assert issue.translation_key == "recording_folder_missing"
    recorders[0].error = None
    await act(hass, "start_recording")
    assert not ir.async_get(hass).async_get_issue(DOMAIN, "recording")


async def test_the_folder_must_exist_and_be_allowed(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, tmp_path: Path
) -> None:
    allowed = tmp_path / "recordings"
    allowed.mkdir()
    hass.config.allowlist_external_dirs = {str(allowed)}
    for folder, key in (
        ("relative", "folder_missing"),
        (f"{tmp_path}/missing", "folder_missing"),
        (f"{tmp_path}", "folder_not_allowed"),
    ):
        result = await hass.config_entries.options.async_init(entry.entry_id)
        result = await hass.config_entries.options.async_configure(
            result["flow_id"], {"recordings_folder": folder}
        )
        assert result["type"] is FlowResultType.FORM
        assert result["errors"] == {"recordings_folder": key}
    result = await hass.config_entries.options.async_configure(
        result["flow_id"], {"recordings_folder": f" {allowed} "}
    )
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["recordings_folder"] == str(allowed)
    assert folder_error(hass, allowed) is None


def test_the_folder_without_a_choice(hass: HomeAssistant, tmp_path: Path) -> None:
    assert recordings_folder(hass, "/somewhere") == Path("/somewhere")
    hass.config.media_dirs = {"first": str(tmp_path / "a"), "second": "/b"}
    assert recordings_folder(hass, None) == tmp_path / "a"
    # A drive that is missing must not be made up.
    assert not (tmp_path / "a").exists()
