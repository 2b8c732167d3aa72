"""Every command and every action against everybody who might try it."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.screens.pages import DATA_PAGES

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakePage, in_call

NO_DEVICES: dict[str, Any] = {
    "cameras": [],
    "microphones": [],
    "speakers": [],
    "camera": None,
    "microphone": None,
    "speaker": None,
}
NO_NUMBERS = dict.fromkeys(
    (
        "round_trip_time",
        "packet_loss",
        "bitrate_in",
        "bitrate_out",
        "width",
        "height",
        "frame_rate",
    )
)
IN_CALL: dict[str, dict[str, Any]] = {
    "ringing": {},
    "accept": {},
    "reject": {},
    "hangup": {},
    "mute": {"audio": True},
    "sharing": {"on": True},
    "record": {"on": False},
    "add": {"to": ["screens"]},
}
"""Commands about a call, with their other fields."""

ON_CONNECTION: dict[str, dict[str, Any]] = {
    "describe": {"description": {"type": "offer", "sdp": "v=0"}},
    "candidate": {"candidate": None},
    "connection": {"state": "failed"},
    "media": {},
    "silence": {"silent": True},
    "statistics": NO_NUMBERS,
}
ON_SCREEN: dict[str, dict[str, Any]] = {
    "screen/name": {"name": "Attic"},
    "screen/forget": {},
}
OTHERS: dict[str, dict[str, Any]] = {
    "call": {"to": [FRONT_DOOR]},
    "devices": NO_DEVICES,
    "report": {"request_id": "1"},
}
ABOUT_A_PARTY: dict[str, dict[str, Any]] = {
    "accept": {},
    "reject": {},
    "hangup": {},
    "mute": {"audio": True},
    "set_max_bandwidth": {"max_bandwidth": 1},
    "share": {"source": "screen"},
    "switch_camera": {"camera": "x"},
    "switch_microphone": {"microphone": "x"},
    "switch_speaker": {"speaker": "x"},
}
"""Actions for a party of ours, with their other fields."""

READER_MAY = "list_calls"


@dataclass
class Crowd:
    """Everybody there is: their tokens and what their actions come with."""

    tokens: dict[str, str]
    contexts: dict[str, Context]
    stranger: FakePage
    """Another user's page, a guest that is in a call with the door."""

    call_id: str


@pytest.fixture
async def crowd(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    hass_access_token: str,
    hass_admin_user: Any,
    tmp_path: Path,
) -> Crowd:
    """Return everybody, with a call that goes on."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    tokens = {"owner": hass_access_token}
    contexts = {"owner": Context(user_id=hass_admin_user.id), "automation": Context()}
    for name, group_id in (
        ("user", GROUP_ID_USER),
        ("other", GROUP_ID_USER),
        ("reader", GROUP_ID_READ_ONLY),
    ):
        group = await hass.auth.async_get_group(group_id)
        assert group
        user = MockUser(name=name, groups=[group]).add_to_hass(hass)
        token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
        tokens[name] = hass.auth.async_create_access_token(token)
        contexts[name] = Context(user_id=user.id)
    stranger = await open_page(tokens["other"])
    call = await stranger.command("call", to=[FRONT_DOOR])
    await stranger.wait_until(in_call)
    return Crowd(tokens, contexts, stranger, call["call_id"])


def test_every_command_is_tried(hass: HomeAssistant, home: Home) -> None:
    tried = {"screen", *IN_CALL, *ON_CONNECTION, *ON_SCREEN, *OTHERS}
    prefix = f"{DOMAIN}/"
    commands = {
        name.removeprefix(prefix)
        for name in hass.data["websocket_api"]
        if name.startswith(prefix)
    }
    assert commands == tried


def test_every_action_is_tried(hass: HomeAssistant, home: Home) -> None:
    recording = {"start_recording", "stop_recording"}
    tried = {*ABOUT_A_PARTY, "call", "add_party", *recording, READER_MAY}
    assert hass.services.async_services_for_domain(DOMAIN).keys() == tried


class TestCommands:
    """What pages send."""

    async def test_readers_may_nothing(self, open_page: OpenPage, crowd: Crowd) -> None:
        page = await open_page(crowd.tokens["reader"], register=False)
        assert await page.refused("screen") == "unauthorized"
        foreign = crowd.stranger.of_type("open")[0]["connection_id"]
        for commands, target in (
            (IN_CALL, {"call_id": crowd.call_id}),
            (ON_CONNECTION, {"connection_id": foreign}),
            (ON_SCREEN, {"screen_id": crowd.stranger.screen_id}),
            (OTHERS, {}),
        ):
            for command, fields in commands.items():
                code = await page.refused(command, **target, **fields)
                assert code == "not_registered", command
        await crowd.stranger.wait_until(in_call)

    async def test_who_may_not_register_can_not_flood_either(
        self, hass: HomeAssistant, open_page: OpenPage, crowd: Crowd
    ) -> None:
        page = await open_page(crowd.tokens["reader"], register=False)
        answers = await asyncio.gather(*(page.send("screen") for _ in range(1000)))
        codes = [answer["error"]["code"] for answer in answers]
        assert set(codes) == {"unauthorized", "too_many_messages"}
        assert codes.count("too_many_messages") > 500
        buckets = hass.data[DATA_PAGES]._buckets
        before = len(buckets)
        await page.close()
        async with asyncio.timeout(2):
            while len(buckets) == before:
                await asyncio.sleep(0)

    @pytest.mark.parametrize("who", ["owner", "user"])
    async def test_nobody_acts_in_the_call_of_another(
        self, home: Home, open_page: OpenPage, crowd: Crowd, who: str
    ) -> None:
        page = await open_page(crowd.tokens[who])
        foreign = crowd.stranger.of_type("open")[0]["connection_id"]
        for command, fields in IN_CALL.items():
            answer = await page.try_command(command, call_id=crowd.call_id, **fields)
            # That it rings is a signal: one that comes too late means nothing.
            code = None if answer["success"] else answer["error"]["code"]
            assert code == (None if command == "ringing" else "not_in_call"), command
        for command, fields in ON_CONNECTION.items():
            code = await page.refused(command, connection_id=foreign, **fields)
            assert code == "unknown_connection", command
        assert await page.refused("report", request_id=3) == "invalid_message"
        assert page.screen_id not in home.exchange.call_by_id(crowd.call_id).members
        await crowd.stranger.wait_until(in_call)

    @pytest.mark.parametrize(("who", "may"), [("owner", True), ("user", False)])
    async def test_the_screen_of_another_is_for_admins(
        self, home: Home, open_page: OpenPage, crowd: Crowd, who: str, may: bool
    ) -> None:
        page = await open_page(crowd.tokens[who])
        for command, fields in ON_SCREEN.items():
            answer = await page.try_command(
                command, screen_id=crowd.stranger.screen_id, **fields
            )
            assert answer["success"] is may, command
            if not may:
                assert answer["error"]["code"] == "unauthorized"
        there = home.screens.record(crowd.stranger.screen_id)
        assert (there is None) is may

    @pytest.mark.parametrize("who", ["owner", "user"])
    async def test_everybody_may_act_for_their_own_screen(
        self, open_page: OpenPage, crowd: Crowd, who: str
    ) -> None:
        page = await open_page(crowd.tokens[who])
        call = await page.command("call", to=[crowd.stranger.screen_id])
        opened = {"connection_id": "x"}
        for commands, target in (
            (OTHERS, {}),
            (IN_CALL, {"call_id": call["call_id"]}),
            (ON_CONNECTION, opened),
            (ON_SCREEN, {}),
        ):
            for command, fields in commands.items():
                answer = await page.try_command(command, **target, **fields)
                code = None if answer["success"] else answer["error"]["code"]
                assert code not in ("unauthorized", "not_registered"), command

    async def test_nobody_becomes_the_screen_of_another(
        self, open_page: OpenPage, crowd: Crowd
    ) -> None:
        there = crowd.stranger
        for who in ("owner", "user"):
            page = await open_page(
                crowd.tokens[who], screen_id=there.screen_id, secret=there.secret
            )
            assert page.screen_id != there.screen_id
        same_user = await open_page(
            crowd.tokens["other"], screen_id=there.screen_id, secret="guessed"
        )
        assert same_user.screen_id != there.screen_id
        assert not there.of_type("replaced")


class TestActions:
    """What users and automations run."""

    @pytest.mark.parametrize(
        ("who", "may"),
        [("owner", True), ("user", True), ("reader", False), ("automation", True)],
    )
    @pytest.mark.parametrize("action", ABOUT_A_PARTY)
    async def test_for_a_station(
        self, hass: HomeAssistant, crowd: Crowd, action: str, who: str, may: bool
    ) -> None:
        assert await attempt(hass, crowd, who, action, party=FRONT_DOOR) is may

    @pytest.mark.parametrize(
        ("who", "may"),
        [
            ("owner", False),
            ("user", False),
            ("reader", False),
            ("other", True),
            ("automation", True),
        ],
    )
    @pytest.mark.parametrize("action", ABOUT_A_PARTY)
    async def test_for_the_guest_screen_of_another(
        self, hass: HomeAssistant, crowd: Crowd, action: str, who: str, may: bool
    ) -> None:
        party = crowd.stranger.screen_id
        assert await attempt(hass, crowd, who, action, party=party) is may

    @pytest.mark.parametrize(
        ("who", "may"),
        [("owner", True), ("user", True), ("reader", False), ("automation", True)],
    )
    async def test_for_a_call(
        self,
        hass: HomeAssistant,
        open_page: OpenPage,
        crowd: Crowd,
        who: str,
        may: bool,
    ) -> None:
        await open_page()
        call = {"from": FRONT_DOOR, "to": ["screens"]}
        assert await attempt(hass, crowd, who, "call", **call) is may
        call_id = crowd.call_id
        added = {"call_id": call_id, "to": ["screens"]}
        assert await attempt(hass, crowd, who, "add_party", **added) is may
        for action in ("start_recording", "stop_recording"):
            assert await attempt(hass, crowd, who, action, call_id=call_id) is may
        assert await attempt(hass, crowd, who, "hangup", call_id=call_id) is may

    @pytest.mark.parametrize("who", ["owner", "user", "reader", "automation"])
    async def test_everybody_may_list_what_they_may_see(
        self, hass: HomeAssistant, crowd: Crowd, who: str
    ) -> None:
        answer: Any = await hass.services.async_call(
            DOMAIN,
            READER_MAY,
            {},
            blocking=True,
            return_response=True,
            context=crowd.contexts[who],
        )
        assert len(answer["calls"]) == 1


async def attempt(
    hass: HomeAssistant, crowd: Crowd, who: str, action: str, **target: Any
) -> bool:
    """Tell whether somebody may run an action, whatever comes of it."""
    fields = {**ABOUT_A_PARTY.get(action, {}), **target}
    try:
        await hass.services.async_call(
            DOMAIN, action, fields, blocking=True, context=crowd.contexts[who]
        )
    except Unauthorized:
        return False
    except HomeAssistantError:
        return True
    return True
