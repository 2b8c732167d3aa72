"""How links come up, are lost, come back and close."""

import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import (
    Call,
    Candidate,
    ConnectionState,
    EndReason,
)

from .fakes import CONNECTED, OFFER, House

CLOSED = ConnectionState.CLOSED
COMPLETED = ConnectionState.COMPLETED
CONNECTING = ConnectionState.CONNECTING
DISCONNECTED = ConnectionState.DISCONNECTED
FAILED = ConnectionState.FAILED

UP = ["undefined", "connecting", "connected"]


@pytest.fixture
def call(house: House) -> Call:
    """Return a call of two whose link works."""
    return house.talk("tablet", "phone")


def connection_id(house: House, call: Call, one: str, other: str) -> str:
    return house.link(call, one, other).connections[0]


def test_both_ends_are_opened_the_answering_one_first(house: House) -> None:
    order: list[str] = []
    for party_id in ("tablet", "phone"):
        house.media[party_id].reactions["open"] = lambda _, end: order.append(end)
    call = house.accept(house.call("tablet", "phone"), "phone")
    (connection,) = house.media["phone"].links
    assert house.media["tablet"].links == [connection]
    assert (connection.offerer, connection.answerer) == ("tablet", "phone")
    assert connection.call_id == call.id
    assert connection.video
    assert order == ["phone", "tablet"]


def test_a_call_without_video_has_none(house: House) -> None:
    house.accept(house.call("tablet", "phone", video=False), "phone")
    assert not house.media["phone"].links[0].video


def test_a_station_offers_to_a_screen(house: House) -> None:
    call = house.accept(house.call("tablet", "door"), "door")
    assert house.link(call, "tablet", "door").party == "door"


def test_it_connects_before_it_works(house: House) -> None:
    call = house.accept(house.call("tablet", "phone"), "phone")
    assert house.link_states("tablet", "phone") == ["undefined", "connecting"]
    house.report(call, "tablet", "phone", CONNECTING)
    house.report(call, "tablet", "phone", DISCONNECTED)
    assert house.link_states("tablet", "phone") == ["undefined", "connecting"]
    house.report(call, "tablet", "phone", CONNECTED)
    house.report(call, "tablet", "phone", CONNECTED)
    house.report(call, "tablet", "phone", COMPLETED)
    house.report(call, "tablet", "phone", CONNECTED)
    house.report(call, "tablet", "phone", ConnectionState.UNDEFINED)
    assert house.link_states("tablet", "phone") == [*UP, "completed"]
    house.hang_up(call)
    assert house.link_states("tablet", "phone") == [*UP, "completed", "closed"]


def test_what_completes_at_once_has_connected(house: House) -> None:
    call = house.accept(house.call("tablet", "phone"), "phone")
    house.report(call, "tablet", "phone", COMPLETED)
    assert house.link_states("tablet", "phone") == [*UP, "completed"]


def test_only_the_end_that_knows_best_counts(house: House, call: Call) -> None:
    house.report(call, "phone", "tablet", FAILED)
    house.report(call, "phone", "tablet", DISCONNECTED)
    assert house.link(call, "tablet", "phone").state == "connected"


@pytest.mark.parametrize("end", ["tablet", "phone"])
def test_either_end_can_close_too_early(house: House, call: Call, end: str) -> None:
    other = {"tablet": "phone", "phone": "tablet"}[end]
    house.report(call, end, other, CLOSED)
    assert house.link_states("tablet", "phone") == [*UP, "failed", "connecting"]


def test_reports_of_others_mean_nothing(house: House, call: Call) -> None:
    id_ = connection_id(house, call, "tablet", "phone")
    house.do(house.exchange.report_state, id_, "door", FAILED)
    house.do(house.exchange.report_state, "unknown", "tablet", FAILED)
    house.hang_up(call)
    house.do(house.exchange.report_state, id_, "tablet", FAILED)
    assert house.link_states("tablet", "phone") == [*UP, "closed"]


class TestLost:
    """Links that stop working."""

    def test_it_may_come_back(self, house: House, call: Call) -> None:
        house.report(call, "tablet", "phone", DISCONNECTED)
        house.wait(29)
        house.report(call, "tablet", "phone", CONNECTED)
        assert house.link_states("tablet", "phone")[3:] == ["disconnected", "connected"]
        house.report(call, "tablet", "phone", DISCONNECTED)
        house.wait(29)
        assert not house.now(call).ended

    def test_if_not_the_call_is_over(self, house: House, call: Call) -> None:
        house.report(call, "tablet", "phone", DISCONNECTED)
        house.wait(31)
        call = house.now(call)
        assert call.reason is EndReason.FAILED
        assert set(house.states(call).values()) == {"failed"}
        assert house.link_states("tablet", "phone")[3:] == ["disconnected", "closed"]
        assert house.events()[-1] == ("ended", "tablet", "phone")
        assert house.channels["phone"].dismissals == [EndReason.FAILED]

    def test_the_time_it_has_can_be_set(self, house: House, call: Call) -> None:
        house.exchange.disconnect_timeout = 5
        house.report(call, "tablet", "phone", DISCONNECTED)
        house.wait(6)
        assert house.now(call).ended

    def test_a_failed_one_is_tried_afresh(self, house: House, call: Call) -> None:
        old = connection_id(house, call, "tablet", "phone")
        house.report(call, "tablet", "phone", FAILED)
        new = connection_id(house, call, "tablet", "phone")
        assert new != old
        for party_id in ("tablet", "phone"):
            assert [c.id for c in house.media[party_id].links] == [new]
        house.do(house.exchange.report_state, old, "tablet", CLOSED)
        house.report(call, "tablet", "phone", CONNECTED)
        assert house.link_states("tablet", "phone")[3:] == [
            "failed",
            "connecting",
            "connected",
        ]

    def test_but_only_once(self, house: House, call: Call) -> None:
        house.report(call, "tablet", "phone", FAILED)
        new = connection_id(house, call, "tablet", "phone")
        house.wait(20)
        house.report(call, "tablet", "phone", FAILED)
        house.report(call, "tablet", "phone", FAILED)
        assert connection_id(house, call, "tablet", "phone") == new
        house.wait(9)
        assert not house.now(call).ended
        house.wait(2)
        assert house.link_states("tablet", "phone")[3:] == [
            "failed",
            "connecting",
            "failed",
            "closed",
        ]
        assert house.now(call).reason is EndReason.FAILED

    def test_and_once_more_when_it_has_worked_again(
        self, house: House, call: Call
    ) -> None:
        for _ in range(3):
            house.report(call, "tablet", "phone", FAILED)
            house.report(call, "tablet", "phone", CONNECTED)
            house.wait(31)
        assert house.link(call, "tablet", "phone").state == "connected"

    def test_one_that_never_works_is_given_up_in_time(self, house: House) -> None:
        house.exchange.connect_timeout = 10
        call = house.accept(house.call("tablet", "phone"), "phone")
        house.wait(9)
        assert not house.now(call).ended
        house.wait(2)
        assert house.now(call).reason is EndReason.FAILED
        assert house.link_states("tablet", "phone") == [
            "undefined",
            "connecting",
            "closed",
        ]

    def test_one_that_fails_at_the_start_is_given_up_at_once(
        self, house: House
    ) -> None:
        call = house.accept(house.call("tablet", "phone"), "phone")
        house.report(call, "tablet", "phone", FAILED)
        assert house.now(call).reason is EndReason.FAILED
        assert house.link_states("tablet", "phone")[2:] == ["failed", "closed"]

    def test_the_rest_of_the_call_goes_on(self, house: House) -> None:
        call = house.talk("door", "tablet", "phone", ring_mode="all")
        house.report(call, "tablet", "phone", DISCONNECTED)
        house.wait(31)
        assert set(house.states(call).values()) == {"joined"}
        assert house.link(call, "tablet", "phone").state == "closed"
        house.report(call, "door", "phone", DISCONNECTED)
        house.wait(31)
        assert house.states(call) == {
            "door": "joined",
            "tablet": "joined",
            "phone": "failed",
        }
        assert house.events("left") == [("left", "phone", None)]

    def test_who_is_left_without_a_link_goes_too(self, house: House) -> None:
        call = house.talk("door", "tablet", "phone", "friend", ring_mode="all")
        for other in ("phone", "friend"):
            house.report(call, "tablet", other, DISCONNECTED)
        house.wait(31)
        house.hang_up(call, "phone")
        assert house.states(call)["tablet"] == "joined"
        house.report(call, "door", "tablet", DISCONNECTED)
        house.wait(31)
        assert house.states(call)["tablet"] == "failed"
        assert not house.now(call).ended

    def test_two_that_only_a_third_held_together_are_done(self, house: House) -> None:
        call = house.talk("tablet", "phone", "friend", ring_mode="all")
        house.report(call, "tablet", "phone", DISCONNECTED)
        house.wait(31)
        house.hang_up(call, "friend")
        assert house.now(call).ended
        assert house.states(call) == {
            "tablet": "failed",
            "phone": "failed",
            "friend": "left",
        }

    def test_a_caller_still_waits_for_others(self, house: House) -> None:
        call = house.call("tablet", "phone", "friend", ring_mode="all")
        house.accept(call, "phone")
        house.report(call, "tablet", "phone", FAILED)
        assert house.states(call) == {
            "tablet": "joined",
            "phone": "failed",
            "friend": "ringing",
        }


class TestSignals:
    """What the two ends of a connection say to each other."""

    def test_it_goes_to_the_other_end(self, house: House, call: Call) -> None:
        id_ = connection_id(house, call, "tablet", "phone")
        candidate = Candidate("candidate:1", "0", 0)
        house.do(house.exchange.describe, id_, "tablet", OFFER)
        house.do(house.exchange.candidate, id_, "phone", candidate)
        assert house.media["phone"].of("describe") == [(id_, "phone", OFFER)]
        assert house.media["tablet"].of("candidate") == [(id_, "tablet", candidate)]

    def test_strangers_are_refused(self, house: House, call: Call) -> None:
        id_ = connection_id(house, call, "tablet", "phone")
        describe = house.exchange.describe
        assert house.refused(describe, id_, "door", OFFER).key == "unknown_connection"
        refusal = house.refused(describe, "unknown", "tablet", OFFER)
        assert refusal.key == "unknown_connection"
        house.hang_up(call)
        refusal = house.refused(describe, id_, "tablet", OFFER)
        assert refusal.key == "unknown_connection"

    def test_what_makes_no_sense_is_refused(self, house: House, call: Call) -> None:
        house.media["phone"].errors["describe"] = CallError("invalid_description")
        id_ = connection_id(house, call, "tablet", "phone")
        refusal = house.refused(house.exchange.describe, id_, "tablet", OFFER)
        assert refusal.key == "invalid_description"
        assert house.link(call, "tablet", "phone").state == "connected"


class TestMedia:
    """The first sound or picture."""

    def test_it_is_told_once_for_each_side(self, house: House, call: Call) -> None:
        id_ = connection_id(house, call, "tablet", "phone")
        for party_id in ("tablet", "phone", "tablet", "door"):
            house.do(house.exchange.report_media, id_, party_id)
        house.report(call, "tablet", "phone", FAILED)
        fresh = connection_id(house, call, "tablet", "phone")
        house.do(house.exchange.report_media, fresh, "tablet")
        assert house.events("remote_stream") == [
            ("remote_stream", "tablet", "phone"),
            ("remote_stream", "phone", "tablet"),
        ]
        assert house.call_events("remote_stream")[0].by == "phone"

    def test_another_call_tells_again(self, house: House, call: Call) -> None:
        for _ in range(2):
            id_ = connection_id(house, call, "tablet", "phone")
            house.do(house.exchange.report_media, id_, "tablet")
            house.hang_up(call)
            call = house.talk("tablet", "phone")
        assert len(house.events("remote_stream")) == 2
