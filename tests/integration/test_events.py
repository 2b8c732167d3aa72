"""What happens in calls on Home Assistant's bus."""

from homeassistant.core import Context, Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.mesh_call.const import DOMAIN, EVENT_CALL, EVENT_CONNECTION_STATE
from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR, OpenPage
from .fakes import in_call


async def test_call_events_say_everything(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    call_events: list[Event],
    device_registry: dr.DeviceRegistry,
) -> None:
    page = await open_page()
    answer = await hass.services.async_call(
        DOMAIN,
        "call",
        {"from": "Front door", "to": page.screen_id, "extension": {"reason": "bell"}},
        blocking=True,
        return_response=True,
    )
    assert answer
    await page.rings()
    await page.command("accept", call_id=answer["call_id"])
    await page.wait_until(in_call)
    await page.command("hangup", call_id=answer["call_id"])
    await hass.async_block_till_done()
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, FRONT_DOOR), home.entry.entry_id
    )
    assert device
    common = {
        "call_id": answer["call_id"],
        "account": None,
        "video": True,
        "members": [FRONT_DOOR, page.screen_id],
    }
    names = {FRONT_DOOR: "Front door", page.screen_id: "Mock User"}
    for event in call_events:
        data = event.data
        assert common.items() <= data.items()
        assert data["party_name"] == names[data["party"]]
        assert data["peer_name"] == names[data["peer"]]
        expected = device.id if data["party"] == FRONT_DOOR else None
        assert data["device_id"] == expected
    told = [(e.data["type"], e.data["party"], e.data["by"]) for e in call_events]
    assert told[0] == ("outgoing", FRONT_DOOR, FRONT_DOOR)
    assert told[1] == ("incoming", page.screen_id, FRONT_DOOR)
    assert ("accepted", FRONT_DOOR, page.screen_id) in told
    assert {t for t, *_ in told} >= {"remote_stream"}
    assert told[-1][0] == "ended"
    assert [e.data["type"] for e in call_events].count("ended") == 1
    assert call_events[0].data["extension"] == {"reason": "bell"}
    assert call_events[1].data["extension"] == {"reason": "bell"}
    assert call_events[-1].data["reason"] == "hung_up"
    assert all("reason" not in e.data for e in call_events if e.data["type"] != "ended")


async def test_connection_events_say_everything(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    link_events: list[Event],
    device_registry: dr.DeviceRegistry,
) -> None:
    page = await open_page()
    call_id = (await page.command("call", to=[FRONT_DOOR]))["call_id"]
    await page.wait_until(in_call)
    await page.command("hangup", call_id=call_id)
    await hass.async_block_till_done()
    device = device_registry.async_get_device_by_identifier(
        (DOMAIN, FRONT_DOOR), home.entry.entry_id
    )
    assert device
    states = [(e.data["previous_state"], e.data["state"]) for e in link_events]
    assert states == [
        ("undefined", "connecting"),
        ("connecting", "connected"),
        ("connected", "closed"),
    ]
    data = dict(link_events[0].data)
    assert data.pop("peer_name")
    assert data == {
        "call_id": call_id,
        "party": FRONT_DOOR,
        "peer": page.screen_id,
        "party_name": "Front door",
        "device_id": device.id,
        "state": "connecting",
        "previous_state": "undefined",
    }


async def test_states_are_written_before_events_fire(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    seen: list[tuple[str, str, str]] = []

    def state(entity: str) -> str:
        found = hass.states.get(f"sensor.front_door_{entity}")
        assert found
        return found.state

    @callback
    def note(event: Event) -> None:
        told = event.data.get("type") or event.data["state"]
        seen.append((told, state("call_state"), state("peer")))

    hass.bus.async_listen(EVENT_CALL, note)
    hass.bus.async_listen(EVENT_CONNECTION_STATE, note)
    page = await open_page()
    await page.command("screen/name", name="Kitchen")
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    await page.command("hangup", call_id=home.exchange.calls[0].id)
    await hass.async_block_till_done()
    by_type = {told: (shown, peer) for told, shown, peer in seen}
    assert by_type["incoming"] == ("ringing", "Kitchen")
    assert by_type["connecting"] == ("connecting", "Kitchen")
    assert by_type["connected"] == ("in_call", "Kitchen")
    assert by_type["remote_stream"][0] == "in_call"
    assert by_type["closed"][0] == "idle"
    assert by_type["ended"] == ("idle", "unknown")


async def test_event_entities_are_written_before_the_bus_event(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    shown: list[tuple[str, str]] = []

    @callback
    def note(event: Event) -> None:
        state = hass.states.get("event.front_door_call")
        assert state
        if event.data["party"] == FRONT_DOOR:
            shown.append((event.data["type"], state.attributes["event_type"]))

    hass.bus.async_listen(EVENT_CALL, note)
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    await page.command("hangup", call_id=home.exchange.calls[0].id)
    await hass.async_block_till_done()
    assert shown
    assert all(told == entity for told, entity in shown)


async def test_events_carry_the_context_of_who_acted(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    call_events: list[Event],
    hass_admin_user: MockUser,
) -> None:
    page = await open_page()
    context = Context(user_id=hass_admin_user.id)
    await hass.services.async_call(
        DOMAIN,
        "call",
        {"from": FRONT_DOOR, "to": page.screen_id},
        blocking=True,
        return_response=True,
        context=context,
    )
    assert call_events[0].context is context
    assert call_events[0].data["type"] == "outgoing"
