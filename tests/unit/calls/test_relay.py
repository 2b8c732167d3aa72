"""Calls by a relay server only: never a direct connection."""

import pytest

from custom_components.mesh_call.calls.model import CallRequest

from .fakes import House


@pytest.fixture
def relays(house: House) -> House:
    """Return a house with a relay server."""
    house.relays = True
    return house


def test_every_connection_is_relayed(relays: House) -> None:
    call = relays.call("door", "tablet", "phone", ring_mode="all", relay=True)
    assert call.relay
    assert [c.relay for c in relays.media["tablet"].previews] == [True]
    relays.accept(call, "tablet", "phone")
    for party_id in ("door", "tablet", "phone"):
        assert [c.relay for c in relays.media[party_id].links] == [True, True]


def test_others_are_not(relays: House) -> None:
    relays.talk("door", "tablet")
    assert [c.relay for c in relays.media["tablet"].links] == [False]


def test_without_a_server_there_is_no_call(house: House) -> None:
    request = CallRequest("door", ("tablet",), relay=True)
    assert house.refused(house.exchange.call, request).key == "no_relay"
    assert not house.exchange.calls
    assert not house.media["door"].asked


def test_two_that_call_each_other_are_relayed_if_one_wants_it(relays: House) -> None:
    relays.call("tablet", "phone")
    call = relays.call("phone", "tablet", relay=True)
    assert call.caller == "tablet"
    assert call.relay
    assert [c.relay for c in relays.media["phone"].links] == [True]


def test_and_without_a_server_neither(house: House) -> None:
    house.call("tablet", "phone")
    request = CallRequest("phone", ("tablet",), relay=True)
    assert house.refused(house.exchange.call, request).key == "no_relay"
    assert not house.media["phone"].links
