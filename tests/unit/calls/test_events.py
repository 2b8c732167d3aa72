"""In which order what happens is told, and to whom."""

from dataclasses import replace
import logging

import pytest

from custom_components.mesh_call.calls.events import (
    CallChanged,
    CallEvent,
    Cause,
    Event,
    LinkEvent,
    PartyChanged,
)
from custom_components.mesh_call.calls.model import ConnectionState, PartyState

from .fakes import House


def kinds(house: House) -> list[str]:
    return [type(event).__name__ for event in house.told]


def test_states_come_before_what_happened(house: House) -> None:
    call = house.call("door", "tablet")
    house.told.clear()
    house.accept(call, "tablet")
    assert house.told[:3] == [
        PartyChanged("door"),
        PartyChanged("tablet"),
        CallChanged(house.now(call)),
    ]
    assert kinds(house)[3:] == ["CallEvent", "LinkEvent"]


def test_events_show_the_call_as_it_is_then(house: House) -> None:
    call = house.talk("door", "tablet")
    house.told.clear()
    house.hang_up(call)
    events = [e for e in house.told if isinstance(e, CallEvent | LinkEvent)]
    assert len(events) == 2
    assert all(event.call == house.now(call) for event in events)


def test_the_status_is_already_the_new_one(house: House) -> None:
    seen: list[PartyState] = []

    def look(event: Event) -> None:
        if isinstance(event, PartyChanged) and event.party_id == "tablet":
            seen.append(house.exchange.status("tablet").state)

    house.exchange.subscribe(look)
    call = house.talk("door", "tablet")
    house.hang_up(call)
    assert seen[0] is PartyState.RINGING
    assert PartyState.CONNECTING in seen
    assert PartyState.IN_CALL in seen
    assert seen[-1] is PartyState.IDLE


def test_what_a_listener_causes_comes_after_the_rest(house: House) -> None:
    def hang_up(event: Event) -> None:
        if isinstance(event, CallEvent) and event.type == "incoming":
            house.exchange.hang_up(event.call.id)

    order: list[str] = []
    unsubscribe = house.exchange.subscribe(hang_up)
    house.exchange.subscribe(
        lambda event: order.append(event.type) if isinstance(event, CallEvent) else None
    )
    house.station("bell")
    call = house.call("bell", "door")
    assert call.ended
    assert order == ["outgoing", "incoming", "missed", "ended"]
    unsubscribe()
    unsubscribe()
    assert not house.call("bell", "door").ended


def test_a_listener_that_fails_harms_nobody(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_event: Event) -> None:
        raise ValueError("broken")

    unsubscribe = house.exchange.subscribe(fail)
    told: list[Event] = []
    house.exchange.subscribe(told.append)
    house.told.clear()
    with caplog.at_level(logging.ERROR):
        house.call("door", "tablet")
    assert told == house.told
    assert "A listener of the exchange failed" in caplog.text
    unsubscribe()


def test_a_listener_hears_nothing_once_it_has_gone(house: House) -> None:
    told: list[Event] = []
    unsubscribe = house.exchange.subscribe(told.append)
    unsubscribe()
    house.call("door", "tablet")
    assert not told


def test_links_tell_what_caused_them(house: House) -> None:
    call = house.call("door", "tablet")
    house.do(house.exchange.accept, call.id, "tablet", cause=Cause(None, "trace"))
    house.report_all(call, ConnectionState.CONNECTED)
    links = [event for event in house.told if isinstance(event, LinkEvent)]
    assert [event.context for event in links] == ["trace", None]
    assert [event.previous.value for event in links] == ["undefined", "connecting"]


def test_changes_of_parties_tell_what_caused_them(house: House) -> None:
    call = house.call("door", "tablet")
    house.told.clear()
    house.do(house.exchange.accept, call.id, "tablet", cause=Cause(None, "trace"))
    changed = [event for event in house.told if isinstance(event, PartyChanged)]
    assert PartyChanged("door", "trace") in changed
    assert PartyChanged("tablet", "trace") in changed
    house.told.clear()
    quiet = replace(house.exchange.parties["phone"], do_not_disturb=True)
    house.do(house.exchange.update, quiet, Cause(None, "why"))
    assert house.told == [PartyChanged("phone", "why")]


def test_a_ring_tells_what_caused_the_call(house: House) -> None:
    call = house.call("door", "tablet")
    house.accept(call, "tablet")
    house.do(house.exchange.add_party, call.id, ("phone",), Cause("tablet", "trace"))
    event = house.call_events("incoming")[-1]
    assert (event.by, event.context) == ("tablet", "trace")
