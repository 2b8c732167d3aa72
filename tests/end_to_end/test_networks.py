"""Screens in networks that fail, change, or let nothing through."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

import pytest
import pytest_asyncio

from .browser import CHROMIUM, next_picture
from .homeassistant_process import HomeAssistantProcess
from .household import House, Person, call_up, hang_up, sees_and_hears, somebody
from .networks import Host, connect, entrance, separate_hosts
from .people import TIMEOUT, eventually

pytestmark = pytest.mark.asyncio(loop_scope="module")

KITCHEN, STUDY, ELSEWHERE = "10.77.0.1", "10.77.0.2", "10.77.0.3"
BACK_AGAIN = 10
"""Seconds after which a screen whose network is back is in its call again."""
GIVEN_UP = 60


@dataclass(frozen=True)
class Apart:
    """Two people on hosts of their own; Home Assistant is on the kitchen's."""

    kitchen: Person
    study: Person
    study_host: Host


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def apart(house: House) -> AsyncIterator[Apart]:
    """Two screens with a wire between them."""
    home, folder = house.home, house.folder
    address = f"http://{KITCHEN}:{home.port}"
    # Microphone and camera need HTTPS anywhere but on the loopback.
    trust = f"--unsafely-treat-insecure-origin-as-secure={address}"
    async with AsyncExitStack() as stack:
        hosts = stack.enter_context(separate_hosts("kitchen", "study"))
        connect(hosts[0], hosts[1], (f"{KITCHEN}/24", f"{STUDY}/24"))
        for inside in ("127.0.0.1", KITCHEN):
            await stack.enter_async_context(entrance(hosts[0], home.port, inside))
        programs = [host.program(folder, CHROMIUM) for host in hosts]
        kitchen = somebody("Kitchen", home.url, folder, program=programs[0])
        study = somebody("Study", address, folder, trust, program=programs[1])
        yield Apart(
            await stack.enter_async_context(kitchen),
            await stack.enter_async_context(study),
            hosts[1],
        )


async def test_who_can_not_be_reached_is_said_and_what_to_do(apart: Apart) -> None:
    kitchen, study = apart.kitchen, apart.study
    with apart.study_host.without_udp():
        await call_up(kitchen, study)
        for here, there in ((kitchen, study), (study, kitchen)):
            said = here.page.get_by_text(f"No way to {there.name} was found").first
            await said.wait_for(timeout=GIVEN_UP * 1000)
            assert "TURN" in await said.inner_text()
    await call_up(kitchen, study)
    await see_and_hear_each_other(kitchen, study)
    await hang_up(study, kitchen)


async def test_a_screen_is_in_the_call_again_when_its_network_is_back(
    apart: Apart, house: House
) -> None:
    kitchen, study = apart.kitchen, apart.study
    await call_up(kitchen, study)
    await see_and_hear_each_other(kitchen, study)

    apart.study_host.cut()
    await link_is(house.home, "disconnected")
    await kitchen.page.get_by_text("Connection interrupted").first.wait_for()
    apart.study_host.restore()
    await see_and_hear_each_other(kitchen, study, timeout=BACK_AGAIN)

    # Another network: what was connected before leads nowhere now.
    apart.study_host.cut()
    await link_is(house.home, "disconnected")
    apart.study_host.move(f"{ELSEWHERE}/24")
    apart.study_host.restore()
    await see_and_hear_each_other(kitchen, study, timeout=BACK_AGAIN)


async def see_and_hear_each_other(
    one: Person, other: Person, timeout: float = TIMEOUT
) -> None:
    """Wait until fresh pictures and sound go both ways."""
    for here, there in ((one, other), (other, one)):
        await eventually(partial(next_picture, here.page, there.name), bool, timeout)
        await sees_and_hears(here, there, timeout=timeout)


async def link_is(home: HomeAssistantProcess, state: str) -> None:
    """Wait until Home Assistant shows the only link in a state."""

    async def states() -> list[str]:
        [call] = (await home.call_action("list_calls"))["calls"]
        return [link["state"] for link in call["links"]]

    await eventually(states, lambda seen: seen == [state])
