"""A crash: what is kept of sessions is enough to end them."""

import json

from custom_components.mesh_call.signaling.xmpp.connectycube.records import Record

from .network import World

APP = "connectycube:102"


def crash(world: World) -> list[Record]:
    """Let the home crash: its sessions are gone, what was kept is not."""
    kept: list[Record] = json.loads(json.dumps(world.house.dialect.records()))
    world.network.fate = lambda *_: []
    world.do(world.house.dialect.shut_down)
    world.network.fate = lambda *_: [0.0]
    return kept


def test_an_app_in_a_call_is_told(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    kept = crash(world)
    assert app.active
    world.do(world.house.dialect.end_recorded, kept)
    assert app.active == []
    assert world.network.types(101, 102)[-1] == "hangUp"


def test_an_app_that_rings_is_told(world: World) -> None:
    app = world.app(102)
    world.house.call("door", APP)
    world.wait(1)
    kept = crash(world)
    world.do(world.house.dialect.end_recorded, kept)
    assert app.ringing == []


def test_a_late_accept_is_told_again(world: World) -> None:
    app = world.app(102)
    world.house.call("door", APP)
    world.wait(1)
    (session,) = app.ringing
    kept = crash(world)
    world.network.fate = lambda *_: []
    world.do(world.house.dialect.end_recorded, kept)
    world.network.fate = lambda *_: [0.0]
    world.do(app.accept, session)
    assert app.active == []


def test_everybody_of_a_group_is_told(world: World) -> None:
    app, other = world.app(102), world.app(103)
    world.do(app.call, 101, 103, session_id="s1")
    world.do(other.accept, other.ringing[0])
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.wait(6)
    kept = crash(world)
    world.do(world.house.dialect.end_recorded, kept)
    assert {to for from_, to, s in world.network.sent if s.type == "hangUp"} == {
        102,
        103,
    }


def test_what_is_over_or_rings_here_is_not_kept(world: World) -> None:
    app = world.app(102)
    assert world.house.dialect.records() == []
    world.do(app.call, 101, session_id="s1")
    # It is called again after the crash.
    assert world.house.dialect.records() == []
    world.do(world.house.exchange.accept, "s1", "tablet")
    assert [entry["id"] for entry in world.house.dialect.records()] == ["s1"]
    world.do(app.stop, app.active[0])
    assert world.house.dialect.records() == []


def test_every_change_is_told(world: World) -> None:
    told: list[list[str]] = []
    dialect = world.house.dialect

    def note() -> None:
        told.append([entry["id"] for entry in dialect.records()])

    world.house.sessions_changed = note
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    assert told[-1] == ["s1"]
    world.do(world.house.exchange.hang_up, "s1")
    assert told[-1] == []
    world.house.call("door", APP)
    assert len(told[-1]) == 1
