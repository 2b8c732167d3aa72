"""The camera that shows a station's calls: for those only who may control it."""

import asyncio
from http import HTTPStatus
from typing import Any

from aiohttp import ClientResponse
from homeassistant.auth.const import GROUP_ID_READ_ONLY
from homeassistant.components.camera import async_get_image
from homeassistant.components.websocket_api import TYPE_RESULT
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser
from pytest_homeassistant_custom_component.typing import (
    ClientSessionGenerator,
    MockHAClientWebSocket,
    WebSocketGenerator,
)

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import Candidate
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR, OpenPage
from .entities import shown, state
from .fakes import ANSWER, FakeEquipment, FakePage, FakeRemote, in_call

CAMERA = "camera.front_door_remote"
STILL = f"/api/camera_proxy/{CAMERA}"
STREAM = f"/api/camera_proxy_stream/{CAMERA}"


@pytest.fixture
def remote(home: Home, equipment: dict[str, FakeEquipment]) -> FakeRemote:
    return equipment[FRONT_DOOR].remote


@pytest.fixture
async def reader(hass: HomeAssistant) -> str:
    """Return the token of a user who may only look."""
    group = await hass.auth.async_get_group(GROUP_ID_READ_ONLY)
    assert group
    user = MockUser(name="Reader", groups=[group]).add_to_hass(hass)
    token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
    return hass.auth.async_create_access_token(token)


@pytest.fixture
async def talking(home: Home, open_page: OpenPage) -> FakePage:
    """Return a page that is in a call with the door."""
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    return page


async def result(client: MockHAClientWebSocket, **message: Any) -> dict[str, Any]:
    """Send a command; return what answers it."""
    await client.send_json_auto_id(message)
    answer: dict[str, Any] = await client.receive_json()
    assert answer["type"] == TYPE_RESULT
    return answer


async def offer(client: MockHAClientWebSocket) -> tuple[int, list[dict[str, Any]]]:
    """Offer as Home Assistant's player does; return the id and what comes first."""
    answer = await result(
        client, type="camera/webrtc/offer", entity_id=CAMERA, offer="v=0"
    )
    assert answer["success"]
    events = [(await client.receive_json())["event"] for _ in range(2)]
    assert events[0]["type"] == "session"
    return answer["id"], events


async def viewers(hass: HomeAssistant) -> list[int]:
    """Return how many watch each call, as automations are told."""
    answer: Any = await hass.services.async_call(
        DOMAIN, "list_calls", blocking=True, return_response=True
    )
    return [call["viewers"] for call in answer["calls"]]


async def test_a_viewer_is_let_in_and_counted(
    hass: HomeAssistant,
    remote: FakeRemote,
    talking: FakePage,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    subscription, (session, answer) = await offer(client)
    assert answer == {"type": "answer", "answer": ANSWER}
    watched = await talking.wait_until(lambda state: state["calls"][0]["viewers"] == 1)
    door = next(m for m in watched["calls"][0]["members"] if m["id"] == FRONT_DOOR)
    assert (door["hears"], door["sees"]) == (True, True)
    assert await viewers(hass) == [1]

    candidate = {"candidate": "candidate:1 1 udp 1 127.0.0.1 9 typ host", "sdpMid": "0"}
    told = await result(
        client,
        type="camera/webrtc/candidate",
        entity_id=CAMERA,
        session_id=session["session_id"],
        candidate=candidate,
    )
    assert told["success"]
    assert remote.candidates == [Candidate(candidate["candidate"], "0")]

    await result(client, type="unsubscribe_events", subscription=subscription)
    left = await talking.wait_until(lambda state: state["calls"][0]["viewers"] == 0)
    assert not left["calls"][0]["members"][1]["sees"]
    assert await viewers(hass) == [0]


async def test_a_lost_connection_is_no_viewer(
    hass: HomeAssistant,
    remote: FakeRemote,
    talking: FakePage,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    await offer(client)
    await talking.wait_until(lambda state: state["calls"][0]["viewers"] == 1)
    await client.close()
    await talking.wait_until(lambda state: state["calls"][0]["viewers"] == 0)
    assert not remote.ended


async def test_the_end_of_the_call_is_told(
    hass: HomeAssistant,
    remote: FakeRemote,
    talking: FakePage,
    hass_ws_client: WebSocketGenerator,
) -> None:
    assert state(hass, CAMERA) == "streaming"
    client = await hass_ws_client(hass)
    await offer(client)
    told = await talking.wait_until(in_call)
    await talking.command("hangup", call_id=told["calls"][0]["call_id"])
    event = (await client.receive_json())["event"]
    assert (event["type"], event["code"]) == ("error", "nobody_to_watch")
    assert "no call" in event["message"]
    await hass.async_block_till_done()
    assert state(hass, CAMERA) == "idle"


async def test_without_a_call_there_is_nothing_to_watch(
    hass: HomeAssistant,
    remote: FakeRemote,
    hass_ws_client: WebSocketGenerator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert state(hass, CAMERA) == "idle"
    client = await hass_ws_client(hass)
    _, (_, refusal) = await offer(client)
    assert (refusal["type"], refusal["code"]) == ("error", "nobody_to_watch")
    assert "There is no call at this station" in refusal["message"]
    assert not [r for r in caplog.records if r.levelname == "ERROR"]


async def test_who_may_only_look_gets_no_media(
    hass: HomeAssistant,
    remote: FakeRemote,
    talking: FakePage,
    hass_ws_client: WebSocketGenerator,
    reader: str,
) -> None:
    client = await hass_ws_client(hass, access_token=reader)
    _, (session, refusal) = await offer(client)
    assert (refusal["type"], refusal["code"]) == ("error", "may_not_watch")
    assert "Front door" in refusal["message"]
    assert not remote.ended

    # Nor by the session of somebody else.
    owner = await hass_ws_client(hass)
    _, (session, _) = await offer(owner)
    told = await result(
        client,
        type="camera/webrtc/candidate",
        entity_id=CAMERA,
        session_id=session["session_id"],
        candidate={"candidate": "", "sdpMid": "0"},
    )
    assert told["error"]["translation_key"] == "may_not_watch"
    assert not remote.candidates


async def first_part(answer: ClientResponse) -> bytes:
    """Return the first picture of a stream of pictures."""
    assert answer.status == HTTPStatus.OK
    async with asyncio.timeout(5):
        while (await answer.content.readline()).strip():
            pass
        return (await answer.content.readline()).strip()


async def test_stills_are_black_for_who_may_only_look(
    hass: HomeAssistant,
    remote: FakeRemote,
    talking: FakePage,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    reader: str,
) -> None:
    owner, looker = await hass_client(), await hass_client(reader)
    assert await (await owner.get(STILL)).read() == b"remote"
    assert await first_part(await owner.get(STREAM)) == b"remote"
    assert await (await looker.get(STILL)).read() == b"black"
    assert await first_part(await looker.get(STREAM)) == b"black"
    # The token stands in the state: whoever may read that has it.
    token = shown(hass, CAMERA).attributes["access_token"]
    stranger = await hass_client_no_auth()
    answer = await stranger.get(f"{STILL}?token={token}")
    assert answer.status == HTTPStatus.OK
    assert await answer.read() == b"black"
    assert (await stranger.get(STILL)).status == HTTPStatus.FORBIDDEN
    # What an automation asks for.
    assert (await async_get_image(hass, CAMERA)).content == b"remote"


async def test_there_is_always_a_still(
    remote: FakeRemote, hass_client: ClientSessionGenerator
) -> None:
    remote.picture = None
    client = await hass_client()
    answer = await client.get(STILL)
    assert answer.status == HTTPStatus.OK
    assert answer.content_type == "image/jpeg"
    assert await answer.read() == b"black"


async def test_nobody_watches_by_an_entity_that_is_gone(
    hass: HomeAssistant,
    remote: FakeRemote,
    talking: FakePage,
    hass_ws_client: WebSocketGenerator,
) -> None:
    client = await hass_ws_client(hass)
    await offer(client)
    assert len(remote.ended) == 1
    er.async_get(hass).async_remove(CAMERA)
    await talking.wait_until(lambda state: state["calls"][0]["viewers"] == 0)
    assert not remote.ended


async def test_what_the_frontend_is_told(
    hass: HomeAssistant, home: Home, hass_ws_client: WebSocketGenerator
) -> None:
    client = await hass_ws_client(hass)
    told = await result(client, type="camera/capabilities", entity_id=CAMERA)
    assert told["result"]["frontend_stream_types"] == ["web_rtc"]
    assert hass.states.get("camera.kitchen_remote") is None


async def test_a_call_is_not_shown_in_itself(
    hass: HomeAssistant, home: Home, equipment: dict[str, FakeEquipment]
) -> None:
    with pytest.raises(CallError, match="unknown_picture"):
        equipment[FRONT_DOOR].find_source(CAMERA)
    options = shown(hass, "select.front_door_camera").attributes["options"]
    assert "Front door" in options
    assert not [option for option in options if "Remote" in option]
