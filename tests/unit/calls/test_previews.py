"""The picture of the door, shown while it rings."""

import pytest

from custom_components.mesh_call.calls.model import Call, ConnectionState, PartyState

from .fakes import CONNECTED, House


@pytest.fixture
def call(house: House) -> Call:
    """Return a call of a door that rings at two screens."""
    return house.call("door")


def previews(house: House, *party_ids: str) -> list[int]:
    return [len(house.media[party_id].previews) for party_id in party_ids]


def test_each_screen_that_rings_sees_the_door(house: House, call: Call) -> None:
    (preview,) = house.media["tablet"].previews
    assert preview.preview
    assert (preview.offerer, preview.answerer) == ("door", "tablet")
    assert previews(house, "door", "tablet", "phone") == [2, 1, 1]
    assert not call.links


def test_not_before_it_rings(house: House) -> None:
    del house.channels["tablet"].reactions["invite"]
    house.call("door", "tablet")
    assert previews(house, "tablet") == [0]


@pytest.mark.parametrize(("video", "station_video"), [(False, True), (True, False)])
def test_not_without_a_picture(house: House, video: bool, station_video: bool) -> None:
    house.change("door", video=station_video)
    house.call("door", "tablet", video=video)
    assert previews(house, "tablet") == [0]


def test_not_from_a_screen_nor_to_others(house: House) -> None:
    house.call("tablet", "phone")
    house.station("nursery")
    house.call("door", "friend", "nursery")
    assert previews(house, "phone", "friend", "nursery") == [0, 0, 0]


def test_a_busy_screen_sees_who_waits(house: House) -> None:
    house.talk("tablet", "friend")
    house.call("door", "tablet")
    assert previews(house, "tablet") == [1]


def test_it_ends_with_the_ring(house: House, call: Call) -> None:
    house.reject(call, "tablet")
    assert previews(house, "tablet", "phone") == [0, 1]
    house.hang_up(call)
    assert previews(house, "door", "phone") == [0, 0]


def test_it_ends_when_another_answers(house: House, call: Call) -> None:
    house.accept(call, "tablet")
    assert previews(house, "phone") == [0]


def test_it_stays_until_the_link_takes_over(house: House, call: Call) -> None:
    house.accept(call, "tablet")
    assert previews(house, "tablet", "door") == [1, 1]
    house.report(call, "door", "tablet", CONNECTED)
    assert previews(house, "tablet", "door") == [0, 0]


def test_or_until_that_is_over(house: House) -> None:
    call = house.call("door", "tablet", "phone", "friend", ring_mode="all")
    house.accept(call, "friend", "tablet")
    house.report(call, "door", "tablet", ConnectionState.FAILED)
    assert house.states(call)["tablet"] == "joined"
    assert previews(house, "tablet", "phone") == [0, 1]


def test_a_station_that_joins_later_shows_itself(house: House) -> None:
    call = house.call("tablet", "door", "phone", ring_mode="all")
    assert previews(house, "phone") == [0]
    house.accept(call, "door")
    assert previews(house, "phone") == [1]
    house.hang_up(call, "door")
    assert previews(house, "phone") == [0]


@pytest.mark.parametrize("state", ["failed", "closed"])
def test_one_that_fails_is_not_tried_again(
    house: House, call: Call, state: str
) -> None:
    preview = house.media["tablet"].previews[0]
    report = house.exchange.report_state
    house.do(report, preview.id, "tablet", ConnectionState.CONNECTED)
    assert previews(house, "tablet") == [1]
    house.do(report, preview.id, "tablet", ConnectionState(state))
    assert previews(house, "tablet", "door") == [0, 1]
    assert house.states(call)["tablet"] == "ringing"


def test_one_that_can_not_open_is_none(house: House) -> None:
    house.media["tablet"].errors["open"] = OSError("broken")
    call = house.call("door", "tablet")
    assert previews(house, "tablet", "door") == [0, 0]
    assert house.states(call)["tablet"] == "ringing"


def test_its_media_is_no_stream_of_the_call(house: House, call: Call) -> None:
    preview = house.media["tablet"].previews[0]
    house.do(house.exchange.report_media, preview.id, "tablet")
    assert house.events("remote_stream") == []
    assert house.exchange.status("tablet").state is PartyState.RINGING
    assert not house.now(call).links


def test_a_page_that_is_back_sees_it_again(house: House, call: Call) -> None:
    house.do(house.exchange.suspend, "tablet")
    assert previews(house, "tablet") == [0]
    house.do(house.exchange.resume, "tablet")
    assert previews(house, "tablet") == [1]
    assert house.states(call)["tablet"] == "ringing"
