"""A path is lost: whoever offered restarts."""

import pytest

from custom_components.mesh_call.calls.model import ConnectionState

from .network import World

APP = "connectycube:102"


@pytest.fixture
def called(world: World) -> World:
    """Return a world in which an app has called the tablet."""
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    return world


@pytest.fixture
def calling(world: World) -> World:
    """Return a world in which the door has called an app."""
    app = world.app(102)
    world.house.call("door", APP)
    world.wait(1)
    world.do(app.accept, app.ringing[0])
    return world


def fail(world: World, party_id: str) -> None:
    """Let the path of a party's only link be lost."""
    (connection,) = world.house.media[party_id].links
    world.do(
        world.house.exchange.report_state,
        connection.id,
        party_id,
        ConnectionState.FAILED,
    )


def test_the_app_restarts_what_it_offered(called: World) -> None:
    app = called.apps[102]
    before = called.house.agreed("tablet")
    called.do(app.restart, app.active[0], 101)
    assert called.network.types(101, 102)[-2:] == ["iceRestartAccept", "iceCandidates"]
    assert called.linked("tablet", app)
    assert called.house.agreed("tablet") != before
    assert app.active[0].pcs[101].errors == []


def test_it_restarts_after_the_link_has_failed(called: World) -> None:
    app = called.apps[102]
    fail(called, "tablet")
    (call,) = called.house.exchange.calls
    assert called.house.link(call, "tablet", APP).state == "connecting"
    assert "iceRestart" not in called.network.types(101, 102)
    called.do(app.restart, app.active[0], 101)
    assert called.linked("tablet", app)
    assert called.house.link(call, "tablet", APP).state == "connected"


def test_a_link_that_nobody_restarts_is_given_up(called: World) -> None:
    fail(called, "tablet")
    called.wait(31)
    assert called.house.exchange.calls == ()
    assert called.apps[102].active == []


def test_we_restart_what_we_offered(calling: World) -> None:
    app = calling.apps[102]
    before = calling.house.agreed("door")
    fail(calling, "door")
    assert calling.network.types(101, 102).count("call") == 1
    assert "iceRestart" in calling.network.types(101, 102)
    assert calling.linked("door", app)
    assert calling.house.agreed("door") != before
    (pc,) = app.active[0].pcs.values()
    assert pc.errors == []
    assert len(pc.candidates) == 2


def test_a_network_that_changed_is_found_by_restarts(calling: World) -> None:
    app, exchange = calling.apps[102], calling.house.exchange
    before = calling.house.agreed("door")
    calling.network.fate = lambda *_: []
    (connection,) = calling.house.media["door"].links
    lost = ConnectionState.DISCONNECTED
    calling.do(exchange.report_state, connection.id, "door", lost)
    (call,) = exchange.calls
    assert calling.house.link(call, "door", APP).state == "disconnected"
    calling.network.fate = lambda *_: [0.0]
    calling.wait(7)
    assert calling.network.types(101, 102).count("iceRestart") == 2
    assert calling.linked("door", app)
    assert calling.house.agreed("door") != before
    assert calling.house.link(call, "door", APP).state == "connected"
    calling.wait(60)
    assert calling.network.types(101, 102).count("iceRestart") == 2


def test_who_is_gone_is_disconnected_until_it_is_given_up(calling: World) -> None:
    calling.network.fate = lambda *_: []
    (connection,) = calling.house.media["door"].links
    lost = ConnectionState.DISCONNECTED
    exchange = calling.house.exchange
    calling.do(exchange.report_state, connection.id, "door", lost)
    (call,) = exchange.calls
    calling.wait(28)
    assert calling.house.link(call, "door", APP).state == "disconnected"
    assert calling.house.link_states("door", APP)[3:] == ["disconnected"]
    calling.wait(2)
    assert exchange.calls == ()


def test_a_restart_is_sdp_and_nothing_else(calling: World) -> None:
    fail(calling, "door")
    restarts = [
        signal
        for signal in calling.network.between(101, 102)
        if signal.type == "iceRestart"
    ]
    (restart,) = restarts
    assert (restart.initiator, restart.opponents, restart.video) == (None, (), None)
    assert dict(restart.extension) == {}


def test_we_restart_for_a_page_that_is_loaded_anew(world: World) -> None:
    app = world.app(102)
    world.house.call("tablet", APP)
    world.wait(1)
    world.do(app.accept, app.ringing[0])
    world.do(world.house.exchange.suspend, "tablet")
    world.do(world.house.exchange.resume, "tablet")
    assert world.linked("tablet", app)


def test_an_app_does_not_restart_what_we_offered(calling: World) -> None:
    app = calling.apps[102]
    before = calling.house.agreed("door")
    calling.do(app.restart, app.active[0], 101)
    assert calling.house.agreed("door") == before
    assert not calling.house.exchange.calls[0].ended


def test_it_goes_on_with_the_chat_lost(called: World) -> None:
    app = called.apps[102]
    called.house.wire.connected = False
    called.wait(100)
    assert called.linked("tablet", app)
    called.house.wire.connected = True
    called.do(called.house.exchange.hang_up, "s1")
    assert app.active == []
