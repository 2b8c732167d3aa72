"""Calls that ring on phones whose app is not open."""

from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_mock_service,
)

from custom_components.mesh_call.calls.events import Cause
from custom_components.mesh_call.home import Home

from .accounts import FakeLine
from .conftest import OpenPage
from .test_permissions import member_of

ANNA = "connectycube:102"


@pytest.fixture
def home_options() -> dict[str, Any]:
    """Let two phones be notified; one of them is switched off for good."""
    return {"notify": ["notify.mobile_app_pixel", "notify.gone"]}


@pytest.fixture
def station_data(station_data: dict[str, Any]) -> dict[str, Any]:
    """Let the front door have a camera entity."""
    return {"camera": "camera.door"}


@pytest.fixture
def phone(hass: HomeAssistant) -> list[ServiceCall]:
    """Return what the phone was sent."""
    sent: list[ServiceCall] = async_mock_service(hass, "notify", "mobile_app_pixel")
    return sent


async def ring(hass: HomeAssistant, home: Home) -> str:
    """Let the front door ring."""
    call = await home.stations["front_door"].ring(Cause())
    await hass.async_block_till_done(wait_background_tasks=True)
    return call.id


async def press(
    hass: HomeAssistant, action: str, context: Context | None = None
) -> None:
    """Press a button of a notification."""
    hass.bus.async_fire(
        "mobile_app_notification_action", {"action": action}, context=context
    )
    await hass.async_block_till_done(wait_background_tasks=True)


def cleared(phone: list[ServiceCall], call_id: str) -> bool:
    """Whether the last that the phone was sent takes a call's notification away."""
    return phone[-1].data == {
        "message": "clear_notification",
        "data": {"tag": f"mesh_call_{call_id}"},
    }


async def test_a_doorbell_rings_on_phones(
    hass: HomeAssistant, home: Home, phone: list[ServiceCall]
) -> None:
    call_id = await ring(hass, home)
    [notification] = phone
    data = notification.data["data"]
    assert notification.data["title"] == "Front door"
    assert notification.data["message"] == "Incoming call"
    assert data["tag"] == f"mesh_call_{call_id}"
    assert data["url"] == data["clickAction"] == f"/?mesh_call={call_id}"
    assert data["image"] == "/api/camera_proxy/camera.door"
    answer, reject = data["actions"]
    assert answer == {
        "action": "URI",
        "title": "Answer",
        "uri": f"/?mesh_call_answer={call_id}",
    }
    assert reject["action"] == f"MESH_CALL_REJECT_{call_id}"
    home.exchange.hang_up(call_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert cleared(phone, call_id)
    assert len(phone) == 2


async def test_in_the_language_of_the_home(
    hass: HomeAssistant, home: Home, phone: list[ServiceCall]
) -> None:
    hass.config.language = "de"
    await ring(hass, home)
    assert phone[0].data["data"]["actions"][1]["title"] == "Ablehnen"


async def test_answered_elsewhere_takes_it_away(
    hass: HomeAssistant, home: Home, phone: list[ServiceCall], open_page: OpenPage
) -> None:
    page = await open_page()
    call_id = await ring(hass, home)
    await page.rings()
    assert len(phone) == 1
    await page.command("accept", call_id=call_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert cleared(phone, call_id)


async def test_a_contact_rings_on_phones(
    hass: HomeAssistant, home: Home, line: FakeLine, phone: list[ServiceCall]
) -> None:
    call = await line.dialect.calls(ANNA)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert phone[0].data["title"] == "Anna"
    assert "image" not in phone[0].data["data"]
    await press(hass, f"MESH_CALL_REJECT_{call.id}")
    assert not home.exchange.calls
    assert line.dialect.dismissed == [(ANNA, "rejected")]
    assert cleared(phone, call.id)


async def test_calls_between_two_screens_are_their_own_affair(
    hass: HomeAssistant, home: Home, phone: list[ServiceCall], open_page: OpenPage
) -> None:
    pages = [await open_page() for _ in range(2)]
    await pages[0].command("call", to=[pages[1].screen_id])
    await pages[1].rings()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not phone


async def test_reject_is_for_the_screens_of_who_presses_it(
    hass: HomeAssistant,
    home: Home,
    phone: list[ServiceCall],
    open_page: OpenPage,
    hass_admin_user: Any,
) -> None:
    own = await open_page()
    user = await member_of(hass, "system-users")
    other = await open_page(user.token)
    call_id = await ring(hass, home)
    await own.rings()
    await other.rings()
    context = Context(user_id=hass_admin_user.id)
    await press(hass, f"MESH_CALL_REJECT_{call_id}", context)
    members = home.exchange.call_by_id(call_id).members
    assert members[own.screen_id].state == "rejected"
    assert members[other.screen_id].state == "ringing"


async def test_readers_reject_nothing(
    hass: HomeAssistant, home: Home, phone: list[ServiceCall]
) -> None:
    reader = await member_of(hass, GROUP_ID_READ_ONLY)
    call_id = await ring(hass, home)
    await press(hass, f"MESH_CALL_REJECT_{call_id}", reader.context)
    assert home.exchange.call_by_id(call_id)


@pytest.mark.parametrize("action", ["MESH_CALL_REJECT_unknown", "REJECT", ""])
async def test_other_buttons_do_nothing(
    hass: HomeAssistant, home: Home, phone: list[ServiceCall], action: str
) -> None:
    call_id = await ring(hass, home)
    await press(hass, action)
    assert home.exchange.call_by_id(call_id)


async def test_a_phone_that_fails_disturbs_nothing(
    hass: HomeAssistant, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    async_mock_service(
        hass, "notify", "mobile_app_pixel", raise_exception=HomeAssistantError("off")
    )
    call_id = await ring(hass, home)
    assert home.exchange.call_by_id(call_id)
    assert "notify.mobile_app_pixel can't notify of a call" in caplog.text
    assert "notify.gone can't notify of a call" in caplog.text


async def test_unloading_takes_it_away(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, phone: list[ServiceCall]
) -> None:
    call_id = await ring(hass, home)
    await hass.config_entries.async_unload(entry.entry_id)
    assert cleared(phone, call_id)


async def test_the_form_offers_companion_apps(
    hass: HomeAssistant, home: Home, entry: MockConfigEntry, phone: list[ServiceCall]
) -> None:
    async_mock_service(hass, "notify", "persistent_notification")
    form: Any = await hass.config_entries.options.async_init(entry.entry_id)
    offered = form["data_schema"].schema["notify"].config["options"]
    assert offered == ["notify.mobile_app_pixel"]
