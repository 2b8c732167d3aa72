"""Somebody means harm: nothing rings, nothing crashes, nothing grows."""

import logging
from typing import Any

import pytest

from custom_components.mesh_call.calls.model import Candidate
from custom_components.mesh_call.signaling.xmpp.connectycube.ended import (
    MAX_ENDED,
    EndedSessions,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.session import (
    MAX_CANDIDATES,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import (
    Signal,
    SignalType,
)

from .network import World
from .sdk_peer import make_sdp

APP = "connectycube:102"
STRANGER = 666


@pytest.fixture
def talking(world: World) -> World:
    """Return a world in which an app talks with the tablet."""
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    return world


def say(world: World, user_id: int, type_: SignalType, **fields: Any) -> None:
    """Let a user send a signal, well made but for what the fields say."""
    whole = {
        "session_id": "s1",
        "initiator": 102,
        "opponents": (101,),
        "video": True,
        "sdp": make_sdp(str(user_id)),
        **fields,
    }
    world.do(world.house.dialect.receive, user_id, Signal(type_, **whole))


@pytest.mark.parametrize("type_", list(SignalType))
def test_a_foreign_sender_changes_no_session(talking: World, type_: SignalType) -> None:
    before, sent = talking.house.agreed("tablet"), len(talking.network.sent)
    candidates = (Candidate("candidate:1", "0", 0),)
    for initiator in (102, STRANGER, None):
        say(talking, STRANGER, type_, initiator=initiator, candidates=candidates)
    assert talking.house.agreed("tablet") == before
    assert len(talking.network.sent) == sent
    assert len(talking.house.exchange.calls) == 1
    assert talking.linked("tablet", talking.apps[102])


@pytest.mark.parametrize("type_", list(SignalType))
@pytest.mark.parametrize("user_id", [102, STRANGER])
def test_nobody_asked_for_it(world: World, type_: SignalType, user_id: int) -> None:
    world.app(102)
    if type_ is not SignalType.CALL:
        say(world, user_id, type_)
    say(world, user_id, type_, session_id="s2", initiator=999)
    say(world, user_id, type_, session_id="s3", opponents=(102, 103))
    assert world.house.exchange.calls == ()
    assert world.network.sent == []
    assert world.house.dialect.live_sessions == 0


def test_strangers_are_counted_and_named_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.app(102)
    world.house.change(APP, may_ring=False)
    with caplog.at_level(logging.INFO):
        for number in range(50):
            fields = {"session_id": f"x{number}", "initiator": STRANGER}
            say(world, STRANGER, SignalType.CALL, **fields)
        say(world, 102, SignalType.CALL)
    assert world.house.dialect.strangers == 51
    assert len(caplog.records) == 1
    assert not {"666", "102"} & set(caplog.text.split())
    assert world.house.exchange.calls == world.house.exchange.past_calls == ()
    assert world.network.sent == []


@pytest.mark.parametrize(
    "sdp",
    [None, "", "v=0", "hello", "v=0\nm=video\n", "v=0\n" + "a=x\n" * 40_000],
    ids=["none", "empty", "short", "text", "bare", "huge"],
)
def test_a_call_without_an_offer_does_not_ring(world: World, sdp: str | None) -> None:
    world.app(102)
    say(world, 102, SignalType.CALL, sdp=sdp)
    assert world.house.exchange.calls == ()


def test_an_offer_that_our_end_can_not_use_fails(world: World) -> None:
    app = world.app(102)
    world.house.media["tablet"].errors["describe"] = OSError("broken")
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    assert world.house.exchange.calls == ()
    assert app.active == []


def test_who_calls_may_not_accept_for_us(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    say(world, 102, SignalType.ACCEPT)
    say(world, 102, SignalType.RESTART)
    say(world, 102, SignalType.RESTART_ACCEPT)
    (call,) = world.house.exchange.calls
    assert world.house.states(call)["tablet"] == "ringing"
    assert not call.answered


def test_an_inner_call_before_ours_lets_nobody_in(world: World) -> None:
    app = world.app(102)
    world.app(107, known=False)
    world.do(app.call, 101, 107, session_id="s1")
    group = {"opponents": (101, 107)}
    say(world, 107, SignalType.CALL, **group)
    say(world, 107, SignalType.ACCEPT, **group)
    say(world, STRANGER, SignalType.CALL, opponents=(101, 107, STRANGER))
    (call,) = world.house.exchange.calls
    assert not call.answered
    assert [m.party.id for m in call.joined] == [APP]
    world.do(world.house.exchange.accept, "s1", "tablet")
    assert f"connectycube:{STRANGER}" not in world.house.now(call).members


def test_an_inner_call_of_no_session_does_not_ring(world: World) -> None:
    world.app(102)
    say(world, 107, SignalType.CALL, opponents=(101, 107))
    assert world.house.exchange.calls == ()


def test_a_lower_id_does_not_offer_to_a_higher_one(world: World) -> None:
    app = world.app(105)
    world.app(50, known=False)
    world.do(app.call, 101, 50, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    group = {"initiator": 105, "opponents": (101, 50)}
    say(world, 50, SignalType.CALL, **group)
    (call,) = world.house.exchange.calls
    assert world.house.states(call)["connectycube:50"] == "invited"


def test_early_candidates_are_kept_within_bounds(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    many = tuple(Candidate(f"candidate:{n} typ host", "0", 0) for n in range(500))
    for _ in range(20):
        say(world, 102, SignalType.CANDIDATES, candidates=many)
    world.do(world.house.exchange.accept, "s1", "tablet")
    (connection,) = world.house.peer_media("tablet").links
    taken = world.house.peer_media("tablet").candidates[connection.id]
    assert len(taken) <= MAX_CANDIDATES + 1
    assert world.linked("tablet", app)


def test_a_flood_of_restarts_leaves_one(talking: World) -> None:
    for _ in range(300):
        signal = Signal(SignalType.RESTART, "s1", sdp=make_sdp("102"))
        talking.house.do(talking.house.dialect.receive, 102, signal)
    talking.wait(5)
    assert len(talking.house.exchange.calls) == 1
    assert len(talking.house.peer_media("tablet").links) == 1


def test_a_known_caller_that_calls_and_calls_fills_nothing(world: World) -> None:
    app = world.app(102)
    for number in range(300):
        signal = Signal(
            SignalType.CALL,
            f"x{number}",
            initiator=102,
            opponents=(101,),
            video=True,
            sdp=make_sdp("102"),
        )
        world.house.do(world.house.dialect.receive, 102, signal)
    world.wait(1)
    assert world.house.dialect.live_sessions == 1
    assert len(world.house.exchange.calls) == 1
    assert app.ringing == []


def test_only_the_last_ends_are_remembered() -> None:
    ended = EndedSessions()
    for number in range(MAX_ENDED + 10):
        ended.add(str(number), {1: None})
    assert "9" not in ended
    assert "10" in ended
    assert len(ended._ends) == MAX_ENDED
