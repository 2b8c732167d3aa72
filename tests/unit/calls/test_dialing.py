"""How a call begins."""

from typing import Any

import pytest

from custom_components.mesh_call.calls.events import Cause
from custom_components.mesh_call.calls.model import (
    CallRequest,
    Direction,
    EndReason,
    PartyState,
)

from .fakes import House


def test_the_caller_is_joined_and_the_others_ring(house: House) -> None:
    call = house.call("tablet", "phone", extension={"why": "dinner"}, video=False)
    assert house.states(call) == {"tablet": "joined", "phone": "ringing"}
    assert call.direction is Direction.OUTGOING
    assert not call.video
    assert house.exchange.calls == (call,)
    assert house.exchange.call_by_id(call.id) is call
    assert house.events() == [
        ("outgoing", "tablet", "phone"),
        ("incoming", "phone", "tablet"),
    ]
    assert [e.extension for e in house.call_events()] == [{"why": "dinner"}] * 2
    assert [e.by for e in house.call_events()] == ["tablet", "tablet"]


def test_it_rings_only_when_confirmed(house: House) -> None:
    del house.channels["phone"].reactions["invite"]
    call = house.call("tablet", "phone")
    assert house.states(call)["phone"] == "invited"
    assert house.exchange.status("phone").state is PartyState.IDLE
    house.do(house.exchange.ringing, call.id, "phone")
    house.do(house.exchange.ringing, call.id, "phone")
    assert house.states(call)["phone"] == "ringing"
    assert house.events("incoming") == [("incoming", "phone", "tablet")]


def test_late_and_foreign_confirmations_mean_nothing(house: House) -> None:
    call = house.call("tablet", "phone")
    house.do(house.exchange.ringing, call.id, "door")
    house.do(house.exchange.ringing, "unknown", "phone")
    house.hang_up(call)
    house.do(house.exchange.ringing, call.id, "phone")
    assert house.states(call) == {"tablet": "left", "phone": "no_answer"}


def test_a_group_is_called_without_a_peer(house: House) -> None:
    house.call("door", "tablet", "phone")
    assert house.events("outgoing") == [("outgoing", "door", None)]


def test_a_contact_calls_in(house: House) -> None:
    call = house.call("friend", "tablet", call_id="wire-7")
    assert (call.id, call.direction) == ("wire-7", Direction.INCOMING)
    assert house.events() == [("incoming", "tablet", "friend")]


def test_no_event_tells_that_a_contact_rings(house: House) -> None:
    house.call("tablet", "friend")
    assert house.events() == [("outgoing", "tablet", "friend")]


def test_an_id_is_never_used_twice(house: House) -> None:
    first = house.hang_up(house.call("friend", "tablet", call_id="wire-7"), "tablet")
    second = house.call("friend", "tablet", call_id="wire-7")
    assert second.id != first.id
    third = house.call("phone", "tablet", call_id=second.id)
    assert third.id != second.id


def test_who_caused_it_is_told(house: House) -> None:
    request = CallRequest("tablet", ("phone",))
    house.do(house.exchange.call, request, Cause("door", "a trace"))
    assert {(e.by, e.context) for e in house.call_events()} == {("door", "a trace")}


@pytest.mark.parametrize(
    ("request_", "key", "placeholders"),
    [
        (CallRequest("nobody", ("door",)), "unknown_party", {"party": "nobody"}),
        (CallRequest("door", ("nobody",)), "unknown_party", {"party": "nobody"}),
        (CallRequest("door", ("door",)), "call_yourself", {"party": "door"}),
        (CallRequest("door"), "nobody_to_call", {}),
        (CallRequest("hatch", ("door",)), "no_media", {"party": "hatch"}),
        (
            CallRequest("door", ("phone",), extension={"a": []}),
            "invalid_extension",
            {"problem": "a: lists are not allowed"},
        ),
        (CallRequest("tablet", ("quiet",)), "party_busy", {"party": "quiet"}),
    ],
)
def test_what_makes_no_call(
    house: House, request_: CallRequest, key: str, placeholders: dict[str, str]
) -> None:
    house.station("hatch", video=False, audio=False)
    house.screen("quiet", do_not_disturb=True)
    house.told.clear()
    refusal = house.refused(house.exchange.call, request_)
    assert (refusal.key, refusal.placeholders) == (key, placeholders)
    assert not house.exchange.calls
    assert not house.told
    assert not any(media.asked for media in house.media.values())


def test_a_screen_alone_can_not_call_everyone(house: House) -> None:
    house.exchange.unregister("phone")
    request = CallRequest("tablet", ring_everyone=True)
    assert house.refused(house.exchange.call, request).key == "nobody_to_call"


def test_who_is_in_a_call_can_not_begin_another(house: House) -> None:
    house.call("door", "tablet")
    request = CallRequest("door", ("phone",))
    refusal = house.refused(house.exchange.call, request)
    assert (refusal.key, refusal.placeholders) == ("party_busy", {"party": "door"})


def test_nor_who_is_about_to_be_in_one(house: House) -> None:
    house.media["door"].delays["join"] = 1
    house.begin(house.exchange.call, CallRequest("door", ("phone",)))
    refusal = house.refused(house.exchange.call, CallRequest("door", ("tablet",)))
    assert refusal.key == "party_busy"
    house.wait(2)
    assert len(house.exchange.calls) == 1


def test_nobody_knows_of_a_call_whose_caller_is_not_ready(house: House) -> None:
    house.media["door"].delays["join"] = 2
    task = house.begin(house.exchange.call, CallRequest("door", ("phone",)))
    assert not house.exchange.calls
    house.wait(3)
    assert house.exchange.calls == (task.result(),)


@pytest.mark.parametrize("meanwhile", ["unregister", "suspend"])
def test_a_caller_that_goes_meanwhile_calls_nobody(
    house: House, meanwhile: str
) -> None:
    house.media["tablet"].delays["join"] = 2
    task = house.begin(house.exchange.call, CallRequest("tablet", ("phone",)))
    house.do(getattr(house.exchange, meanwhile), "tablet")
    house.wait(3)
    keys = {"unregister": "unknown_party", "suspend": "party_unavailable"}
    assert str(task.exception()) == keys[meanwhile]
    assert not house.exchange.calls
    assert house.media["tablet"].names() == ["join", "leave"]


def test_callees_are_checked_again_when_the_caller_is_ready(house: House) -> None:
    house.media["tablet"].delays["join"] = 2
    task = house.begin(house.exchange.call, CallRequest("tablet", ("phone",)))
    house.change("phone", do_not_disturb=True)
    house.wait(3)
    assert str(task.exception()) == "party_busy"
    assert house.media["tablet"].names() == ["join", "leave"]


def test_nothing_begins_in_a_closed_exchange(house: House) -> None:
    house.media["tablet"].delays["join"] = 2
    task = house.begin(house.exchange.call, CallRequest("tablet", ("phone",)))
    house.do(house.exchange.close)
    house.wait(3)
    assert str(task.exception()) == "stopped"
    request = CallRequest("tablet", ("phone",))
    assert house.refused(house.exchange.call, request).key == "stopped"


def test_a_busy_station_among_others_is_told(house: House) -> None:
    house.station("nursery")
    house.call("nursery", "friend")
    house.screen("quiet", do_not_disturb=True)
    call = house.call("door", "tablet", "nursery", "quiet")
    assert house.states(call) == {
        "door": "joined",
        "tablet": "ringing",
        "nursery": "busy",
        "quiet": "busy",
    }
    assert house.events("busy") == [
        ("busy", "door", "nursery"),
        ("busy", "door", "quiet"),
    ]


def test_a_busy_screen_shows_who_waits(house: House) -> None:
    house.talk("tablet", "friend")
    call = house.call("door")
    assert house.states(call)["tablet"] == "ringing"


class TestRingEveryone:
    """A call of every screen of the home."""

    def test_every_screen_rings_but_the_caller(self, house: House) -> None:
        house.screen("mute", rings=False)
        call = house.call("tablet")
        assert set(call.members) == {"tablet", "phone"}

    def test_a_page_that_opens_rings_for_the_rest_of_the_time(
        self, house: House
    ) -> None:
        call = house.call("door")
        house.wait(50)
        house.screen("laptop")
        assert house.states(call)["laptop"] == "ringing"
        house.screen("silent", rings=False)
        house.screen("quiet", do_not_disturb=True)
        assert not {"silent", "quiet"} & set(house.now(call).members)
        house.wait(11)
        assert house.states(call)["laptop"] == "no_answer"
        assert house.now(call).reason is EndReason.NOT_ANSWERED

    def test_it_does_not_ring_once_one_has_won(self, house: House) -> None:
        call = house.accept(house.call("door"), "tablet")
        house.screen("laptop")
        assert "laptop" not in house.now(call).members

    def test_it_rings_when_all_may_join(self, house: House) -> None:
        call = house.accept(house.call("door", ring_mode="all"), "tablet")
        house.screen("laptop")
        assert house.states(call)["laptop"] == "ringing"

    def test_it_does_not_ring_where_single_ones_are_called(self, house: House) -> None:
        call = house.call("door", "tablet")
        house.screen("laptop")
        assert "laptop" not in house.now(call).members

    def test_a_page_that_opens_again_rings_again(self, house: House) -> None:
        call = house.call("door")
        house.do(house.exchange.unregister, "phone")
        assert house.states(call)["phone"] == "no_answer"
        house.screen("phone")
        assert house.states(call)["phone"] == "ringing"
        house.reject(call, "phone")
        house.change("phone", name="Phone")
        assert house.states(call)["phone"] == "rejected"

    def test_a_door_waits_for_a_page(self, house: House) -> None:
        house.do(house.exchange.unregister, "phone")
        house.do(house.exchange.unregister, "tablet")
        call = house.call("door")
        assert house.exchange.status("door").state is PartyState.CALLING
        house.wait(59)
        assert not house.now(call).ended
        house.wait(2)
        assert house.now(call).reason is EndReason.NOT_ANSWERED

    def test_a_door_waits_when_the_last_page_closes(self, house: House) -> None:
        call = house.call("door")
        house.do(house.exchange.unregister, "phone")
        house.do(house.exchange.unregister, "tablet")
        house.screen("laptop")
        assert house.states(house.accept(call, "laptop"))["laptop"] == "joined"

    def test_a_door_does_not_wait_when_all_refuse(self, house: House) -> None:
        call = house.call("door")
        house.do(house.exchange.unregister, "phone")
        assert house.reject(call, "tablet").reason is EndReason.REJECTED

    def test_a_door_rings_even_if_nobody_wants_to_be_disturbed(
        self, house: House
    ) -> None:
        house.change("phone", do_not_disturb=True)
        house.change("tablet", do_not_disturb=True)
        call = house.call("door")
        assert house.states(call) == {
            "door": "joined",
            "tablet": "busy",
            "phone": "busy",
        }
        house.wait(61)
        assert house.now(call).reason is EndReason.BUSY


class TestCrossing:
    """Two parties that call each other at the same time."""

    def test_they_end_up_in_one_call(self, house: House) -> None:
        call = house.call("tablet", "phone")
        again = house.call("phone", "tablet", extension={"a": 1})
        assert again.id == call.id
        assert house.states(call) == {"tablet": "joined", "phone": "joined"}
        assert house.member(call, "phone").extension == {"a": 1}
        assert house.events("outgoing") == [("outgoing", "tablet", "phone")]

    def test_they_do_while_both_get_ready(self, house: House) -> None:
        house.media["phone"].delays["join"] = 2
        house.media["tablet"].delays["join"] = 1
        second = house.begin(house.exchange.call, CallRequest("phone", ("tablet",)))
        first = house.begin(house.exchange.call, CallRequest("tablet", ("phone",)))
        house.wait(5)
        assert first.result().id == second.result().id
        assert house.states(first.result()) == {"tablet": "joined", "phone": "joined"}
        assert house.media["phone"].names()[:3] == ["join", "leave", "join"]

    def test_a_contact_that_calls_everybody_answers(self, house: House) -> None:
        call = house.call("tablet", "friend")
        assert house.call("friend").id == call.id
        assert house.states(call)["friend"] == "joined"

    def test_a_doorbell_still_rings_everywhere(self, house: House) -> None:
        call = house.call("tablet", "door")
        assert house.call("door").id != call.id

    def test_another_call_is_another(self, house: House) -> None:
        call = house.call("tablet", "phone")
        assert house.call("phone", "friend").id != call.id


class TestAddParty:
    """More parties for a call that is on."""

    def test_they_ring_and_join(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.add_party, call.id, ("phone", "friend"))
        call = house.accept(call, "phone", "friend")
        assert len(call.joined) == 4
        assert house.events("accepted")[-1] == ("accepted", "door", "friend")

    def test_who_has_left_may_come_again(self, house: House) -> None:
        call = house.talk("door", "tablet", "phone", ring_mode="all")
        house.hang_up(call, "phone")
        house.do(house.exchange.add_party, call.id, ("phone",))
        house.accept(call, "phone")
        assert house.link(call, "door", "phone").state == "connecting"

    def test_they_are_given_up_in_time(self, house: House) -> None:
        call = house.talk("door", "tablet", ring_timeout=5)
        house.do(house.exchange.add_party, call.id, ("phone",))
        house.wait(6)
        assert house.states(call)["phone"] == "no_answer"
        assert not house.now(call).ended

    @pytest.mark.parametrize(
        ("to", "key", "placeholders"),
        [
            (("nobody",), "unknown_party", {"party": "nobody"}),
            ((), "nobody_to_call", {}),
            (("door", "tablet"), "already_in_call", {"party": "door, tablet"}),
            (("quiet",), "party_busy", {"party": "quiet"}),
        ],
    )
    def test_what_adds_nobody(
        self, house: House, to: Any, key: str, placeholders: dict[str, str]
    ) -> None:
        house.screen("quiet", do_not_disturb=True)
        call = house.talk("door", "tablet")
        refusal = house.refused(house.exchange.add_party, call.id, to)
        assert (refusal.key, refusal.placeholders) == (key, placeholders)
        assert house.now(call) == call

    def test_a_full_call_takes_nobody(self, house: House) -> None:
        house.screen("laptop")
        call = house.talk("door", "tablet", "phone", "friend", ring_mode="all")
        refusal = house.refused(house.exchange.add_party, call.id, ("laptop",))
        assert refusal.key == "call_full"

    def test_an_ended_call_takes_nobody(self, house: House) -> None:
        call = house.hang_up(house.talk("door", "tablet"))
        refusal = house.refused(house.exchange.add_party, call.id, ("phone",))
        assert (refusal.key, refusal.placeholders) == (
            "call_ended",
            {"call_id": call.id},
        )
        refusal = house.refused(house.exchange.add_party, "other", ("phone",))
        assert refusal.key == "unknown_call"
