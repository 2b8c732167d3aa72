"""How parties go and calls end."""

import pytest

from custom_components.mesh_call.calls.events import Cause
from custom_components.mesh_call.calls.history import MAX_PAST_CALLS
from custom_components.mesh_call.calls.model import (
    Call,
    EndReason,
    PartyState,
    RejectReason,
)

from .fakes import CONNECTED, House


def test_whoever_began_the_call_ends_it_for_all(house: House) -> None:
    call = house.talk("door", "tablet", "phone", ring_mode="all")
    call = house.hang_up(call, "door")
    assert call.reason is EndReason.HUNG_UP
    assert call.ended
    assert set(house.states(call).values()) == {"left"}
    assert house.events("ended", "left") == [("ended", "door", None)]
    for party_id in ("tablet", "phone"):
        assert house.channels[party_id].dismissals == [EndReason.HUNG_UP]
        assert house.media[party_id].names()[-2:] == ["close", "leave"]


def test_another_may_leave(house: House) -> None:
    call = house.talk("door", "tablet", "phone", ring_mode="all")
    extension = {"why": "bored"}
    house.do(house.exchange.hang_up, call.id, "phone", extension=extension)
    assert not house.now(call).ended
    assert house.states(call)["phone"] == "left"
    assert house.events("left") == [("left", "phone", None)]
    assert house.call_events("left")[0].extension == extension
    assert house.call_events("left")[0].by == "phone"
    assert house.link(call, "door", "phone").state == "closed"
    assert house.link(call, "door", "tablet").state == "connected"


def test_a_contact_that_leaves_is_the_other_side(house: House) -> None:
    call = house.talk("door", "tablet", "friend", ring_mode="all")
    house.hang_up(call, "friend")
    assert house.events("left") == [("left", "door", "friend")]


def test_the_call_ends_when_one_is_left(house: House) -> None:
    call = house.talk("door", "tablet")
    extension = {"why": "done"}
    house.do(house.exchange.hang_up, call.id, "tablet", extension=extension)
    assert house.now(call).reason is EndReason.HUNG_UP
    assert house.events("ended", "left") == [("ended", "door", "tablet")]
    assert house.call_events("ended")[0].extension == extension
    assert house.call_events("ended")[0].reason is EndReason.HUNG_UP


def test_it_goes_on_while_somebody_rings(house: House) -> None:
    call = house.call("door", "tablet", "phone", ring_mode="all")
    house.accept(call, "tablet")
    assert not house.hang_up(call, "tablet").ended
    house.accept(call, "phone")
    assert house.states(call) == {"door": "joined", "tablet": "left", "phone": "joined"}


def test_it_ends_when_that_one_does_not_answer(house: House) -> None:
    call = house.call("door", "tablet", "phone", ring_mode="all")
    house.hang_up(house.accept(call, "tablet"), "tablet")
    assert house.reject(call, "phone").reason is EndReason.HUNG_UP


def test_a_caller_that_gives_up_cancels(house: House) -> None:
    call = house.hang_up(house.call("door"), "door")
    assert call.reason is EndReason.CANCELLED
    assert house.states(call) == {
        "door": "left",
        "tablet": "no_answer",
        "phone": "no_answer",
    }
    assert house.channels["tablet"].dismissals == [EndReason.CANCELLED]
    assert house.events("not_answered") == []
    assert house.left_over() == []


def test_a_ring_in_a_call_that_ends_is_cancelled(house: House) -> None:
    call = house.accept(house.call("door", ring_mode="all"), "tablet")
    assert house.hang_up(call, "door").reason is EndReason.HUNG_UP
    assert house.channels["tablet"].dismissals == [EndReason.HUNG_UP]
    assert house.channels["phone"].dismissals == [EndReason.CANCELLED]


class TestRefusing:
    """Callees that don't want the call."""

    @pytest.mark.parametrize(
        ("reason", "state", "end"),
        [
            (RejectReason.DECLINED, "rejected", EndReason.REJECTED),
            (RejectReason.BUSY, "busy", EndReason.BUSY),
        ],
    )
    def test_it_is_told(
        self, house: House, reason: RejectReason, state: str, end: EndReason
    ) -> None:
        call = house.call("door", "tablet")
        call = house.reject(call, "tablet", reason=reason, extension={"a": 1})
        assert house.states(call)["tablet"] == state
        assert call.reason is end
        assert house.events()[-2:] == [
            (state, "door", "tablet"),
            ("ended", "door", "tablet"),
        ]
        assert [e.extension for e in house.call_events()[-2:]] == [{"a": 1}] * 2
        assert house.call_events(state)[0].by == "tablet"
        assert house.channels["tablet"].dismissals == [end]

    def test_the_others_ring_on(self, house: House) -> None:
        call = house.reject(house.call("door"), "tablet")
        assert not call.ended
        assert house.states(call)["phone"] == "ringing"

    @pytest.mark.parametrize(
        ("answers", "reason"),
        [
            (("declined", "busy", "late"), EndReason.REJECTED),
            (("busy", "late", "late"), EndReason.BUSY),
            (("late", "late", "declined"), EndReason.REJECTED),
            (("late", "late", "late"), EndReason.NOT_ANSWERED),
        ],
    )
    def test_the_most_telling_reason_counts(
        self, house: House, answers: tuple[str, ...], reason: EndReason
    ) -> None:
        callees = ("tablet", "phone", "friend")
        call = house.call("door", *callees)
        for party_id, answer in zip(callees, answers, strict=True):
            if answer != "late":
                house.reject(call, party_id, reason=RejectReason(answer))
        house.wait(61)
        assert house.now(call).reason is reason

    def test_hanging_up_a_ring_refuses_it(self, house: House) -> None:
        call = house.hang_up(house.call("door", "tablet"), "tablet")
        assert call.reason is EndReason.REJECTED
        assert house.states(call)["tablet"] == "rejected"

    def test_only_who_rings_can_refuse(self, house: House) -> None:
        call = house.talk("door", "tablet")
        reject = house.exchange.reject
        refusal = house.refused(reject, call.id, "tablet")
        assert (refusal.key, refusal.placeholders) == (
            "not_ringing",
            {"party": "tablet"},
        )
        assert house.refused(reject, call.id, "phone").key == "not_in_call"
        assert house.refused(reject, "other", "phone").key == "unknown_call"
        refusal = house.refused(reject, call.id, "tablet", extension={"": 1})
        assert refusal.key == "invalid_extension"
        house.hang_up(call)
        assert house.refused(reject, call.id, "tablet").key == "call_ended"

    def test_an_answer_under_way_is_taken_back(self, house: House) -> None:
        call = house.call("door")
        house.media["tablet"].delays["join"] = 2
        task = house.begin(house.exchange.accept, call.id, "tablet")
        house.reject(call, "tablet")
        house.wait(3)
        assert str(task.exception()) == "not_ringing"
        assert house.media["tablet"].names()[-1] == "leave"

    def test_contacts_refuse_ours(self, house: House) -> None:
        house.reject(house.call("friend", "tablet"), "tablet")
        assert house.events("rejected") == [("rejected", "tablet", "friend")]
        assert house.channels["friend"].dismissals == [EndReason.REJECTED]


class TestAllOfOurs:
    """Hanging up without saying who."""

    def test_a_call_of_ours_ends(self, house: House) -> None:
        call = house.hang_up(house.talk("door", "tablet", "friend", ring_mode="all"))
        assert call.reason is EndReason.HUNG_UP

    def test_we_leave_one_from_outside(self, house: House) -> None:
        house.contact("aunt")
        call = house.call("friend", "tablet", "phone", "aunt", ring_mode="all")
        call = house.hang_up(house.accept(call, "tablet", "aunt"))
        assert call.reason is EndReason.HUNG_UP
        assert house.states(call)["phone"] == "rejected"
        assert house.channels["friend"].dismissals == [EndReason.HUNG_UP]

    def test_a_ring_from_outside_is_refused(self, house: House) -> None:
        call = house.hang_up(house.call("friend"))
        assert call.reason is EndReason.REJECTED
        assert house.events("rejected") == [
            ("rejected", "tablet", "friend"),
            ("rejected", "phone", "friend"),
        ]

    def test_a_ring_for_others_outside_ends_with_ours(self, house: House) -> None:
        house.contact("aunt")
        call = house.hang_up(house.call("friend", "tablet", "aunt"))
        assert call.ended

    def test_ours_that_still_rings_elsewhere_goes_with_the_rest(
        self, house: House
    ) -> None:
        call = house.accept(
            house.call("friend", "tablet", "phone", ring_mode="all"), "tablet"
        )
        assert house.hang_up(call).reason is EndReason.HUNG_UP


def test_who_can_not_hang_up(house: House) -> None:
    call = house.talk("door", "tablet")
    hang_up = house.exchange.hang_up
    assert house.refused(hang_up, call.id, "phone").key == "not_in_call"
    assert house.refused(hang_up, "other").key == "unknown_call"
    refusal = house.refused(hang_up, call.id, extension={"a": []})
    assert refusal.key == "invalid_extension"
    house.hang_up(call)
    assert house.refused(hang_up, call.id).key == "call_ended"
    assert house.refused(hang_up, call.id, "door").key == "call_ended"


def test_who_has_left_can_not_hang_up(house: House) -> None:
    call = house.talk("door", "tablet", "phone", ring_mode="all")
    house.hang_up(call, "phone")
    assert house.refused(house.exchange.hang_up, call.id, "phone").key == "not_in_call"


class TestTimeOut:
    """Callees that don't answer."""

    def test_each_has_its_time(self, house: House) -> None:
        call = house.call("door", ring_timeout=20)
        house.wait(19)
        assert house.states(call)["tablet"] == "ringing"
        house.wait(2)
        call = house.now(call)
        assert set(house.states(call).values()) == {"left", "no_answer"}
        assert call.reason is EndReason.NOT_ANSWERED
        assert house.events("not_answered", "missed", "ended") == [
            ("not_answered", "door", "tablet"),
            ("not_answered", "door", "phone"),
            ("missed", "tablet", "door"),
            ("missed", "phone", "door"),
            ("ended", "door", None),
        ]
        assert house.channels["phone"].dismissals == [EndReason.NOT_ANSWERED]

    def test_the_home_has_a_time_of_its_own(self, house: House) -> None:
        house.exchange.ring_timeout = 10
        call = house.call("door", "tablet")
        house.wait(11)
        assert house.now(call).ended

    def test_who_never_confirmed_has_none_either(self, house: House) -> None:
        del house.channels["phone"].reactions["invite"]
        call = house.call("tablet", "phone")
        house.wait(61)
        assert house.now(call).reason is EndReason.NOT_ANSWERED


class TestMissed:
    """Calls that ours will want to know of."""

    def missed(self, house: House) -> list[str]:
        return [party for _type, party, _peer in house.events("missed")]

    def test_the_caller_gave_up(self, house: House) -> None:
        house.hang_up(house.call("door"))
        assert self.missed(house) == ["tablet", "phone"]
        assert house.events()[-1] == ("ended", "door", None)

    def test_not_by_who_refused(self, house: House) -> None:
        call = house.reject(house.call("door"), "tablet")
        house.hang_up(call)
        assert self.missed(house) == ["phone"]

    def test_not_if_another_of_ours_answered(self, house: House) -> None:
        call = house.accept(house.call("door", ring_mode="all"), "tablet")
        house.report_all(call, CONNECTED)
        house.wait(61)
        house.hang_up(call)
        assert self.missed(house) == []

    def test_but_if_only_a_contact_did(self, house: House) -> None:
        call = house.call("door", "phone", "friend", ring_mode="all")
        house.accept(call, "friend")
        house.report_all(call, CONNECTED)
        house.wait(61)
        assert self.missed(house) == []
        house.hang_up(call)
        assert self.missed(house) == ["phone"]

    def test_not_if_a_contact_took_it_away(self, house: House) -> None:
        call = house.accept(house.call("door", "phone", "friend"), "friend")
        house.hang_up(call)
        assert self.missed(house) == []

    def test_by_who_was_busy_without_a_word(self, house: House) -> None:
        house.change("phone", do_not_disturb=True)
        house.hang_up(house.call("door"))
        assert sorted(self.missed(house)) == ["phone", "tablet"]

    def test_not_by_contacts(self, house: House) -> None:
        house.hang_up(house.call("tablet", "friend"))
        assert self.missed(house) == []

    def test_not_by_a_page_that_was_closed(self, house: House) -> None:
        house.call("door", "tablet")
        house.do(house.exchange.unregister, "tablet")
        assert self.missed(house) == []

    def test_not_by_who_refused_when_it_rang_again(self, house: House) -> None:
        call = house.call("door", "phone", "friend", ring_mode="all", ring_timeout=5)
        house.accept(call, "friend")
        house.wait(6)
        house.do(house.exchange.add_party, call.id, ("phone",))
        house.reject(call, "phone")
        house.hang_up(call)
        assert self.missed(house) == []

    def test_not_by_who_answered_when_it_rang_again(self, house: House) -> None:
        call = house.call("door", "phone", "friend", ring_mode="all", ring_timeout=5)
        house.accept(call, "friend")
        house.wait(6)
        house.do(house.exchange.add_party, call.id, ("phone",))
        house.accept(call, "phone")
        house.hang_up(call)
        assert self.missed(house) == []


class TestEnded:
    """The last event of a call."""

    def last(self, house: House) -> tuple[str, str, str | None]:
        assert len(house.events("ended")) == 1
        assert house.events()[-1] == house.events("ended")[0]
        return house.events()[-1]

    def test_of_several_who_talked(self, house: House) -> None:
        house.hang_up(house.talk("door", "tablet", "phone", ring_mode="all"))
        assert self.last(house) == ("ended", "door", None)

    def test_of_one_who_answered(self, house: House) -> None:
        house.hang_up(house.accept(house.call("door"), "phone"))
        assert self.last(house) == ("ended", "door", "phone")

    def test_of_a_contact_and_who_answered_it(self, house: House) -> None:
        house.hang_up(house.accept(house.call("friend"), "phone"))
        assert self.last(house) == ("ended", "phone", "friend")

    def test_of_a_contact_that_nobody_answered(self, house: House) -> None:
        house.hang_up(house.call("friend"))
        assert self.last(house) == ("ended", "tablet", "friend")

    def test_of_a_door_when_there_was_nobody(self, house: House) -> None:
        house.do(house.exchange.unregister, "tablet")
        house.do(house.exchange.unregister, "phone")
        house.hang_up(house.call("door"))
        assert self.last(house) == ("ended", "door", None)

    def test_who_caused_it_is_told(self, house: House) -> None:
        call = house.talk("door", "tablet")
        house.do(house.exchange.hang_up, call.id, cause=Cause("tablet", "trace"))
        event = house.call_events("ended")[0]
        assert (event.by, event.context) == ("tablet", "trace")


class TestClose:
    """Home Assistant stops."""

    def test_everything_stops(self, house: House) -> None:
        talking = house.talk("tablet", "friend")
        ringing = house.call("door", "phone")
        house.do(house.exchange.close)
        assert house.now(talking).reason is EndReason.STOPPED
        assert house.now(ringing).reason is EndReason.STOPPED
        assert house.channels["friend"].dismissals == [EndReason.STOPPED]
        assert house.channels["phone"].dismissals == [EndReason.STOPPED]
        assert house.left_over() == []

    def test_so_does_an_answer_under_way(self, house: House) -> None:
        house.change("door", auto_answer="home")
        house.media["door"].delays["join"] = 20
        house.call("tablet", "door")
        house.do(house.exchange.close)
        assert house.left_over() == []
        assert house.media["door"].names() == ["join", "leave"]


def test_the_last_calls_are_remembered(house: House) -> None:
    calls: list[Call] = [
        house.hang_up(house.call("door")) for _ in range(MAX_PAST_CALLS + 1)
    ]
    assert house.exchange.past_calls == tuple(calls[1:])
    by_id = house.exchange.call_by_id
    assert house.refused(by_id, calls[0].id).key == "unknown_call"
    assert house.refused(by_id, calls[1].id).key == "call_ended"


def test_nothing_is_left_of_an_ended_call(house: House) -> None:
    house.hang_up(house.talk("door", "tablet", "phone", "friend", ring_mode="all"))
    assert house.exchange.calls == ()
    assert house.left_over() == []
    for media in house.media.values():
        assert not media.connections
    for party_id in house.exchange.parties:
        assert house.exchange.status(party_id).state is PartyState.IDLE
