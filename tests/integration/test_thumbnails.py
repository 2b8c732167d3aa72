"""Pictures of stations: for those who may see them, and always one."""

from http import HTTPStatus

from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.mesh_call.home import Home
from custom_components.mesh_call.stations.thumbnails import URL

from .conftest import FRONT_DOOR
from .fakes import FakeEquipment


async def test_a_picture_of_a_station(
    hass: HomeAssistant, home: Home, hass_client: ClientSessionGenerator
) -> None:
    client = await hass_client()
    answer = await client.get(URL.format(party_id=FRONT_DOOR))
    assert answer.status == HTTPStatus.OK
    assert answer.content_type == "image/jpeg"
    assert await answer.read() == b"jpeg"
    answer = await client.get(URL.format(party_id="station:none"))
    assert answer.status == HTTPStatus.NOT_FOUND
    await hass.config_entries.async_unload(home.entry.entry_id)
    answer = await client.get(URL.format(party_id=FRONT_DOOR))
    assert answer.status == HTTPStatus.NOT_FOUND


async def test_a_station_without_a_picture(
    home: Home,
    hass_client: ClientSessionGenerator,
    equipment: dict[str, FakeEquipment],
) -> None:
    equipment[FRONT_DOOR].picture = None
    client = await hass_client()
    answer = await client.get(URL.format(party_id=FRONT_DOOR))
    assert answer.status == HTTPStatus.OK
    assert await answer.read() == b"black"
    answer = await client.get(URL.format(party_id=FRONT_DOOR) + "?fallback=none")
    assert answer.status == HTTPStatus.NO_CONTENT


async def test_who_may_not_see_the_station(
    hass: HomeAssistant,
    home: Home,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
    hass_admin_user: MockUser,
) -> None:
    url = URL.format(party_id=FRONT_DOOR)
    stranger = await hass_client_no_auth()
    assert (await stranger.get(url)).status == HTTPStatus.UNAUTHORIZED
    client = await hass_client()
    hass_admin_user.groups = []
    hass_admin_user.mock_policy({"entities": {"domains": {"light": True}}})
    assert (await client.get(url)).status == HTTPStatus.UNAUTHORIZED
