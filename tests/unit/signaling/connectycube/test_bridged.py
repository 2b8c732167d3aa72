"""Several of the home meet an app: on the wire it is one session with one link."""

from dataclasses import replace

import pytest

from custom_components.mesh_call.calls.model import (
    BRIDGE,
    CallRequest,
    ConnectionState,
    RingMode,
)

from .network import World

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
