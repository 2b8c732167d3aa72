"""Apps call the home."""

from collections.abc import Callable

import pytest

from custom_components.mesh_call.calls.model import (
    AutoAnswer,
    CallRequest,
    EndReason,
    RejectReason,
)

from .network import World

APP = "connectycube:102"


def test_every_screen_rings_and_one_answers(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1", hello="wörld<", n={"a": "1"})
    (call,) = world.house.exchange.calls
    assert call.id == "s1"
    assert world.house.events("incoming") == [
        ("incoming", "tablet", APP),
        ("incoming", "phone", APP),
    ]
    assert call.extension == {"hello": "wörld<", "n": {"a": "1"}}
    world.do(world.house.exchange.accept, "s1", "tablet", extension={"by": "Anna"})
    assert world.linked("tablet", app)
    assert app.events == [("accept", "s1", 101, {"by": "Anna"})]
    assert world.house.states(call)["phone"] == "no_answer"
    assert world.network.types(101, 102) == ["accept", "iceCandidates"]
    (connection,) = world.house.peer_media("tablet").links
    assert world.house.peer_media("tablet").candidates[connection.id]


def test_repeats_ring_once(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.wait(20)
    assert len(world.house.events("incoming")) == 2
    assert len(world.network.between(102, 101)) == 5
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.wait(20)
    assert world.linked("tablet", app)
    assert world.network.types(101, 102).count("accept") == 1


def test_a_lost_answer_is_sent_again(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.network.fate = lambda sender, *_: [] if sender == 101 else [0.0]
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.network.fate = lambda *_: [0.0]
    world.wait(5)
    assert world.linked("tablet", app)


@pytest.mark.parametrize(
    ("reason", "extension"),
    [(RejectReason.DECLINED, {"a": "1"}), (RejectReason.BUSY, {"busy": "true"})],
)
def test_it_is_refused(
    world: World, reason: RejectReason, extension: dict[str, str]
) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1", party="tablet")
    (call,) = world.house.exchange.calls
    assert set(call.members) == {APP, "tablet"}
    world.do(
        world.house.exchange.reject, "s1", "tablet", reason=reason, extension=extension
    )
    assert app.events[0] == ("reject", "s1", 101, extension)
    assert app.active == []
    assert world.house.now(call).ended


def test_a_lost_refusal_is_sent_again(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1", party="tablet")
    world.network.fate = lambda sender, *_: [] if sender == 101 else [0.0]
    world.do(world.house.exchange.reject, "s1", "tablet")
    world.network.fate = lambda *_: [0.0]
    world.wait(5)
    assert app.active == []
    assert len(world.house.exchange.past_calls) == 1


def test_the_app_gives_up(world: World) -> None:
    app = world.app(102)
    session = world.do(app.call, 101, session_id="s1")
    world.do(app.stop, session, why="late")
    (ended,) = world.house.call_events("ended")
    assert (ended.reason, ended.extension) == (EndReason.CANCELLED, {"why": "late"})
    assert len(world.house.events("missed")) == 2
    assert world.network.between(101, 102) == []


def test_it_gives_up_while_the_call_is_taken_in(world: World) -> None:
    app = world.app(102)
    session = world.house.do(app.call, 101, session_id="s1")
    world.house.do(app.stop, session)
    world.wait(1)
    assert world.house.exchange.calls == ()


def test_nobody_answers(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.wait(61)
    assert "not-answer" in app.names()
    assert world.house.exchange.past_calls[0].reason is EndReason.NOT_ANSWERED
    assert world.network.between(101, 102) == []


def test_the_app_hangs_up(world: World) -> None:
    app = world.app(102)
    session = world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.do(app.stop, session)
    assert world.house.exchange.past_calls[0].reason is EndReason.HUNG_UP
    assert world.house.agreed("tablet") == []


def test_the_home_hangs_up(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.do(world.house.exchange.hang_up, "s1", "tablet", extension={"bye": "1"})
    assert app.events[-1] == ("stop", "s1", 101, {"bye": "1"})
    assert app.active == []


def test_a_second_call_is_busy(world: World) -> None:
    one, other = world.app(102), world.app(103)
    world.do(one.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.do(other.call, 101, session_id="s2")
    assert other.events[0] == ("reject", "s2", 101, {"busy": "true"})
    assert world.linked("tablet", one)
    assert ("missed", "phone", "connectycube:103") in world.house.events()


def test_a_busy_station_says_so(world: World) -> None:
    app = world.app(102)
    world.house.talk("tablet", "door")
    world.do(app.call, 101, session_id="s1", party="door")
    assert app.events[0] == ("reject", "s1", 101, {"busy": "true"})


def test_an_app_that_calls_anew_rings_anew(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(app.disappear)
    world.do(app.call, 101, session_id="s2")
    assert [call.id for call in world.house.exchange.calls] == ["s2"]
    world.do(world.house.exchange.accept, "s2", "tablet")
    assert world.linked("tablet", app)


def test_a_session_that_is_over_never_rings_again(world: World) -> None:
    app = world.app(102)
    session = world.do(app.call, 101, session_id="s1")
    world.do(app.stop, session)
    app.sessions.clear()
    world.do(app.call, 101, session_id="s1")
    assert world.house.exchange.calls == ()


def test_the_door_answers_whom_it_may(world: World) -> None:
    app = world.app(102)
    world.house.change("door", auto_answer=AutoAnswer.CONTACTS)
    world.do(app.call, 101, session_id="s1", party="door")
    assert not app.names()
    world.do(app.stop, app.active[0])
    world.house.change(APP, may_drop_in=True)
    world.do(app.call, 101, session_id="s2", party="door")
    assert world.linked("door", app)


def test_the_cap_of_the_app_is_obeyed(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1", maxBandwidth="300", a="1")
    (call,) = world.house.exchange.calls
    assert (call.max_bandwidth, call.extension) == (300, {"a": "1"})
    world.do(world.house.exchange.accept, "s1", "tablet")
    assert world.house.media["tablet"].of("limit") == [("s1", "tablet", 300)]


@pytest.mark.parametrize("cap", ["", "much", "-5", "nan", "1e999", {"a": "1"}])
def test_a_cap_that_makes_no_sense_is_none(world: World, cap: object) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1", maxBandwidth=cap)
    (call,) = world.house.exchange.calls
    assert call.max_bandwidth == 0


def test_one_of_ours_calls_whoever_is_calling(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.call, CallRequest("phone", (APP,)))
    assert world.linked("phone", app)
    assert app.ringing == []


def test_a_page_that_is_loaded_anew_waits_for_the_app(world: World) -> None:
    app = world.app(102)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.do(world.house.exchange.suspend, "tablet")
    world.do(world.house.exchange.resume, "tablet")
    assert "iceRestart" not in world.network.types(101, 102)
    world.do(app.restart, app.active[0], 101)
    assert world.linked("tablet", app)


def test_it_is_refused_without_a_session(world: World) -> None:
    app = world.app(102)
    world.network.fate = lambda sender, *_: [] if sender == 102 else [0.0]
    world.do(app.call, 101, session_id="s1")
    world.network.fate = lambda *_: [0.0]
    world.do(world.house.dialect.refuse, "s1", 102, {"a": "1"})
    assert app.events[0] == ("reject", "s1", 101, {"a": "1"})
    world.wait(10)
    assert world.house.exchange.past_calls == ()


def test_the_end_of_everything_is_told(make_world: Callable[[int], World]) -> None:
    world = make_world(101)
    app, other = world.app(102), world.app(103)
    world.do(app.call, 101, session_id="s1")
    world.do(world.house.exchange.accept, "s1", "tablet")
    world.house.call("door", "connectycube:103")
    world.wait(1)
    world.do(world.house.dialect.shut_down)
    assert (app.names()[-1], other.names()[-1]) == ("stop", "stop")
    assert not [p for p in world.house.exchange.parties.values() if not p.ours]
