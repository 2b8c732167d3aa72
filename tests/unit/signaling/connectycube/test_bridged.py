"""Several of the home meet an app: on the wire it is one session with one link."""

from dataclasses import replace

import pytest

from custom_components.mesh_call.calls.model import (
    BRIDGE,
    CallRequest,
    ConnectionState,
    Party,
    PartyKind,
    RingMode,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.sessions import (
    ConnectyCubeSessions,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.settings import (
    AccountSettings,
    Targets,
)

from .network import FakeWire, World

APP = "connectycube:102"


@pytest.fixture
def bridging(world: World) -> World:
    """Return a world whose home bridges and lets all join that answer."""
    house = world.house
    house.bridges()
    house.dialect.settings = replace(house.dialect.settings, ring_mode=RingMode.ALL)
    return world


def test_two_screens_answer_the_same_call(bridging: World) -> None:
    app, house = bridging.app(102), bridging.house
    bridging.do(app.call, 101, session_id="s1")
    for screen in ("tablet", "phone"):
        bridging.do(house.exchange.accept, "s1", screen, extension={"by": screen})
    assert app.events == [("accept", "s1", 101, {"by": "tablet"})]
    (call,) = house.exchange.calls
    assert {link.state.value for link in call.links.values()} == {"connected"}
    assert app.active[0].pcs[101].errors == []
    assert bridging.network.types(101, 102).count("accept") == 1

    bridging.do(house.exchange.hang_up, "s1", "tablet")
    assert "hangUp" not in bridging.network.types(101, 102)
    assert house.link(call, "phone", APP).state == "connected"
    bridging.do(house.exchange.hang_up, "s1", "phone")
    assert bridging.network.types(101, 102)[-1] == "hangUp"
    assert app.active == []
    assert not house.bridge.connections


def test_a_call_that_is_recorded_restarts_at_the_bridge(bridging: World) -> None:
    app, house = bridging.app(102), bridging.house
    request = CallRequest("tablet", (APP,), record=True, extension={"a": "1"})
    call = bridging.do(house.exchange.call, request)
    bridging.do(app.accept, app.ringing[0])
    assert house.link(call, "tablet", APP).state == "connected"
    seat, spoke = house.link(call, "tablet", APP).connections
    bridging.do(house.exchange.report_state, seat, BRIDGE, ConnectionState.FAILED)
    assert "iceRestart" in bridging.network.types(101, 102)
    fresh, same = house.link(call, "tablet", APP).connections
    assert fresh != seat
    assert same == spoke
    assert house.link(call, "tablet", APP).state == "connected"


def test_a_screen_joins_a_station_and_an_app(bridging: World) -> None:
    app, house = bridging.app(102), bridging.house
    call = house.call("door", APP)
    bridging.wait(1)
    bridging.do(app.accept, app.ringing[0])
    said = bridging.network.types(101, 102)
    bridging.do(house.exchange.add_party, call.id, ("tablet",))
    bridging.do(house.exchange.accept, call.id, "tablet")
    assert {link.state.value for link in house.now(call).links.values()} == {
        "connected"
    }
    assert bridging.network.types(101, 102) == said
    bridging.do(house.exchange.hang_up, call.id)
    assert app.active == []


def test_an_app_is_added_to_another(bridging: World) -> None:
    """Each has a session of its own, in which it knows nobody but the account."""
    first, second, house = bridging.app(102), bridging.app(103), bridging.house
    call = house.call("door", APP)
    bridging.wait(1)
    bridging.do(first.accept, first.ringing[0])
    bridging.do(house.exchange.add_party, call.id, ("connectycube:103",))
    bridging.do(second.accept, second.ringing[0])
    assert {link.state.value for link in house.now(call).links.values()} == {
        "connected"
    }
    assert house.link(call, APP, "connectycube:103").bridge == "door"
    assert first.active[0].id != second.active[0].id
    assert not bridging.network.between(102, 103)
    bridging.do(house.exchange.hang_up, call.id)
    assert first.active == second.active == []


def test_apps_of_one_session_connect_by_themselves(bridging: World) -> None:
    first, second, house = bridging.app(102), bridging.app(103), bridging.house
    request = CallRequest("door", (APP, "connectycube:103"), ring_mode=RingMode.ALL)
    call = bridging.do(house.exchange.call, request)
    bridging.do(first.accept, first.ringing[0])
    bridging.do(second.accept, second.ringing[0])
    assert len(house.now(call).links) == 2
    assert bridging.network.between(103, 102)
    assert not house.media["door"].couples


def test_apps_of_two_accounts_are_in_one_call(bridging: World) -> None:
    first, second = bridging.app(102), bridging.app(103, known=False)
    house, network = bridging.house, bridging.network
    other = ConnectyCubeSessions(
        house.exchange,
        FakeWire(network, 201),
        AccountSettings("other", ring=lambda party: Targets(everyone=True)),
    )
    network.users[201] = [other.receive]
    aunt = Party("aunt", "Aunt", PartyKind.CONTACT, account="other")
    house.do(other.add_contact, 103, aunt)
    request = CallRequest("tablet", (APP, "aunt"), ring_mode=RingMode.ALL)
    call = bridging.do(house.exchange.call, request)
    bridging.do(first.accept, first.ringing[0])
    bridging.do(second.accept, second.ringing[0])
    assert {link.state.value for link in house.now(call).links.values()} == {
        "connected"
    }
    assert house.link(call, APP, "aunt").bridge == BRIDGE
    assert network.types(101, 103) == network.types(201, 102) == []
    bridging.do(second.stop, second.active[0])
    assert house.link(call, "tablet", APP).state == "connected"
    assert not house.bridge.couples
    bridging.do(house.exchange.hang_up, call.id)
    assert first.active == []
    house.do(other.shut_down)
