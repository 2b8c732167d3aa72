"""Sessions of three and four, begun by an app: the home as callee."""

from collections.abc import Callable
from typing import Any

import pytest

from custom_components.mesh_call.calls.model import EndReason

from .network import World
from .sdk_peer import SdkPeer

HOME = {"lowest": 101, "middle": 103, "highest": 109}

type Group = tuple[World, list[SdkPeer]]


@pytest.fixture(params=list(HOME))
def group(request: Any, make_world: Callable[[int], World]) -> Group:
    """Return a home with some id and three apps, of which the first has called."""
    world = make_world(HOME[request.param])
    initiator = world.app(105)
    others = [world.app(102, known=False), world.app(107, known=False)]
    users = (world.house.user_id, 102, 107)
    world.do(initiator.call, *users, session_id="s1", hello="all")
    return world, [initiator, *others]


def all_linked(world: World, apps: list[SdkPeer]) -> bool:
    """Whether everybody has agreed with everybody, apps among themselves, too."""
    sessions = [app.active[0] for app in apps if app.active]
    meshed = all(
        len(session.pcs) == len(apps) and all(pc.agreed for pc in session.pcs.values())
        for session in sessions
    )
    return meshed and all(world.linked("tablet", app) for app in apps)


def accept(world: World) -> None:
    """Answer at the tablet."""
    world.do(world.house.exchange.accept, "s1", "tablet", extension={"by": "Anna"})


@pytest.mark.parametrize("order", ["home first", "home last", "home between"])
def test_everybody_links_with_everybody(group: Group, order: str) -> None:
    world, (initiator, low, high) = group
    (call,) = world.house.exchange.calls
    assert next(iter(call.members)) == "connectycube:105"
    assert len(world.house.events("incoming")) == 2
    steps: dict[str, Callable[[], None]] = {
        "home": lambda: accept(world),
        "low": lambda: world.do(low.accept, low.sessions["s1"]),
        "high": lambda: world.do(high.accept, high.sessions["s1"]),
    }
    first, last = {
        "home first": ("home", ""),
        "home last": ("", "home"),
        "home between": ("low", "high"),
    }[order]
    names = [first, *(n for n in steps if n not in (first, last)), last]
    for name in filter(None, names):
        steps[name]()
    world.wait(6)
    assert all_linked(world, [initiator, low, high])
    assert len(world.house.now(call).joined) == 4
    assert world.house.exchange.calls[0].id == "s1"
    assert len(world.house.events("incoming")) == 2
    assert all(
        not pc.errors
        for app in (initiator, low, high)
        for pc in app.sessions["s1"].pcs.values()
    )


def test_one_refuses(group: Group) -> None:
    world, (initiator, low, high) = group
    accept(world)
    world.do(low.reject, low.sessions["s1"], why="no")
    world.do(high.accept, high.sessions["s1"])
    world.wait(6)
    assert world.linked("tablet", initiator)
    assert world.linked("tablet", high)
    call = world.house.exchange.calls[0]
    assert world.house.states(call)["connectycube:102"] == "rejected"
    assert world.house.events("rejected") == [
        ("rejected", "tablet", "connectycube:102")
    ]


def test_the_home_refuses_everybody(group: Group) -> None:
    world, (initiator, low, high) = group
    world.do(world.house.exchange.hang_up, "s1", extension={"why": "no"})
    for app in (initiator, low, high):
        assert ("reject", "s1", world.house.user_id, {"why": "no"}) in app.events
    assert world.house.exchange.calls == ()
    world.do(low.accept, low.sessions["s1"])
    world.do(high.accept, high.sessions["s1"])
    world.wait(20)
    assert len(initiator.active) == len(low.active) == len(high.active) == 1
    assert world.house.exchange.calls == ()


def test_a_callee_leaves(group: Group) -> None:
    world, (initiator, low, high) = group
    accept(world)
    world.do(low.accept, low.sessions["s1"])
    world.do(high.accept, high.sessions["s1"])
    world.wait(6)
    world.do(high.stop, high.active[0], bye="1")
    call = world.house.exchange.calls[0]
    assert world.house.states(call)["connectycube:107"] == "left"
    (left,) = world.house.call_events("left")
    assert (left.peer, left.extension) == ("connectycube:107", {"bye": "1"})
    assert world.linked("tablet", initiator)
    assert world.linked("tablet", low)


def test_the_initiator_ends_it_for_all(group: Group) -> None:
    world, (initiator, low, high) = group
    accept(world)
    world.do(low.accept, low.sessions["s1"])
    world.do(high.accept, high.sessions["s1"])
    world.wait(6)
    before = len(world.network.sent)
    world.do(initiator.stop, initiator.active[0])
    assert world.house.exchange.past_calls[-1].reason is EndReason.HUNG_UP
    sent = world.network.sent[before:]
    assert not [s for s in sent if s[0] == world.house.user_id]
    assert (low.active, high.active) == ([], [])


def test_the_home_leaves(group: Group) -> None:
    world, (initiator, low, high) = group
    accept(world)
    world.do(low.accept, low.sessions["s1"])
    world.do(high.accept, high.sessions["s1"])
    world.wait(6)
    world.do(world.house.exchange.hang_up, "s1", "tablet")
    assert world.house.exchange.calls == ()
    for app in (initiator, low, high):
        assert app.sessions["s1"].pcs[world.house.user_id].released
        assert len(app.active) == 1


def test_who_does_not_answer_is_given_up(group: Group) -> None:
    world, (initiator, low, high) = group
    accept(world)
    world.do(low.accept, low.sessions["s1"])
    world.wait(80)
    call = world.house.exchange.calls[0]
    assert world.house.states(call)["connectycube:107"] == "no_answer"
    assert world.linked("tablet", initiator)
    assert world.linked("tablet", low)
    assert high.active == []


def test_unknown_ones_are_forgotten_afterwards(group: Group) -> None:
    world, (initiator, *_) = group
    contacts = [p.id for p in world.house.exchange.parties.values() if not p.ours]
    assert len(contacts) == 3
    world.do(initiator.stop, initiator.active[0])
    world.wait(40)
    contacts = [p.id for p in world.house.exchange.parties.values() if not p.ours]
    assert contacts == ["connectycube:105"]


def test_five_are_too_many(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, 103, 104, 105, session_id="s1")
    assert ("reject", "s1", 101, {}) in app.events
    assert world.house.exchange.past_calls == ()


def test_a_group_crosses_our_call(world: World) -> None:
    app = world.app(102)
    world.app(103)
    world.house.call("door", "connectycube:102")
    world.house.do(app.call, 101, 103, session_id="s1")
    world.wait(1)
    assert ("reject", "s1", 101, {}) in app.events
    assert len(app.ringing) == 1
