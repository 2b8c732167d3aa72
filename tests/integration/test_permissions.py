"""Who may do what: the owner, users, users who may only look, automations."""

from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import Group, User
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser
import pytest
from pytest_homeassistant_custom_component.common import CLIENT_ID, MockUser

from custom_components.mesh_call.calls.events import Cause
from custom_components.mesh_call.calls.model import Call
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .accounts import FakeLine
from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakePage, in_call

ANSWER = "button.front_door_answer"
CAMERA = "camera.door"


@dataclass
class Someone:
    """A user and a token to log in with."""

    user: User
    token: str

    @property
    def context(self) -> Context:
        """What this user's actions come with."""
        return Context(user_id=self.user.id)


async def someone(hass: HomeAssistant, name: str, *groups: Group) -> Someone:
    """Make a user with a page."""
    user = MockUser(name=name, groups=list(groups)).add_to_hass(hass)
    token = await hass.auth.async_create_refresh_token(user, CLIENT_ID)
    return Someone(user, hass.auth.async_create_access_token(token))


async def member_of(hass: HomeAssistant, group_id: str) -> Someone:
    """Make a user of one of Home Assistant's own groups."""
    group = await hass.auth.async_get_group(group_id)
    assert group
    return await someone(hass, group_id, group)


async def with_policy(hass: HomeAssistant, **entities: Any) -> Someone:
    """Make a user who may do this with these entities and nothing else."""
    policy = {
        "entities": {
            "entity_ids": {k.replace("__", "."): v for k, v in entities.items()}
        }
    }
    group = Group(name="Some", policy=policy)
    return await someone(hass, "limited", group)


@pytest.fixture
def station_data() -> dict[str, Any]:
    """Return a front door with a camera entity."""
    return {"camera": CAMERA}


@pytest.fixture
async def user(hass: HomeAssistant, home: Home) -> Someone:
    """Return a user who may control everything."""
    return await member_of(hass, GROUP_ID_USER)


@pytest.fixture
async def reader(hass: HomeAssistant, home: Home) -> Someone:
    """Return a user who may only look."""
    return await member_of(hass, GROUP_ID_READ_ONLY)


async def act(
    hass: HomeAssistant, context: Context | None, name: str, **data: Any
) -> Any:
    """Run an action of ours for somebody."""
    answers = name in ("call", "list_calls")
    return await hass.services.async_call(
        DOMAIN, name, data, blocking=True, return_response=answers, context=context
    )


class TestReaders:
    """A user who may only look."""

    async def test_cannot_register_a_page(
        self, home: Home, open_page: OpenPage, reader: Someone
    ) -> None:
        page = await open_page(register=False, token=reader.token)
        assert await page.refused("screen") == "unauthorized"
        assert await page.refused("call", to=[FRONT_DOOR]) == "not_registered"

    @pytest.mark.parametrize(
        ("action", "data"),
        [
            ("call", {"from": FRONT_DOOR, "to": ["screens"]}),
            ("accept", {"party": FRONT_DOOR}),
            ("reject", {"party": FRONT_DOOR}),
            ("hangup", {"party": FRONT_DOOR}),
            ("mute", {"party": FRONT_DOOR, "audio": True}),
            ("set_max_bandwidth", {"party": FRONT_DOOR, "max_bandwidth": 1}),
        ],
    )
    async def test_cannot_act_for_a_station(
        self,
        hass: HomeAssistant,
        home: Home,
        open_page: OpenPage,
        reader: Someone,
        action: str,
        data: dict[str, Any],
    ) -> None:
        page = await open_page()
        await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        with pytest.raises(Unauthorized):
            await act(hass, reader.context, action, **data)

    async def test_cannot_end_a_call_by_its_id(
        self, hass: HomeAssistant, home: Home, ring: Call, reader: Someone
    ) -> None:
        with pytest.raises(Unauthorized):
            await act(hass, reader.context, "hangup", call_id=ring.id)
        assert home.exchange.calls

    async def test_can_list_calls(
        self, hass: HomeAssistant, ring: Call, reader: Someone
    ) -> None:
        assert len((await act(hass, reader.context, "list_calls"))["calls"]) == 1


class TestUsers:
    """A user who may control everything, and automations."""

    @pytest.mark.parametrize("who", ["user", "automation"])
    async def test_may_act_for_a_station(
        self,
        hass: HomeAssistant,
        home: Home,
        open_page: OpenPage,
        user: Someone,
        who: str,
    ) -> None:
        context = user.context if who == "user" else None
        page = await open_page(token=user.token)
        await act(hass, context, "call", **{"from": FRONT_DOOR, "to": ["screens"]})
        await page.rings()
        await act(hass, context, "accept", party=page.screen_id)
        await page.wait_until(in_call)
        await act(hass, context, "mute", party=FRONT_DOOR, audio=True)
        await act(hass, context, "hangup")
        assert not home.exchange.calls

    async def test_cannot_act_for_the_guest_screen_of_another(
        self, hass: HomeAssistant, open_page: OpenPage, user: Someone, ring: Call
    ) -> None:
        page = await open_page()
        await page.rings()
        with pytest.raises(Unauthorized):
            await act(hass, user.context, "accept", party=page.screen_id)

    async def test_may_act_for_a_named_screen_of_another(
        self, hass: HomeAssistant, open_page: OpenPage, user: Someone, ring: Call
    ) -> None:
        page = await open_page()
        await page.command("screen/name", name="Kitchen")
        await hass.async_block_till_done()
        await page.rings()
        await act(hass, user.context, "accept", party="Kitchen")
        await page.wait_until(in_call)

    async def test_the_only_party_is_one_they_may_use(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        await open_page()
        limited = await with_policy(hass, light__kitchen=True)
        hass.states.async_set("light.kitchen", "on")
        with pytest.raises(Exception, match="no station or screen"):
            await act(hass, limited.context, "call", to=["screens"])

    async def test_unknown_users_may_nothing(
        self, hass: HomeAssistant, home: Home
    ) -> None:
        with pytest.raises(UnknownUser):
            await act(hass, Context(user_id="gone"), "list_calls")

    async def test_deactivated_users_may_nothing(
        self, hass: HomeAssistant, home: Home, user: Someone
    ) -> None:
        await hass.auth.async_deactivate_user(user.user)
        with pytest.raises(Unauthorized):
            await act(hass, user.context, "list_calls")


class TestLimitedUsers:
    """A user who may control something, but not see the camera of the door."""

    @pytest.fixture
    async def page(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> FakePage:
        hass.states.async_set("light.kitchen", "on")
        limited = await with_policy(
            hass, light__kitchen=True, button__front_door_answer=True
        )
        return await open_page(token=limited.token)

    async def test_do_not_see_the_door_among_those_they_may_call(
        self, page: FakePage
    ) -> None:
        state = await page.wait_until(lambda state: True)
        assert state["parties"] == []
        assert await page.refused("call", to=[FRONT_DOOR]) == "unauthorized"

    async def test_are_not_rung_by_the_door(
        self, hass: HomeAssistant, home: Home, page: FakePage
    ) -> None:
        call = await home.stations["front_door"].ring(Cause())
        assert await page.refused("ringing", call_id=call.id) == "unauthorized"
        assert await page.refused("accept", call_id=call.id) == "unauthorized"
        assert page.state
        assert page.state["calls"] == []
        assert not page.of_type("open")

    async def test_do_not_get_its_calls_listed(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        await open_page()
        limited = await with_policy(hass, light__kitchen=True)
        await home.stations["front_door"].ring(Cause())
        assert (await act(hass, limited.context, "list_calls")) == {"calls": []}

    async def test_one_who_may_see_and_control_it_is_rung(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        allowed = await with_policy(
            hass, button__front_door_answer=True, camera__door={"read": True}
        )
        page = await open_page(token=allowed.token)
        await home.stations["front_door"].ring(Cause())
        call = await page.rings()
        await page.command("accept", call_id=call["call_id"])
        await page.wait_until(in_call)


class TestContacts:
    """A contact is called by whoever may control its call button."""

    async def page(
        self, hass: HomeAssistant, open_page: OpenPage, **entities: Any
    ) -> FakePage:
        """Open the page of a user who may do this and control a lamp."""
        hass.states.async_set("light.kitchen", "on")
        limited = await with_policy(hass, light__kitchen=True, **entities)
        return await open_page(token=limited.token)

    async def test_who_may_control_the_button_calls(
        self, hass: HomeAssistant, line: FakeLine, open_page: OpenPage
    ) -> None:
        page = await self.page(hass, open_page, button__anna_call=True)
        state = await page.wait_until(lambda state: True)
        assert [party["name"] for party in state["parties"]] == ["Anna"]
        assert await page.command("call", to=["Anna"])
        assert await page.refused("call", to=["Ben"]) == "unauthorized"

    async def test_who_may_read_it_is_rung(
        self, hass: HomeAssistant, line: FakeLine, open_page: OpenPage
    ) -> None:
        page = await self.page(hass, open_page, button__anna_call={"read": True})
        assert await page.refused("call", to=["Anna"]) == "unauthorized"
        await line.dialect.calls("connectycube:102")
        assert (await page.rings())["members"][0]["name"] == "Anna"

    @pytest.mark.parametrize("may", [True, False])
    async def test_who_may_call_rejects_what_a_push_told(
        self, hass: HomeAssistant, line: FakeLine, may: bool
    ) -> None:
        limited = await with_policy(hass, button__anna_call=may or {"read": True})
        target = {"account": "ConnectyCube 101", "recipient": "Anna"}
        with nullcontext() if may else pytest.raises(Unauthorized):
            await act(hass, limited.context, "reject", call_id="x", **target)
        assert bool(line.dialect.refused) is may

    async def test_who_may_not_is_not(
        self, hass: HomeAssistant, line: FakeLine, open_page: OpenPage
    ) -> None:
        page = await self.page(hass, open_page)
        call = await line.dialect.calls("connectycube:102")
        assert await page.refused("ringing", call_id=call.id) == "unauthorized"
        assert page.state
        assert page.state["calls"] == []


async def test_only_the_pages_of_chosen_users_ring(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    chosen, other = [await member_of(hass, GROUP_ID_USER) for _ in range(2)]
    hass.config_entries.async_update_entry(
        home.entry, options={"ring_users": [chosen.user.id]}
    )
    await hass.async_block_till_done()
    rung, quiet = [await open_page(token=each.token) for each in (chosen, other)]
    call = await home.stations["front_door"].ring(Cause())
    assert (await rung.rings())["call_id"] == call.id
    assert quiet.state
    assert quiet.state["calls"] == []
    # It is no bell for them, but they take part all the same.
    assert {p["id"] for p in quiet.state["parties"]} == {FRONT_DOOR, rung.screen_id}


class TestLosingPermission:
    """What a user may do changes while a page is open."""

    async def test_the_screen_goes_and_its_call_ends(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage, user: Someone
    ) -> None:
        page = await open_page(token=user.token)
        await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        await hass.auth.async_update_user(user.user, group_ids=[GROUP_ID_READ_ONLY])
        await hass.async_block_till_done()
        assert page.screen_id not in home.exchange.parties
        assert not home.exchange.calls
        state = await page.wait_until(lambda state: not state["calls"])
        assert state["parties"] == []
        assert await page.refused("call", to=[FRONT_DOOR]) == "not_registered"
        await hass.auth.async_update_user(user.user, group_ids=[GROUP_ID_USER])
        await hass.async_block_till_done()
        assert page.screen_id in home.exchange.parties

    # Home Assistant leaves the timer of a connection it closes itself.
    @pytest.mark.parametrize("expected_lingering_timers", [True])
    async def test_a_deactivated_user_is_out_at_once(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage, user: Someone
    ) -> None:
        page = await open_page(token=user.token)
        await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        await hass.auth.async_update_user(user.user, is_active=False)
        await hass.async_block_till_done()
        assert page.screen_id not in home.exchange.parties
        assert not home.exchange.calls

    # Home Assistant leaves the timer of a connection it closes itself.
    @pytest.mark.parametrize("expected_lingering_timers", [True])
    async def test_the_screens_of_a_removed_user_are_forgotten(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage, user: Someone
    ) -> None:
        page = await open_page(token=user.token)
        await page.command("screen/name", name="Kitchen")
        await hass.auth.async_remove_user(user.user)
        await hass.async_block_till_done()
        assert home.screens.record(page.screen_id) is None
        assert page.screen_id not in home.exchange.parties
