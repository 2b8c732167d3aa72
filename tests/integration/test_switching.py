"""Other devices and shared screens: pages tell what they have and what they show."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import (
    HomeAssistantError,
    ServiceValidationError,
    Unauthorized,
)
import pytest
from pytest_homeassistant_custom_component.common import MockUser

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.signaling import screen_link
from custom_components.mesh_call.stations.config import SourceConfig

from .conftest import FRONT_DOOR, STREAM_URL, OpenPage
from .fakes import FakeEquipment, FakePage, in_call

CAMERA = "select.kitchen_camera"
FRONT, REAR = {"id": "a1", "label": "Front"}, {"id": "b2", "label": "Rear"}
DEVICES: dict[str, Any] = {
    "cameras": [FRONT, REAR],
    "microphones": [{"id": "m1", "label": "Headset"}],
    "speakers": [{"id": "s1", "label": ""}],
    "camera": "a1",
    "microphone": "m1",
    "speaker": None,
}


async def act(hass: HomeAssistant, name: str, **data: Any) -> None:
    """Run an action of ours."""
    await hass.services.async_call(DOMAIN, name, data, blocking=True)


async def select(hass: HomeAssistant, option: str) -> None:
    """Choose another camera by the entity."""
    data = {"entity_id": CAMERA, "option": option}
    await hass.services.async_call("select", "select_option", data, blocking=True)


def shown(hass: HomeAssistant) -> tuple[str, list[str] | None]:
    """Return the state and the options of the select."""
    state = hass.states.get(CAMERA)
    assert state
    return state.state, state.attributes.get("options")


@pytest.fixture
async def kitchen(hass: HomeAssistant, home: Home, open_page: OpenPage) -> FakePage:
    """Return the page of a named screen that has told of its devices."""
    page = await open_page()
    await page.command("screen/name", name="Kitchen")
    await page.command("devices", **DEVICES)
    await hass.async_block_till_done()
    return page


@pytest.fixture
async def call_id(kitchen: FakePage) -> str:
    """Return a call between the kitchen and the door."""
    answer = await kitchen.command("call", to=[FRONT_DOOR])
    await kitchen.wait_until(in_call)
    return str(answer["call_id"])


class TestDevices:
    """Cameras, microphones and speakers."""

    @pytest.mark.parametrize(
        ("kind", "text", "device"),
        [
            ("camera", "rear", "b2"),
            ("camera", "b2", "b2"),
            ("microphone", "Headset", "m1"),
            ("speaker", "s1", "s1"),
        ],
    )
    async def test_an_action_switches(
        self, hass: HomeAssistant, kitchen: FakePage, kind: str, text: str, device: str
    ) -> None:
        await act(hass, f"switch_{kind}", party="Kitchen", **{kind: text})
        (request,) = kitchen.of_type("switch")
        assert (request["kind"], request["device"]) == (kind, device)

    async def test_the_entity_shows_what_the_page_tells(
        self, hass: HomeAssistant, kitchen: FakePage
    ) -> None:
        assert shown(hass) == ("Front", ["Front", "Rear"])
        await select(hass, "Rear")
        assert kitchen.of_type("switch")[0]["device"] == "b2"
        assert shown(hass)[0] == "Front"
        await kitchen.command("devices", **{**DEVICES, "camera": "b2"})
        assert shown(hass)[0] == "Rear"
        await kitchen.command("devices", **{**DEVICES, "camera": None})
        assert shown(hass)[0] == STATE_UNKNOWN
        await kitchen.command("devices", **{**DEVICES, "cameras": []})
        assert shown(hass)[0] == STATE_UNAVAILABLE

    async def test_they_outlive_a_reload_of_the_home(
        self, hass: HomeAssistant, home: Home, kitchen: FakePage
    ) -> None:
        await hass.config_entries.async_reload(home.entry.entry_id)
        await hass.async_block_till_done()
        assert shown(hass) == ("Front", ["Front", "Rear"])

    async def test_nameless_devices_are_left_out(
        self, home: Home, kitchen: FakePage
    ) -> None:
        hidden = {"id": "", "label": ""}
        await kitchen.command("devices", **{**DEVICES, "cameras": [hidden, REAR]})
        devices = home.exchange.parties[kitchen.screen_id].devices
        assert devices
        assert devices.camera.names == ("Rear",)

    async def test_they_are_nobody_elses_business(
        self, kitchen: FakePage, open_page: OpenPage
    ) -> None:
        other = await open_page()
        assert "Rear" not in str(await other.wait_until(lambda state: True))

    @pytest.mark.parametrize(
        ("data", "key", "told"),
        [
            ({"party": "Kitchen", "camera": "Side"}, "unknown_device", "Front, Rear"),
            ({"party": FRONT_DOOR, "camera": "Side"}, "unknown_device", "Front door"),
            ({"party": "Nobody", "camera": "Side"}, "unknown_party", "Nobody"),
            ({"camera": "Side"}, "party_needed", "Kitchen"),
        ],
    )
    async def test_bad_input_is_said_in_words(
        self,
        hass: HomeAssistant,
        kitchen: FakePage,
        data: dict[str, str],
        key: str,
        told: str,
    ) -> None:
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, "switch_camera", **data)
        assert error.value.translation_key == key
        assert told in str(error.value)
        assert not kitchen.of_type("switch")

    async def test_a_screen_without_a_camera_says_so(
        self, hass: HomeAssistant, kitchen: FakePage
    ) -> None:
        await kitchen.command("devices", **{**DEVICES, "cameras": []})
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, "switch_camera", party="Kitchen", camera="Front")
        assert error.value.translation_key == "no_devices"

    @pytest.mark.parametrize(
        ("reported", "key"),
        [
            ("unknown_device", "device_failed"),
            ("device_failed", "device_failed"),
            ("odd", "screen_failed"),
            (None, "screen_not_responding"),
        ],
    )
    async def test_what_the_page_can_not_do_is_no_fault_of_the_caller(
        self,
        hass: HomeAssistant,
        kitchen: FakePage,
        monkeypatch: pytest.MonkeyPatch,
        reported: str | None,
        key: str,
    ) -> None:
        monkeypatch.setattr(screen_link, "REQUEST_TIMEOUT", 0.2 if reported else 0.01)
        kitchen.prompt = False
        switching = hass.async_create_task(select(hass, "Rear"))
        request = await kitchen.wait_for("switch")
        if reported:
            request_id = request["request_id"]
            await kitchen.command("report", request_id=request_id, error=reported)
        with pytest.raises(HomeAssistantError) as error:
            await switching
        assert error.value.translation_key == key
        assert not isinstance(error.value, ServiceValidationError)
        assert shown(hass)[0] == "Front"

    @pytest.mark.parametrize(
        "change",
        [
            {"cameras": "a1"},
            {"cameras": [{"id": "a"}]},
            {"cameras": [{"id": "a", "label": "x" * 300}]},
            {"cameras": [FRONT] * 65},
            {"camera": 7},
            {"more": 1},
        ],
    )
    async def test_odd_lists_are_refused(
        self, hass: HomeAssistant, kitchen: FakePage, change: dict[str, Any]
    ) -> None:
        code = await kitchen.refused("devices", **{**DEVICES, **change})
        assert code == "invalid_message"
        assert shown(hass) == ("Front", ["Front", "Rear"])


class TestSharing:
    """The screen in place of the camera."""

    async def test_the_page_is_asked_and_tells_when_it_is_so(
        self, hass: HomeAssistant, home: Home, kitchen: FakePage, call_id: str
    ) -> None:
        def shares(on: bool) -> Any:
            return lambda state: state["calls"][0]["members"][0]["sharing"] is on

        await act(hass, "share", party="Kitchen", source="screen")
        request = kitchen.of_type("share")[0]
        assert (request["call_id"], request["on"]) == (call_id, True)
        await kitchen.wait_until(shares(False))
        await kitchen.command("sharing", call_id=call_id, on=True)
        await kitchen.wait_until(shares(True))
        await act(hass, "share", call_id=call_id, party="Kitchen", source="stop")
        assert kitchen.of_type("share")[1]["on"] is False
        await kitchen.command("sharing", call_id=call_id, on=False)
        await kitchen.wait_until(shares(False))

    async def test_who_can_not_share(
        self, hass: HomeAssistant, kitchen: FakePage, call_id: str
    ) -> None:
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, "share", party=FRONT_DOOR, source="screen")
        assert error.value.translation_key == "cannot_share"
        await kitchen.command("hangup", call_id=call_id)
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, "share", party="Kitchen", source="screen")
        assert error.value.translation_key == "no_call"
        assert await kitchen.refused("sharing", call_id=call_id, on=True) == (
            "call_ended"
        )


GARDEN, PRIVATE = "camera.garden", "camera.private"
DOOR_CAMERA = "select.front_door_camera"


@pytest.fixture
async def cameras(hass: HomeAssistant, home: Home) -> None:
    """Let there be camera entities, and an image."""
    hass.states.async_set(GARDEN, "idle", {"friendly_name": "Garden"})
    hass.states.async_set(PRIVATE, "idle", {"friendly_name": "Private"})
    hass.states.async_set("image.map", "unknown")
    await hass.async_block_till_done()


@pytest.mark.usefixtures("cameras")
class TestStations:
    """Another camera, a picture or a film at a station."""

    async def test_they_can_show_every_camera(
        self, hass: HomeAssistant, equipment: dict[str, FakeEquipment]
    ) -> None:
        state = hass.states.get(DOOR_CAMERA)
        assert state
        assert state.state == "Front door"
        assert state.attributes["options"] == ["Front door", "Garden", "Private"]
        data = {"entity_id": DOOR_CAMERA, "option": "Garden"}
        await hass.services.async_call("select", "select_option", data, blocking=True)
        door = equipment[FRONT_DOOR]
        assert door.port.switched == [GARDEN]
        door.used = GARDEN
        door.port.set_status(door.port.status)
        await hass.async_block_till_done()
        state = hass.states.get(DOOR_CAMERA)
        assert state
        assert state.state == "Garden"
        hass.states.async_remove(PRIVATE)
        await hass.async_block_till_done()
        state = hass.states.get(DOOR_CAMERA)
        assert state
        assert state.attributes["options"] == ["Front door", "Garden"]

    @pytest.mark.parametrize("camera", [GARDEN, "garden", "Front door", FRONT_DOOR])
    async def test_the_action(
        self, hass: HomeAssistant, equipment: dict[str, FakeEquipment], camera: str
    ) -> None:
        await act(hass, "switch_camera", party=FRONT_DOOR, camera=camera)
        expected = GARDEN if "garden" in camera else FRONT_DOOR
        assert equipment[FRONT_DOOR].port.switched == [expected]

    async def test_speakers(
        self, hass: HomeAssistant, equipment: dict[str, FakeEquipment]
    ) -> None:
        hass.states.async_set("media_player.hall", "idle", {"friendly_name": "Hall"})
        await hass.async_block_till_done()
        state = hass.states.get("select.front_door_speaker")
        assert state
        assert state.state == "Front door"
        assert state.attributes["options"] == ["Front door", "Hall"]
        user = MockUser(name="Neighbour").add_to_hass(hass)
        own = {"button.front_door_answer": True, "select.front_door_speaker": True}
        user.mock_policy({"entities": {"entity_ids": own}})
        data = {"entity_id": "select.front_door_speaker", "option": "Hall"}
        to_hall = {"party": FRONT_DOOR, "speaker": "Hall"}
        for domain, name, fields in (
            ("select", "select_option", data),
            (DOMAIN, "switch_speaker", to_hall),
        ):
            with pytest.raises(Unauthorized):
                await hass.services.async_call(
                    domain,
                    name,
                    fields,
                    blocking=True,
                    context=Context(user_id=user.id),
                )
            await hass.services.async_call(domain, name, fields, blocking=True)
        assert equipment[FRONT_DOOR].port.switched == ["media_player.hall"] * 2

    @pytest.mark.parametrize("camera", ["camera.none", "rtsp://h/1", "image.map"])
    async def test_what_is_no_camera(
        self, hass: HomeAssistant, equipment: dict[str, FakeEquipment], camera: str
    ) -> None:
        with pytest.raises(ServiceValidationError) as error:
            await act(hass, "switch_camera", party=FRONT_DOOR, camera=camera)
        assert error.value.translation_key == "unknown_device"
        assert not equipment[FRONT_DOOR].port.switched

    @pytest.mark.parametrize(
        ("name", "source"),
        [
            (GARDEN, SourceConfig(camera=GARDEN)),
            ("image.map", SourceConfig(image="image.map")),
            ("media-source://media_source/local/a.mp4", None),
            (FRONT_DOOR, SourceConfig(stream_url=STREAM_URL)),
        ],
    )
    async def test_what_can_be_shared(
        self,
        hass: HomeAssistant,
        equipment: dict[str, FakeEquipment],
        call_id: str,
        name: str,
        source: SourceConfig | None,
    ) -> None:
        door = equipment[FRONT_DOOR]
        await act(hass, "share", party=FRONT_DOOR, source=name)
        await act(hass, "share", party=FRONT_DOOR, source="stop")
        assert door.port.shared == [name, None]
        found = door.find_source(name)
        assert found == (source or SourceConfig(media=name))

    @pytest.mark.parametrize(
        "name", ["rtsp://h/1", "http://h/x.jpg", "camera.none", "light.x", "nonsense"]
    )
    async def test_what_can_not_be_found(
        self, hass: HomeAssistant, equipment: dict[str, FakeEquipment], name: str
    ) -> None:
        with pytest.raises(CallError) as error:
            equipment[FRONT_DOOR].find_source(name)
        assert error.value.key == "unknown_picture"

    async def test_who_may_not_see_a_camera_may_not_show_it(
        self,
        hass: HomeAssistant,
        equipment: dict[str, FakeEquipment],
        call_id: str,
    ) -> None:
        user = MockUser(name="Neighbour").add_to_hass(hass)
        user.mock_policy(
            {
                "entities": {
                    "entity_ids": {
                        "button.front_door_answer": True,
                        DOOR_CAMERA: True,
                        GARDEN: {"read": True},
                    }
                }
            }
        )
        context = Context(user_id=user.id)

        async def do(domain: str, name: str, **data: Any) -> None:
            await hass.services.async_call(
                domain, name, data, blocking=True, context=context
            )

        door: dict[str, Any] = {"party": FRONT_DOOR}
        choice: dict[str, Any] = {"entity_id": DOOR_CAMERA}
        for camera in (PRIVATE, "Private"):
            with pytest.raises(Unauthorized):
                await do(DOMAIN, "switch_camera", **door, camera=camera)
        with pytest.raises(Unauthorized):
            await do(DOMAIN, "share", **door, source=PRIVATE)
        with pytest.raises(Unauthorized):
            await do("select", "select_option", **choice, option="Private")
        port = equipment[FRONT_DOOR].port
        assert not port.switched + port.shared
        await do(DOMAIN, "switch_camera", **door, camera=GARDEN)
        await do("select", "select_option", **choice, option="Garden")
        await do(DOMAIN, "share", **door, source=GARDEN)
        assert port.switched == [GARDEN, GARDEN]
        assert port.shared == [GARDEN]
