"""Parties come, change, go for a moment and go for good."""

import pytest

from custom_components.mesh_call.calls.events import PartyChanged
from custom_components.mesh_call.calls.model import (
    CallRequest,
    ConnectionState,
    EndReason,
    PartyState,
)

from .fakes import CONNECTED, House

UP = ["undefined", "connecting", "connected"]


class TestRegister:
    """Who there is."""

    def test_parties_are_listed(self, house: House) -> None:
        assert list(house.exchange.parties) == ["door", "tablet", "phone", "friend"]
        assert house.told == [PartyChanged(id_) for id_ in house.exchange.parties]

    def test_it_can_be_taken_back_once(self, house: House) -> None:
        party = house.exchange.parties["phone"]
        house.do(house.exchange.unregister, "phone")
        media, channel = house.media["phone"], house.channels["phone"]
        remove = house.do(house.exchange.register, party, media, channel)
        house.screen("phone")
        house.do(remove)
        assert "phone" in house.exchange.parties
        remove = house.do(house.exchange.register, party, media, channel)
        house.do(remove)
        house.do(remove)
        assert "phone" not in house.exchange.parties

    def test_the_same_id_again_is_somebody_new(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.screen("tablet")
        assert house.states(call)["tablet"] == "failed"
        assert house.exchange.status("tablet").state is PartyState.IDLE


class TestUpdate:
    """What changes of a party that is there."""

    def test_it_changes_in_its_calls(self, house: House) -> None:
        call = house.call("door", "tablet")
        house.change("tablet", name="Kitchen")
        assert house.member(call, "tablet").party.name == "Kitchen"
        assert house.exchange.parties["tablet"].name == "Kitchen"

    def test_nothing_new_is_not_told(self, house: House) -> None:
        house.told.clear()
        house.change("tablet")
        assert not house.told

    def test_strangers_can_not_change(self, house: House) -> None:
        party = house.exchange.parties["tablet"]
        house.do(house.exchange.unregister, "tablet")
        refusal = house.refused(house.exchange.update, party)
        assert refusal.key == "unknown_party"

    def test_a_screen_that_wants_to_ring_rings(self, house: House) -> None:
        house.change("phone", rings=False)
        call = house.call("door")
        assert "phone" not in call.members
        house.change("phone", rings=True)
        assert house.states(call)["phone"] == "ringing"

    def test_who_will_not_be_disturbed_stops_ringing(self, house: House) -> None:
        call = house.call("door")
        house.change("tablet", do_not_disturb=True)
        assert house.states(call)["tablet"] == "busy"
        assert house.channels["tablet"].dismissals == [EndReason.BUSY]
        house.change("phone", do_not_disturb=True)
        house.wait(61)
        assert house.now(call).reason is EndReason.BUSY
        assert len(house.events("missed")) == 2
        assert house.events("busy") == [
            ("busy", "door", "tablet"),
            ("busy", "door", "phone"),
        ]

    def test_the_last_of_those_named_ends_the_call(self, house: House) -> None:
        call = house.call("door", "tablet")
        house.change("tablet", do_not_disturb=True)
        assert house.now(call).reason is EndReason.BUSY

    def test_who_is_answering_is_not_stopped(self, house: House) -> None:
        call = house.call("door", "tablet")
        house.media["tablet"].delays["join"] = 2
        house.begin(house.exchange.accept, call.id, "tablet")
        house.change("tablet", do_not_disturb=True)
        house.wait(3)
        assert house.states(call)["tablet"] == "joined"


class TestUnregister:
    """Who is gone for good."""

    def test_it_leaves_its_call(self, house: House) -> None:
        call = house.talk("door", "tablet", "phone", ring_mode="all")
        house.do(house.exchange.unregister, "phone")
        assert house.states(call)["phone"] == "failed"
        assert house.events("left") == [("left", "phone", None)]
        assert house.media["phone"].names()[-1] == "leave"
        assert "phone" not in house.exchange.parties

    def test_a_caller_that_is_gone_does_not_end_it_for_others(
        self, house: House
    ) -> None:
        call = house.talk("door", "tablet", "phone", ring_mode="all")
        house.do(house.exchange.unregister, "door")
        assert not house.now(call).ended

    def test_why_may_be_said(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.unregister, "door", EndReason.STOPPED)
        assert house.now(call).reason is EndReason.STOPPED
        assert house.states(call) == {"door": "left", "tablet": "left"}

    def test_a_ringing_one_gives_no_answer(self, house: House) -> None:
        call = house.call("door", "tablet", "phone")
        house.do(house.exchange.unregister, "tablet")
        assert house.states(call)["tablet"] == "no_answer"
        assert house.events("not_answered") == [("not_answered", "door", "tablet")]
        house.do(house.exchange.unregister, "phone")
        assert house.now(call).reason is EndReason.NOT_ANSWERED

    def test_a_caller_that_is_gone_rings_no_more(self, house: House) -> None:
        call = house.call("tablet", "phone")
        house.do(house.exchange.unregister, "tablet")
        assert house.now(call).reason is EndReason.FAILED
        assert house.states(call)["phone"] == "no_answer"

    def test_it_can_be_repeated(self, house: House) -> None:
        house.do(house.exchange.unregister, "phone")
        house.told.clear()
        house.do(house.exchange.unregister, "phone")
        assert not house.told


class TestSuspend:
    """Who is out of reach for a moment."""

    def test_a_joined_one_has_some_time(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.suspend, "tablet")
        assert house.link(call, "door", "tablet").state == "disconnected"
        house.wait(14)
        assert not house.now(call).ended
        house.wait(2)
        assert house.now(call).reason is EndReason.FAILED
        assert house.states(call)["tablet"] == "failed"
        assert house.left_over() == []

    def test_that_can_be_set(self, house: House) -> None:
        house.exchange.return_timeout = 3
        call = house.talk("door", "tablet")
        house.do(house.exchange.suspend, "tablet")
        house.wait(4)
        assert house.now(call).ended

    def test_it_does_not_end_a_call_of_others(self, house: House) -> None:
        call = house.talk("door", "tablet", "phone", ring_mode="all")
        house.do(house.exchange.suspend, "tablet")
        house.wait(16)
        assert house.states(call) == {
            "door": "joined",
            "tablet": "failed",
            "phone": "joined",
        }

    def test_back_again_it_connects_afresh(self, house: House) -> None:
        call = house.talk("door", "tablet")
        old = house.link(call, "door", "tablet").connections
        house.do(house.exchange.suspend, "tablet")
        house.do(house.exchange.suspend, "tablet")
        house.report(call, "door", "tablet", ConnectionState.FAILED)
        house.report(call, "door", "tablet", CONNECTED)
        house.wait(14)
        house.do(house.exchange.resume, "tablet")
        house.do(house.exchange.resume, "tablet")
        assert house.link(call, "door", "tablet").connections != old
        assert len(house.media["tablet"].links) == len(house.media["door"].links) == 1
        house.wait(14)
        house.report(call, "door", "tablet", CONNECTED)
        house.wait(100)
        assert house.link_states("door", "tablet") == [
            *UP,
            "disconnected",
            "connecting",
            "connected",
        ]

    def test_back_again_the_link_must_work_in_time(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.suspend, "tablet")
        house.do(house.exchange.resume, "tablet")
        house.wait(29)
        assert not house.now(call).ended
        house.wait(2)
        assert house.now(call).reason is EndReason.FAILED

    def test_a_link_already_lost_has_its_time_anew(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.report(call, "door", "tablet", ConnectionState.DISCONNECTED)
        house.wait(25)
        house.do(house.exchange.suspend, "tablet")
        house.wait(10)
        house.do(house.exchange.resume, "tablet")
        house.report(call, "door", "tablet", ConnectionState.FAILED)
        house.report(call, "door", "tablet", CONNECTED)
        assert house.link(call, "door", "tablet").state == "connected"

    def test_back_again_a_fresh_connection_may_be_tried_anew(
        self, house: House
    ) -> None:
        call = house.talk("door", "tablet")
        house.report(call, "door", "tablet", ConnectionState.FAILED)
        house.do(house.exchange.suspend, "tablet")
        house.do(house.exchange.resume, "tablet")
        house.report(call, "door", "tablet", ConnectionState.FAILED)
        assert house.link(call, "door", "tablet").state == "connecting"

    def test_two_that_are_away_connect_when_both_are_back(self, house: House) -> None:
        call = house.talk("tablet", "phone")
        house.do(house.exchange.suspend, "tablet")
        house.do(house.exchange.suspend, "phone")
        house.do(house.exchange.resume, "tablet")
        assert house.link(call, "tablet", "phone").state == "disconnected"
        house.do(house.exchange.resume, "phone")
        assert house.link(call, "tablet", "phone").state == "connecting"

    def test_it_is_told_again_what_is_in_force(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.mute, call.id, "tablet", audio=True)
        house.do(house.exchange.set_max_bandwidth, call.id, "tablet", 500)
        house.do(house.exchange.suspend, "tablet")
        house.media["tablet"].asked.clear()
        house.do(house.exchange.resume, "tablet")
        assert house.media["tablet"].of("mute") == [(call.id, "tablet", True, False)]
        assert house.media["tablet"].of("limit") == [(call.id, "tablet", 500)]

    def test_what_it_then_refuses_changes_nothing(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.mute, call.id, "tablet", audio=True)
        house.do(house.exchange.suspend, "tablet")
        house.media["tablet"].errors["mute"] = OSError("broken")
        house.do(house.exchange.resume, "tablet")
        assert house.member(call, "tablet").muted_audio

    def test_it_stops_when_the_call_is_over(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.mute, call.id, "tablet", audio=True)
        house.do(house.exchange.suspend, "tablet")
        house.media["tablet"].delays["mute"] = 20
        house.do(house.exchange.resume, "tablet")
        house.hang_up(call)
        assert house.left_over() == []

    def test_a_ring_goes_on_unseen(self, house: House) -> None:
        call = house.call("door", "tablet")
        house.do(house.exchange.suspend, "tablet")
        assert house.states(call)["tablet"] == "invited"
        assert house.exchange.status("tablet").state is PartyState.IDLE
        house.do(house.exchange.ringing, call.id, "tablet")
        assert house.states(call)["tablet"] == "invited"
        house.do(house.exchange.resume, "tablet")
        assert house.states(call)["tablet"] == "ringing"
        assert len(house.channels["tablet"].of("invite")) == 2
        assert len(house.events("incoming")) == 1

    def test_its_time_runs_on(self, house: House) -> None:
        call = house.call("door", "tablet")
        house.do(house.exchange.suspend, "tablet")
        house.wait(61)
        assert house.now(call).reason is EndReason.NOT_ANSWERED

    def test_one_that_is_away_rings_when_it_is_back(self, house: House) -> None:
        house.do(house.exchange.suspend, "tablet")
        call = house.call("door", "tablet")
        assert house.states(call)["tablet"] == "invited"
        assert not house.channels["tablet"].asked
        house.do(house.exchange.resume, "tablet")
        assert house.states(call)["tablet"] == "ringing"

    def test_a_caller_that_is_away_is_linked_when_it_is_back(
        self, house: House
    ) -> None:
        call = house.call("tablet", "phone")
        house.do(house.exchange.suspend, "tablet")
        house.accept(call, "phone")
        assert house.link(call, "tablet", "phone").connections == ()
        house.do(house.exchange.resume, "tablet")
        assert house.link_states("tablet", "phone") == ["undefined", "connecting"]
        assert len(house.media["phone"].links) == 1

    def test_a_caller_that_stays_away_rings_no_more(self, house: House) -> None:
        call = house.call("tablet", "phone")
        house.do(house.exchange.suspend, "tablet")
        house.wait(16)
        assert house.now(call).reason is EndReason.FAILED

    def test_it_can_neither_call_nor_answer(self, house: House) -> None:
        call = house.call("door", "tablet")
        house.do(house.exchange.suspend, "tablet")
        refusal = house.refused(house.exchange.accept, call.id, "tablet")
        assert refusal.key == "party_unavailable"
        assert refusal.placeholders == {"party": "tablet"}
        request = CallRequest("tablet", ("phone",))
        assert house.refused(house.exchange.call, request).key == "party_unavailable"

    @pytest.mark.parametrize("command", ["suspend", "resume"])
    def test_strangers_are_of_no_interest(self, house: House, command: str) -> None:
        house.told.clear()
        house.do(getattr(house.exchange, command), "nobody")
        assert not house.told

    def test_who_hangs_up_meanwhile_is_not_waited_for(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.suspend, "tablet")
        house.hang_up(call)
        assert house.left_over() == []
        house.do(house.exchange.resume, "tablet")
        assert house.exchange.status("tablet").state is PartyState.IDLE
