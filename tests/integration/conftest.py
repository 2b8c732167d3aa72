"""A home with a front door, and pages of browsers that talk to it."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState, ConfigSubentryDataWithId
from homeassistant.core import Event, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.mesh_call.calls.events import Cause
from custom_components.mesh_call.calls.model import Call
from custom_components.mesh_call.const import (
    DOMAIN,
    EVENT_CALL,
    EVENT_CONNECTION_STATE,
    HOME_UNIQUE_ID,
    SUBENTRY_STATION,
)
from custom_components.mesh_call.home import Home

from .accounts import FakeLine, contact, make_account_entry
from .fakes import FakeEquipment, FakePage

FRONT_DOOR = "station:front_door"
STREAM_URL = "rtsp://reader:hidden@127.0.0.1:1/door"

# Warnings about Home Assistant's own code are no failures of ours.
FOREIGN_WARNINGS = r"ignore::Warning:homeassistant\..*"

type OpenPage = Callable[..., Awaitable[FakePage]]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let warnings fail a test only where they are about our code."""
    folder = Path(__file__).parent
    for item in items:
        if folder in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings(FOREIGN_WARNINGS))


@pytest.fixture(autouse=True)
def custom_integrations(enable_custom_integrations: None) -> None:
    """Let Home Assistant find the integration in every test."""


@pytest.fixture
def station_data() -> dict[str, Any]:
    """Return what the front door's subentry holds; tests may change it."""
    return {"stream_url": STREAM_URL}


@pytest.fixture
def home_options() -> dict[str, Any]:
    """Return the options of the home; tests may change them."""
    return {}


@pytest.fixture
def entry(
    hass: HomeAssistant, station_data: dict[str, Any], home_options: dict[str, Any]
) -> MockConfigEntry:
    """Return the home's config entry with its front door, not set up yet."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=HOME_UNIQUE_ID,
        title="Home",
        options=home_options,
        subentries_data=[
            ConfigSubentryDataWithId(
                data=station_data,
                subentry_id="front_door",
                subentry_type=SUBENTRY_STATION,
                title="Front door",
                unique_id=None,
            )
        ],
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def equipment(hass: HomeAssistant) -> AsyncGenerator[dict[str, FakeEquipment]]:
    """Replace every station's media by a fake; returns them by party id."""
    made: dict[str, FakeEquipment] = {}

    def make(pool: Any, party_id: str, *arguments: Any, **more: Any) -> FakeEquipment:
        made[party_id] = FakeEquipment(pool, party_id, *arguments, **more)
        return made[party_id]

    with patch(
        "custom_components.mesh_call.stations.media.StationEquipment", side_effect=make
    ):
        yield made


@pytest.fixture
async def home(
    hass: HomeAssistant, entry: MockConfigEntry, equipment: dict[str, FakeEquipment]
) -> Home:
    """Return the home, set up."""
    assert await async_setup_component(hass, "web_rtc", {})
    assert await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    home: Home = entry.runtime_data
    return home


@pytest.fixture
def call_events(hass: HomeAssistant) -> list[Event]:
    """Return the `mesh_call_call` events fired from now on."""
    events: list[Event] = async_capture_events(hass, EVENT_CALL)
    return events


@pytest.fixture
def link_events(hass: HomeAssistant) -> list[Event]:
    """Return the `mesh_call_connection_state` events fired from now on."""
    events: list[Event] = async_capture_events(hass, EVENT_CONNECTION_STATE)
    return events


@pytest.fixture
async def open_page(
    hass: HomeAssistant, hass_ws_client: WebSocketGenerator, hass_access_token: str
) -> AsyncGenerator[OpenPage]:
    """Return what opens a page of the frontend and registers it as a screen."""
    pages: list[FakePage] = []

    async def open_(
        token: str = hass_access_token,
        *,
        register: bool = True,
        expect_welcome: bool = True,
        **identity: str,
    ) -> FakePage:
        page = FakePage(await hass_ws_client(hass, access_token=token))
        pages.append(page)
        if register and expect_welcome:
            await page.register(**identity)
        elif register:
            await page.command("screen", **identity)
        return page

    yield open_
    for page in pages:
        await page.close()


@pytest.fixture
async def ring(home: Home) -> Call:
    """Let the front door ring every screen."""
    return await home.stations["front_door"].ring(Cause())


@pytest.fixture
async def tablet(home: Home, open_page: OpenPage, hass: HomeAssistant) -> FakePage:
    """The named screen `Tablet`."""
    page = await open_page()
    await page.command("screen/name", name="Tablet")
    await hass.async_block_till_done()
    return page


@pytest.fixture
def lines() -> Generator[list[FakeLine]]:
    """Let accounts have lines without a server; returns those that were made."""
    FakeLine.made.clear()
    with patch(
        "custom_components.mesh_call.accounts.connectycube.ConnectyCubeLine", FakeLine
    ):
        yield FakeLine.made
    FakeLine.refusal = None


@pytest.fixture
def account_entry(hass: HomeAssistant, lines: list[FakeLine]) -> MockConfigEntry:
    """Return an account with the contacts Anna and Ben, not set up yet."""
    entry = make_account_entry(
        contact("anna", "Anna", "102"), contact("ben", "Ben", "103", may_drop_in=True)
    )
    entry.add_to_hass(hass)
    return entry


@pytest.fixture
async def line(
    hass: HomeAssistant,
    home: Home,
    account_entry: MockConfigEntry,
    lines: list[FakeLine],
) -> FakeLine:
    """Return the line of an account that runs, with a home."""
    if account_entry.state is ConfigEntryState.NOT_LOADED:
        assert await hass.config_entries.async_setup(account_entry.entry_id)
    await hass.async_block_till_done()
    return lines[-1]
