"""The home calls apps."""

from collections.abc import Callable

import pytest

from custom_components.mesh_call.calls.model import CallRequest, EndReason
from custom_components.mesh_call.signaling.xmpp.connectycube.sdp import plausible
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import SignalType

from .network import CubeHouse, World
from .sdk_peer import make_sdp

APP = "connectycube:102"
OTHER = "connectycube:103"


def test_an_app_rings_and_answers(world: World) -> None:
    app = world.app(102)
    call = world.house.call("door", APP, extension={"bell": "front", "n": {"a": "ü<"}})
    world.wait(1)
    (session,) = app.ringing
    assert (session.id, session.initiator, session.opponents) == (call.id, 101, (102,))
    assert session.video
    assert app.events == [("call", call.id, {"bell": "front", "n": {"a": "ü<"}})]
    world.do(app.accept, session, name="Bob")
    assert world.linked("door", app)
    assert world.house.member(call, APP).extension == {"name": "Bob"}
    assert world.house.events("accepted") == [("accepted", "door", APP)]
    assert world.house.link(call, "door", APP).state == "connected"


def test_it_is_dialled_until_it_answers(world: World) -> None:
    app = world.app(102)
    world.house.call("door", APP)
    world.wait(12)
    assert world.network.types(101, 102) == ["call"] * 3
    assert app.names() == ["call"]
    world.do(app.accept, app.ringing[0])
    world.wait(20)
    assert world.network.types(101, 102).count("call") == 3


def test_a_repeated_call_carries_all_candidates(world: World) -> None:
    world.app(102)
    world.house.call("door", APP)
    world.wait(6)
    first, second = world.network.between(101, 102)
    assert "a=candidate" not in (first.sdp or "")
    assert "a=candidate:door typ host" in (second.sdp or "").splitlines()
    assert plausible(second.sdp) == second.sdp


def test_candidates_leave_after_the_accept(world: World) -> None:
    app = world.app(102)
    world.house.call("door", APP)
    world.wait(1)
    assert "iceCandidates" not in world.network.types(101, 102)
    world.do(app.accept, app.ringing[0])
    (pc,) = app.active[0].pcs.values()
    assert [c.candidate for c in pc.candidates] == ["candidate:door typ host"]
    (connection,) = world.house.peer_media("door").links
    ours = world.house.peer_media("door").candidates[connection.id]
    assert [c.candidate for c in ours] == ["candidate:102 typ host"]
    assert pc.errors == []


@pytest.mark.parametrize(
    ("extension", "state", "reason"),
    [
        ({"why": "asleep"}, "rejected", EndReason.REJECTED),
        ({"busy": "true"}, "busy", EndReason.BUSY),
        ({"busy": "false"}, "rejected", EndReason.REJECTED),
        ({"reason": "BUSY"}, "busy", EndReason.BUSY),
    ],
)
def test_an_app_refuses(
    world: World, extension: dict[str, str], state: str, reason: EndReason
) -> None:
    app = world.app(102)
    call = world.house.call("door", APP)
    world.wait(1)
    world.do(app.reject, app.ringing[0], **extension)
    assert world.house.states(call)[APP] == state
    (ended,) = world.house.call_events("ended")
    assert (ended.reason, ended.extension) == (reason, extension)
    sent = len(world.network.sent)
    world.wait(30)
    assert len(world.network.sent) == sent


def test_nobody_answers(world: World) -> None:
    app = world.app(102)
    call = world.house.call("door", APP, ring_timeout=20)
    world.wait(21)
    assert world.house.now(call).reason is EndReason.NOT_ANSWERED
    assert world.network.types(101, 102) == ["call"] * 4 + ["hangUp"]
    assert app.names() == ["call", "close", "stop"]


def test_the_caller_gives_up(world: World) -> None:
    app = world.app(102)
    call = world.house.call("door", APP)
    world.wait(1)
    world.do(world.house.exchange.hang_up, call.id, "door", extension={"a": "1"})
    assert app.events[-1] == ("stop", call.id, 101, {"a": "1"})
    assert app.sessions[call.id].state == "closed"


def test_a_late_accept_is_told_that_it_is_over(world: World) -> None:
    app = world.app(102)
    call = world.house.call("door", APP)
    world.wait(1)
    session = app.ringing[0]
    world.network.fate = lambda *_: []
    world.do(world.house.exchange.hang_up, call.id)
    world.network.fate = lambda *_: [0.0]
    world.do(app.accept, session)
    assert app.sessions[call.id].state == "closed"
    assert world.house.now(call).reason is EndReason.CANCELLED


@pytest.mark.parametrize("who", ["home", "app"])
def test_either_side_hangs_up(world: World, who: str) -> None:
    app = world.app(102)
    call = world.house.call("door", APP)
    world.wait(1)
    world.do(app.accept, app.ringing[0])
    if who == "home":
        world.do(world.house.exchange.hang_up, call.id, extension={"bye": "1"})
        assert app.events[-1] == ("stop", call.id, 101, {"bye": "1"})
        assert world.network.types(101, 102).count("hangUp") == 1
    else:
        world.do(app.stop, app.active[0], bye="1")
        assert world.house.call_events("ended")[0].extension == {"bye": "1"}
        assert "hangUp" not in world.network.types(101, 102)
    assert world.house.now(call).reason is EndReason.HUNG_UP
    assert world.house.dialect.live_sessions == 0


def test_the_first_of_several_gets_it(world: World) -> None:
    one, other = world.app(102), world.app(103)
    call = world.house.call("door", APP, OTHER)
    world.wait(1)
    (first,), (second,) = one.ringing, other.ringing
    assert first.id != second.id
    assert (first.opponents, second.opponents) == ((102,), (103,))
    world.do(other.accept, second)
    assert world.linked("door", other)
    assert one.sessions[first.id].state == "closed"
    assert world.house.states(call)[APP] == "no_answer"


def test_all_in_one_session(world: World) -> None:
    apps = [world.app(user_id) for user_id in (102, 103, 104)]
    to = (APP, OTHER, "connectycube:104")
    call = world.house.call("tablet", *to, ring_mode="all")
    world.wait(1)
    for app in apps:
        (session,) = app.ringing
        assert (session.id, session.opponents) == (call.id, (102, 103, 104))
        world.do(app.accept, session)
    for app in apps:
        assert world.linked("tablet", app)
        assert len(app.active[0].pcs) == 3
        assert all(pc.agreed for pc in app.active[0].pcs.values())
    assert len(world.house.now(call).joined) == 4
    world.do(apps[0].stop, apps[0].active[0])
    assert not world.house.now(call).ended
    world.do(world.house.exchange.hang_up, call.id)
    assert [app.active for app in apps] == [[], [], []]


def test_of_two_devices_one_gets_it(world: World) -> None:
    one, other = world.app(102), world.app(102, known=False)
    call = world.house.call("door", APP)
    world.wait(1)
    world.do(one.accept, one.ringing[0])
    world.do(other.accept, other.ringing[0])
    assert world.linked("door", one)
    assert world.house.events("accepted") == [("accepted", "door", APP)]
    world.do(other.reject, other.sessions[call.id])
    assert not world.house.now(call).ended


def test_a_second_device_refuses_too_late(world: World) -> None:
    one, other = world.app(102), world.app(102, known=False)
    call = world.house.call("door", APP)
    world.wait(1)
    world.do(one.accept, one.ringing[0])
    world.do(other.reject, other.ringing[0])
    assert world.linked("door", one)
    assert not world.house.now(call).ended


def test_the_cap_goes_along(world: World) -> None:
    app = world.app(102)
    world.house.call("door", APP, max_bandwidth=500, extension={"a": "1"})
    world.wait(1)
    assert app.events[0][2] == {"a": "1", "maxBandwidth": 500}


def test_without_a_picture(world: World) -> None:
    app = world.app(102)
    world.house.call("door", APP, video=False)
    world.wait(1)
    assert not app.ringing[0].video


def test_only_relayed_candidates_leave(world: World) -> None:
    app = world.app(102)
    world.house.relays = True
    world.house.call("door", APP, relay=True)
    world.wait(6)
    assert all("candidate" not in (s.sdp or "") for *_, s in world.network.sent)
    world.do(app.accept, app.ringing[0])
    assert "iceCandidates" not in world.network.types(101, 102)


def test_a_second_call_uses_an_id_of_its_own(world: World) -> None:
    app = world.app(102)
    first = world.house.call("door", APP)
    world.wait(1)
    world.do(app.accept, app.ringing[0])
    second = world.house.call("tablet", APP)
    world.wait(1)
    assert [s.id for s in app.ringing] == [second.id]
    assert not world.house.now(first).ended


def test_somebody_who_is_no_contact_can_be_called(world: World) -> None:
    app = world.app(107, known=False)
    party = world.house.do(world.house.dialect.reach, 107)
    assert party.id == "connectycube:107"
    call = world.house.call("door", party.id)
    world.wait(1)
    world.do(app.accept, app.ringing[0])
    assert world.linked("door", app)
    world.do(world.house.exchange.hang_up, call.id)
    world.wait(40)
    assert party.id not in world.house.exchange.parties


def test_a_page_that_is_loaded_anew_while_it_rings(world: World) -> None:
    app = world.app(102)
    world.house.call("tablet", APP)
    world.wait(1)
    world.do(world.house.exchange.suspend, "tablet")
    world.do(world.house.exchange.resume, "tablet")
    world.do(app.accept, app.ringing[0])
    assert world.linked("tablet", app)


def test_the_connection_to_the_server_is_lost_while_it_rings(world: World) -> None:
    world.app(102)
    world.house.call("door", APP)
    world.wait(1)
    world.house.wire.connected = False
    world.wait(20)
    assert world.network.types(101, 102) == ["call"]
    world.house.wire.connected = True
    world.wait(5)
    assert world.network.types(101, 102) == ["call", "call"]


def test_an_answer_that_makes_no_sense_is_none(world: World) -> None:
    app = world.app(102)
    call = world.house.call("door", APP)
    world.wait(1)
    signal = world.network.last(101, 102)
    for sdp in (None, "", "v=0", "x" * 100_000):
        answer = type(signal)(
            SignalType.ACCEPT, call.id, 101, (102,), video=True, sdp=sdp
        )
        world.do(world.house.dialect.receive, 102, answer)
    assert world.house.states(call)[APP] == "invited"
    world.do(app.accept, app.ringing[0])
    assert world.linked("door", app)


def test_an_answer_that_our_end_can_not_use_ends_it(world: World) -> None:
    app = world.app(102)
    world.house.media["door"].errors["describe"] = OSError("broken")
    call = world.house.call("door", APP)
    world.wait(1)
    world.do(app.accept, app.ringing[0])
    assert world.house.now(call).reason is EndReason.FAILED
    assert app.active == []


class TestCrossing:
    """Both call each other at the same time."""

    def test_the_lower_id_keeps_its_call(self, world: World) -> None:
        app = world.app(102)
        call = world.house.begin(world.house.exchange.call, REQUEST)
        world.house.do(app.call, 101, session_id="theirs")
        world.wait(1)
        assert app.sessions["theirs"].state == "closed"
        assert app.names().count("reject") == 1
        (session,) = app.ringing
        world.do(app.accept, session)
        assert world.linked("tablet", app)
        assert [c.id for c in world.house.exchange.calls] == [call.result().id]
        assert world.house.events("incoming") == []

    def test_the_higher_id_gives_way_and_accepts(
        self, make_world: Callable[[int], World]
    ) -> None:
        world = make_world(105)
        app = world.app(102)
        call = world.house.begin(world.house.exchange.call, REQUEST).result()
        world.house.do(app.call, 105, session_id="theirs")
        world.wait(1)
        assert app.ringing == []
        assert world.linked("tablet", app)
        assert app.active[0].id == "theirs"
        assert world.house.states(call) == {"tablet": "joined", APP: "joined"}
        assert len(world.house.exchange.calls) == 1
        world.do(app.stop, app.active[0])
        assert world.house.now(call).ended

    def test_two_homes_end_up_in_one_call(self, world: World) -> None:
        other = CubeHouse(world.network, 102, world.loop)
        other.know(101)
        world.house.know(102)
        ours = world.house.begin(world.house.exchange.call, REQUEST).result()
        theirs = other.begin(
            other.exchange.call, CallRequest("phone", ("connectycube:101",))
        ).result()
        world.wait(2)
        assert world.house.states(ours) == {"tablet": "joined", APP: "joined"}
        assert other.states(theirs) == {"phone": "joined", "connectycube:101": "joined"}
        (here,), (there,) = world.house.agreed("tablet"), other.agreed("phone")
        assert here == there[::-1]
        other.do(other.dialect.shut_down)
        other.do(other.exchange.close)


REQUEST = CallRequest("tablet", (APP,))


def test_descriptions_keep_their_sections() -> None:
    sdp = plausible(make_sdp("x", candidates=1))
    assert sdp is not None
    assert sdp.endswith("\r\n")
    assert "\n\n" not in sdp
