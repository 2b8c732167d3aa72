"""Triggers and conditions, in automations as users write them."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
import re
from typing import Any

from homeassistant.const import STATE_ON
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
)
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    async_capture_events,
    async_fire_time_changed,
)
from pytest_homeassistant_custom_component.typing import WebSocketGenerator
import yaml

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .accounts import FakeLine
from .conftest import FRONT_DOOR, OpenPage
from .entities import named, press, ring_tablet, turn
from .fakes import FakePage, in_call

ANNA = "connectycube:102"
BLOCK = re.compile(r"```yaml\n(.*?)```", re.DOTALL)
TRIGGERS = {"connected", "ended", "missed", "started_ringing"}
CONDITIONS = {"is_in_call", "is_muted", "is_ringing"}

type Automate = Callable[..., Awaitable[list[Event]]]
type Holds = Callable[..., Awaitable[bool]]


def device_of(hass: HomeAssistant, entity_id: str) -> str:
    """The device that an entity belongs to."""
    entry = er.async_get(hass).async_get(entity_id)
    assert entry
    assert entry.device_id
    return entry.device_id


def area_with(hass: HomeAssistant, *entity_ids: str) -> str:
    """An area where the devices of these entities are, and a foreign sensor."""
    area = ar.async_get(hass).async_create("Hall")
    for entity_id in entity_ids:
        dr.async_get(hass).async_update_device(
            device_of(hass, entity_id), area_id=area.id
        )
    foreign = er.async_get(hass).async_get_or_create(
        "sensor", "somebody", "1", translation_key="call_state"
    )
    er.async_get(hass).async_update_entity(foreign.entity_id, area_id=area.id)
    hass.states.async_set(foreign.entity_id, "idle")
    return area.id


@pytest.fixture
def automate(hass: HomeAssistant) -> Automate:
    """Return what sets up an automation; it returns what triggered it."""

    async def set_up(
        *names: str, target: dict[str, Any], **options: Any
    ) -> list[Event]:
        told: list[Event] = async_capture_events(hass, "told")
        more = {"options": options} if options else {}
        triggers = [
            {"trigger": f"{DOMAIN}.{name}", "id": name, "target": target, **more}
            for name in names
        ]
        data = {
            "what": "{{ trigger.id }}",
            "entity": "{{ trigger.entity_id }}",
            "peer": "{{ states('sensor.tablet_peer') }}",
        }
        action = {"event": "told", "event_data": data}
        automation = {"triggers": triggers, "actions": [action], "mode": "queued"}
        assert await async_setup_component(
            hass, "automation", {"automation": [{"alias": "Test", **automation}]}
        )
        await hass.async_block_till_done()
        return told

    return set_up


@pytest.fixture
async def holds(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> Holds:
    """Return what asks whether a condition holds, as the editor does."""
    client = await hass_ws_client(hass)

    async def ask(name: str, target: dict[str, Any], **options: Any) -> bool:
        condition = {"condition": f"{DOMAIN}.{name}", "target": target}
        await client.send_json_auto_id(
            {"type": "test_condition", "condition": {**condition, "options": options}}
        )
        answer = await client.receive_json()
        assert answer["success"], answer["error"]
        result: bool = answer["result"]["result"]
        return result

    return ask


def what(told: list[Event]) -> list[str]:
    """What triggered."""
    return [event.data["what"] for event in told]


async def test_the_editor_is_told_of_them(
    hass: HomeAssistant, tablet: FakePage, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    assert await async_setup_component(hass, "automation", {})
    device = {"device_id": [device_of(hass, "sensor.tablet_call_state")]}
    for kind, names in (("trigger", TRIGGERS), ("condition", CONDITIONS)):
        await client.send_json_auto_id({"type": f"{kind}_platforms/subscribe"})
        assert (await client.receive_json())["success"]
        described = (await client.receive_json())["event"]
        ours = {f"{DOMAIN}.{name}" for name in names}
        assert ours == {name for name in described if name.startswith(f"{DOMAIN}.")}
        for name in ours:
            (entity,) = described[name]["target"]["entity"]
            assert entity["integration"] == DOMAIN

        await client.send_json_auto_id(
            {"type": f"get_{kind}s_for_target", "target": device}
        )
        assert ours <= set((await client.receive_json())["result"])


@pytest.mark.parametrize("by", ["entity_id", "device_id", "area_id"])
async def test_a_call_from_ring_to_end(
    hass: HomeAssistant, tablet: FakePage, automate: Automate, by: str
) -> None:
    sensor = "sensor.tablet_call_state"
    targets = {
        "entity_id": lambda: sensor,
        "device_id": lambda: device_of(hass, sensor),
        "area_id": lambda: area_with(hass, sensor),
    }
    told = await automate(
        "started_ringing", "connected", "ended", target={by: targets[by]()}
    )
    for state in ("ringing", "in_call"):
        hass.states.async_set("sensor.somebody_1", state)
    await ring_tablet(hass, tablet)
    assert what(told) == ["started_ringing"]

    await press(hass, "button.tablet_answer")
    await tablet.wait_until(in_call)
    await hass.async_block_till_done()
    assert what(told) == ["started_ringing", "connected"]

    await press(hass, "button.tablet_hang_up")
    await hass.async_block_till_done()
    assert what(told) == ["started_ringing", "connected", "ended"]
    assert {event.data["entity"] for event in told} == {sensor}


async def test_a_station_that_calls_does_not_ring(
    hass: HomeAssistant, tablet: FakePage, automate: Automate
) -> None:
    door = {"entity_id": "sensor.front_door_call_state"}
    told = await automate("started_ringing", "connected", "ended", target=door)
    await ring_tablet(hass, tablet)
    await press(hass, "button.tablet_answer")
    await tablet.wait_until(in_call)
    await press(hass, "button.tablet_hang_up")
    await hass.async_block_till_done()
    assert what(told) == ["connected", "ended"]


async def test_who_calls_is_known_when_it_starts_to_ring(
    hass: HomeAssistant, tablet: FakePage, automate: Automate
) -> None:
    sensor = {"entity_id": "sensor.tablet_call_state"}
    told = await automate("started_ringing", "ended", target=sensor)
    await ring_tablet(hass, tablet)
    assert told[0].data["peer"] == "Front door"
    await press(hass, "button.front_door_hang_up")
    await hass.async_block_till_done()
    assert what(told) == ["started_ringing", "ended"]


async def test_what_rings_for_a_while(
    hass: HomeAssistant, tablet: FakePage, automate: Automate
) -> None:
    sensor = {"entity_id": "sensor.tablet_call_state"}
    told = await automate("started_ringing", target=sensor, **{"for": {"seconds": 15}})
    await ring_tablet(hass, tablet)
    assert told == []
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=16))
    await hass.async_block_till_done()
    assert what(told) == ["started_ringing"]


@pytest.mark.parametrize(("behavior", "times"), [("each", 2), ("first", 1)])
async def test_several_that_ring(
    hass: HomeAssistant,
    tablet: FakePage,
    open_page: OpenPage,
    automate: Automate,
    behavior: str,
    times: int,
) -> None:
    phone = await named(open_page, hass, "Phone")
    sensors = ["sensor.tablet_call_state", "sensor.phone_call_state"]
    told = await automate(
        "started_ringing", target={"entity_id": sensors}, behavior=behavior
    )
    await ring_tablet(hass, tablet)
    await phone.rings()
    await hass.async_block_till_done()
    assert what(told) == ["started_ringing"] * times


async def test_a_call_is_missed_once(
    hass: HomeAssistant, tablet: FakePage, open_page: OpenPage, automate: Automate
) -> None:
    phone = await named(open_page, hass, "Phone")
    events = ["event.tablet_call", "event.phone_call"]
    told = await automate("missed", target={"area_id": area_with(hass, *events)})
    for times in (1, 2):
        await ring_tablet(hass, tablet)
        await phone.rings()
        await press(hass, "button.front_door_hang_up")
        await tablet.wait_until(lambda state: not state["calls"])
        await hass.async_block_till_done()
        assert what(told) == ["missed"] * times


async def test_what_was_missed_is_not_missed_again_under_another_name(
    hass: HomeAssistant, tablet: FakePage, automate: Automate
) -> None:
    # After a start an entity shows its last event, of which the trigger knows nothing.
    event = hass.states.get("event.tablet_call")
    assert event
    last = {**event.attributes, "event_type": "missed", "call_id": "of yesterday"}
    hass.states.async_set(event.entity_id, "2026-11-22T10:00:00.000+00:00", last)
    told = await automate("missed", target={"entity_id": event.entity_id})
    last["friendly_name"] = "Kitchen"
    hass.states.async_set(event.entity_id, "2026-11-22T10:00:00.000+00:00", last)
    await hass.async_block_till_done()
    assert told == []


async def test_an_answered_call_is_not_missed(
    hass: HomeAssistant, tablet: FakePage, automate: Automate
) -> None:
    told = await automate("missed", target={"entity_id": "event.tablet_call"})
    await ring_tablet(hass, tablet)
    await press(hass, "button.tablet_answer")
    await tablet.wait_until(in_call)
    await press(hass, "button.tablet_hang_up")
    await hass.async_block_till_done()
    assert told == []


async def test_a_contacts_call_is_missed_once(
    hass: HomeAssistant,
    home: Home,
    line: FakeLine,
    tablet: FakePage,
    open_page: OpenPage,
    automate: Automate,
) -> None:
    phone = await named(open_page, hass, "Phone")
    told = await automate("missed", target={"entity_id": "event.anna_call"})
    call = await line.dialect.calls(ANNA)
    await tablet.rings()
    await phone.rings()
    home.exchange.hang_up(call.id, ANNA)
    await hass.async_block_till_done()
    assert what(told) == ["missed"]


async def test_conditions_of_a_call(
    hass: HomeAssistant, tablet: FakePage, holds: Holds
) -> None:
    device = {"device_id": device_of(hass, "sensor.tablet_call_state")}
    sensor = {"entity_id": "sensor.tablet_call_state"}

    async def so() -> list[str]:
        names = [name for name in sorted(CONDITIONS) if await holds(name, device)]
        for name in ("is_in_call", "is_ringing"):
            assert await holds(name, sensor) == (name in names)
        return names

    assert await so() == []
    await ring_tablet(hass, tablet)
    assert await so() == ["is_ringing"]
    await press(hass, "button.tablet_answer")
    await tablet.wait_until(in_call)
    assert await so() == ["is_in_call"]
    await turn(hass, "switch.tablet_mute_camera", on=True)
    assert await so() == ["is_in_call", "is_muted"]
    await press(hass, "button.tablet_hang_up")
    await hass.async_block_till_done()
    assert await so() == []


async def test_what_is_muted(
    hass: HomeAssistant, tablet: FakePage, holds: Holds
) -> None:
    device = {"device_id": device_of(hass, "sensor.tablet_call_state")}
    # Another switch of the device, which is on.
    await turn(hass, "switch.tablet_do_not_disturb", on=True)
    await tablet.command("call", to=[FRONT_DOOR])
    await tablet.wait_until(in_call)
    assert not await holds("is_muted", device)

    await turn(hass, "switch.tablet_mute_microphone", on=True)
    assert await holds("is_muted", device)
    assert await holds("is_muted", device, medium="audio")
    assert not await holds("is_muted", device, medium="video")
    assert not await holds("is_muted", device, behavior="all")
    assert await holds("is_muted", {"entity_id": "switch.tablet_mute_microphone"})
    assert not await holds("is_muted", {"entity_id": "switch.tablet_mute_camera"})

    await turn(hass, "switch.tablet_mute_camera", on=True)
    assert await holds("is_muted", device, behavior="all")


@pytest.mark.parametrize("document", ["README.md", "docs/automation.md"])
async def test_examples_are_automations(
    hass: HomeAssistant, home: Home, document: str
) -> None:
    text = (Path(__file__).parents[2] / document).read_text()
    blocks = [yaml.safe_load(block) for block in BLOCK.findall(text)]
    examples = [
        example
        for block in blocks
        for example in block.get("automation", [block])
        if "triggers" in example
    ]
    assert any("mesh_call." in str(example["triggers"]) for example in examples)
    assert await async_setup_component(hass, "automation", {"automation": examples})
    await hass.async_block_till_done()
    states = {state.name: state.state for state in hass.states.async_all("automation")}
    assert states == {example["alias"]: STATE_ON for example in examples}


async def test_an_unknown_medium_is_refused(
    hass: HomeAssistant, home: Home, holds: Holds
) -> None:
    door = {"entity_id": "switch.front_door_mute_camera"}
    with pytest.raises(AssertionError, match="medium"):
        await holds("is_muted", door, medium="smell")
