"""What a party's entities show."""

from custom_components.mesh_call.calls.model import (
    CallState,
    ConnectionState,
    PartyState,
    PartyStatus,
)

from .fakes import CONNECTED, House


def shown(house: House, party_id: str) -> tuple[str, list[str]]:
    status = house.exchange.status(party_id)
    return status.state.value, [party.id for party in status.peers]


def test_nothing_goes_on(house: House) -> None:
    assert house.exchange.status("door") == PartyStatus()
    assert house.exchange.status("nobody") == PartyStatus()


def test_from_ring_to_end(house: House) -> None:
    call = house.call("door", "tablet")
    assert shown(house, "door") == ("calling", ["tablet"])
    assert shown(house, "tablet") == ("ringing", ["door"])
    assert call.state is CallState.RINGING
    call = house.accept(call, "tablet")
    assert shown(house, "door") == ("connecting", ["tablet"])
    assert shown(house, "tablet") == ("connecting", ["door"])
    assert call.state is CallState.CONNECTING
    house.report_all(call, CONNECTED)
    assert shown(house, "door") == ("in_call", ["tablet"])
    assert house.now(call).state is CallState.IN_CALL
    assert house.exchange.status("tablet").call_id == call.id
    house.report_all(call, ConnectionState.DISCONNECTED)
    assert shown(house, "tablet") == ("connecting", ["door"])
    call = house.hang_up(call)
    assert shown(house, "tablet") == ("idle", [])
    assert call.state is CallState.ENDED


def test_who_is_in_a_call_does_not_ring(house: House) -> None:
    call = house.talk("tablet", "phone")
    house.call("door", "tablet")
    assert house.exchange.status("tablet").state is PartyState.IN_CALL
    assert house.exchange.status("tablet").call_id == call.id


def test_each_shows_its_own_links(house: House) -> None:
    call = house.call("door", "tablet", "phone", ring_mode="all")
    house.accept(call, "tablet", "phone")
    house.report(call, "door", "tablet", CONNECTED)
    assert shown(house, "tablet") == ("in_call", ["door", "phone"])
    assert shown(house, "phone") == ("connecting", ["door", "tablet"])
