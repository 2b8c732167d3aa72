"""Ports that fail without a word."""

from collections.abc import Iterator
import logging

import pytest

from custom_components.mesh_call.calls.model import (
    CallRequest,
    ConnectionState,
    EndReason,
)

from .fakes import OFFER, House

BROKEN = OSError("broken")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Keep what these tests log on purpose out of their output."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def test_a_caller_that_can_not_get_ready_calls_nobody(house: House) -> None:
    house.media["door"].errors["join"] = BROKEN
    refusal = house.refused(house.exchange.call, CallRequest("door", ("tablet",)))
    assert refusal.key == "party_unavailable"
    assert refusal.placeholders == {"party": "door"}
    assert house.media["door"].names() == ["join", "leave"]
    assert not house.exchange.calls
    house.media["door"].errors.clear()
    assert house.call("door", "tablet")


def test_one_that_never_gets_ready_is_not_waited_for(house: House) -> None:
    house.media["door"].delays["join"] = 1000
    task = house.begin(house.exchange.call, CallRequest("door", ("tablet",)))
    house.wait(31)
    assert str(task.exception()) == "party_unavailable"
    assert house.left_over() == []


def test_a_caller_that_gives_up_meanwhile_holds_nothing(house: House) -> None:
    house.media["door"].delays["join"] = 10
    task = house.begin(house.exchange.call, CallRequest("door", ("tablet",)))
    house.do(task.cancel)
    assert task.cancelled()
    assert house.media["door"].names() == ["join", "leave"]
    house.media["door"].delays.clear()
    assert house.call("door", "tablet")


def test_a_callee_that_can_not_get_ready_rings_on(house: House) -> None:
    house.media["tablet"].errors["join"] = BROKEN
    call = house.call("door", "tablet")
    refusal = house.refused(house.exchange.accept, call.id, "tablet")
    assert refusal.key == "party_unavailable"
    assert house.states(call)["tablet"] == "ringing"


def test_a_channel_that_can_not_invite_has_failed(house: House) -> None:
    house.channels["tablet"].errors["invite"] = BROKEN
    call = house.call("door", "tablet", "phone")
    assert house.states(call) == {
        "door": "joined",
        "tablet": "failed",
        "phone": "ringing",
    }
    assert house.events("not_answered") == [("not_answered", "door", "tablet")]


def test_the_call_with_it_if_there_is_no_other(house: House) -> None:
    house.channels["tablet"].errors["invite"] = BROKEN
    call = house.call("door", "tablet")
    assert call.reason is EndReason.FAILED


def test_a_channel_that_fails_after_it_rang_is_not_believed(house: House) -> None:
    def rings_and_breaks(call: object, party_id: str) -> None:
        (on,) = house.exchange.calls
        house.exchange.hang_up(on.id)
        raise BROKEN

    house.channels["tablet"].reactions["invite"] = rings_and_breaks
    assert house.call("door", "tablet").reason is EndReason.CANCELLED


def test_nor_is_one_whose_party_has_answered(house: House) -> None:
    def refuses_and_breaks(call: object, party_id: str) -> None:
        (on,) = house.exchange.calls
        house.exchange.reject(on.id, party_id)
        raise BROKEN

    house.channels["tablet"].reactions["invite"] = refuses_and_breaks
    call = house.call("door", "tablet", "phone")
    assert house.states(call)["tablet"] == "rejected"


@pytest.mark.parametrize("end", ["tablet", "phone"])
def test_an_end_that_can_not_open_has_failed(house: House, end: str) -> None:
    house.media[end].errors["open"] = BROKEN
    call = house.accept(house.call("tablet", "phone"), "phone")
    assert call.reason is EndReason.FAILED
    assert house.link_states("tablet", "phone") == [
        "undefined",
        "connecting",
        "failed",
        "closed",
    ]
    for party_id in ("tablet", "phone"):
        names = house.media[party_id].names()
        assert names[-3:] == ["open", "close", "leave"]


def test_what_fails_while_it_ends_is_over_all_the_same(house: House) -> None:
    call = house.talk("door", "tablet")
    house.media["tablet"].errors = {"close": BROKEN, "leave": BROKEN}
    house.channels["tablet"].errors["dismiss"] = BROKEN
    assert house.hang_up(call).reason is EndReason.HUNG_UP
    assert house.media["door"].names()[-2:] == ["close", "leave"]


@pytest.mark.parametrize("trouble", ["error", "delay"])
def test_an_end_that_breaks_over_a_description_has_failed(
    house: House, trouble: str
) -> None:
    call = house.talk("tablet", "phone")
    media = house.media["phone"]
    if trouble == "error":
        media.errors["describe"] = BROKEN
    media.delays["describe"] = 1000 if trouble == "delay" else 0
    id_ = house.link(call, "tablet", "phone").connections[0]
    task = house.begin(house.exchange.describe, id_, "tablet", OFFER)
    house.wait(0 if trouble == "error" else 31)
    assert str(task.exception()) == "party_unavailable"
    assert "failed" in house.link_states("tablet", "phone")


def test_a_late_failure_of_a_closed_connection_means_nothing(house: House) -> None:
    call = house.talk("tablet", "phone")
    house.media["phone"].errors["describe"] = BROKEN
    house.media["phone"].delays["describe"] = 5
    id_ = house.link(call, "tablet", "phone").connections[0]
    task = house.begin(house.exchange.describe, id_, "tablet", OFFER)
    house.hang_up(call)
    house.wait(6)
    assert str(task.exception()) == "party_unavailable"
    assert house.link_states("tablet", "phone")[-1] == "closed"


def test_an_end_that_is_away_may_break(house: House) -> None:
    call = house.talk("tablet", "phone")
    house.media["phone"].errors["describe"] = BROKEN
    id_ = house.link(call, "tablet", "phone").connections[0]
    house.do(house.exchange.suspend, "phone")
    refusal = house.refused(house.exchange.describe, id_, "tablet", OFFER)
    assert refusal.key == "party_unavailable"
    house.do(house.exchange.resume, "phone")
    assert house.link_states("tablet", "phone")[-2:] == ["disconnected", "connecting"]


def test_an_end_may_report_while_it_is_opened(house: House) -> None:
    for party_id in ("tablet", "phone"):
        house.media[party_id].reactions["open"] = lambda connection, end: (
            house.exchange.report_state(connection.id, end, ConnectionState.CONNECTED)
        )
    house.accept(house.call("tablet", "phone"), "phone")
    assert house.link_states("tablet", "phone") == [
        "undefined",
        "connecting",
        "connected",
    ]


def test_a_mute_that_breaks_does_not_end_anything(house: House) -> None:
    call = house.talk("door", "tablet")
    house.media["tablet"].errors["mute"] = BROKEN
    refusal = house.refused(house.exchange.mute, call.id, "tablet", audio=True)
    assert refusal.key == "party_unavailable"
    assert house.link(call, "door", "tablet").state == "connected"
