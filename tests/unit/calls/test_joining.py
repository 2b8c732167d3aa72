"""How calls are answered."""

import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import AutoAnswer, EndReason

from .fakes import House


def test_the_first_answer_wins(house: House) -> None:
    call = house.accept(house.call("door"), "tablet")
    assert house.states(call) == {
        "door": "joined",
        "tablet": "joined",
        "phone": "no_answer",
    }
    assert call.answered
    assert house.events("accepted") == [("accepted", "door", "tablet")]
    assert house.call_events("accepted")[0].by == "tablet"
    assert house.channels["phone"].dismissals == [EndReason.ANSWERED_ELSEWHERE]
    assert house.channels["tablet"].dismissals == []


def test_whoever_is_late_is_told(house: House) -> None:
    call = house.accept(house.call("door"), "tablet")
    refusal = house.refused(house.exchange.accept, call.id, "phone")
    assert refusal.key == "answered_elsewhere"
    assert refusal.placeholders == {"party": "phone"}
    assert "join" not in house.media["phone"].names()


def test_whoever_gets_ready_too_slowly_is_late(house: House) -> None:
    call = house.call("door")
    house.media["phone"].delays["join"] = 2
    task = house.begin(house.exchange.accept, call.id, "phone")
    house.accept(call, "tablet")
    house.wait(3)
    assert str(task.exception()) == "answered_elsewhere"
    assert house.media["phone"].names()[-2:] == ["close", "leave"]
    assert house.events("accepted") == [("accepted", "door", "tablet")]


def test_all_may_join_if_so_wanted(house: House) -> None:
    call = house.accept(house.call("door", ring_mode="all"), "tablet", "phone")
    assert house.states(call) == {
        "door": "joined",
        "tablet": "joined",
        "phone": "joined",
    }


def test_what_comes_with_the_answer_is_told(house: House) -> None:
    call = house.call("door", "tablet")
    house.do(house.exchange.accept, call.id, "tablet", extension={"a": {"b": 1}})
    assert house.member(call, "tablet").extension == {"a": {"b": 1}}
    assert house.call_events("accepted")[0].extension == {"a": {"b": 1}}


def test_an_answer_to_a_contact_tells_ours_first(house: House) -> None:
    house.accept(house.call("friend", "tablet"), "tablet")
    assert house.events("accepted") == [("accepted", "tablet", "friend")]


def test_who_can_not_accept(house: House) -> None:
    accept = house.exchange.accept
    call = house.talk("door", "tablet", "phone", ring_mode="all")
    assert house.refused(accept, call.id, "tablet").key == "already_in_call"
    assert house.refused(accept, call.id, "friend").key == "not_in_call"
    assert house.refused(accept, call.id, "nobody").key == "not_in_call"
    assert house.refused(accept, "other", "tablet").key == "unknown_call"
    house.hang_up(call, "phone")
    assert house.refused(accept, call.id, "phone").key == "not_ringing"
    house.hang_up(call)
    assert house.refused(accept, call.id, "tablet").key == "call_ended"


def test_who_timed_out_was_not_answered_elsewhere(house: House) -> None:
    call = house.talk("door", "tablet", ring_timeout=5)
    house.do(house.exchange.add_party, call.id, ("phone",))
    house.wait(6)
    assert house.refused(house.exchange.accept, call.id, "phone").key == "not_ringing"


def test_nor_was_who_had_gone(house: House) -> None:
    call = house.call("door")
    house.do(house.exchange.unregister, "tablet")
    house.screen("tablet", rings=False)
    assert house.refused(house.exchange.accept, call.id, "tablet").key == "not_ringing"


def test_an_answer_is_refused_with_a_bad_extension(house: House) -> None:
    call = house.call("door", "tablet")
    accept = house.exchange.accept
    refusal = house.refused(accept, call.id, "tablet", extension={"a": []})
    assert refusal.key == "invalid_extension"
    assert house.states(call)["tablet"] == "ringing"


def test_an_end_that_refuses_rings_on(house: House) -> None:
    call = house.call("door", "tablet")
    house.media["tablet"].errors["join"] = CallError("screen_not_responding")
    refusal = house.refused(house.exchange.accept, call.id, "tablet")
    assert refusal.key == "screen_not_responding"
    assert house.states(call)["tablet"] == "ringing"
    assert house.media["tablet"].names()[-2:] == ["join", "leave"]
    house.media["tablet"].errors.clear()
    assert house.states(house.accept(call, "tablet"))["tablet"] == "joined"


def test_a_second_press_of_answer_is_refused(house: House) -> None:
    call = house.call("door", "tablet")
    house.media["tablet"].delays["join"] = 2
    house.begin(house.exchange.accept, call.id, "tablet")
    refusal = house.refused(house.exchange.accept, call.id, "tablet")
    assert refusal.key == "party_busy"
    house.wait(3)
    assert house.states(call)["tablet"] == "joined"


def test_a_call_that_ends_meanwhile_is_over(house: House) -> None:
    call = house.call("door", "tablet")
    house.media["tablet"].delays["join"] = 2
    task = house.begin(house.exchange.accept, call.id, "tablet")
    house.hang_up(call)
    house.wait(3)
    assert str(task.exception()) == "call_ended"
    assert house.media["tablet"].names()[-1] == "leave"


@pytest.mark.parametrize("meanwhile", ["unregister", "suspend"])
def test_a_party_that_goes_meanwhile_does_not_join(
    house: House, meanwhile: str
) -> None:
    call = house.call("door")
    house.media["tablet"].delays["join"] = 2
    task = house.begin(house.exchange.accept, call.id, "tablet")
    house.do(getattr(house.exchange, meanwhile), "tablet")
    house.wait(3)
    assert task.exception()
    assert house.states(call)["tablet"] in {"no_answer", "invited"}
    assert house.media["tablet"].names()[-1] == "leave"


def test_a_party_registered_anew_meanwhile_is_another_one(house: House) -> None:
    call = house.call("door")
    house.media["tablet"].delays["join"] = 2
    task = house.begin(house.exchange.accept, call.id, "tablet")
    house.screen("tablet")
    house.wait(3)
    assert str(task.exception()) == "unknown_party"
    assert house.states(call)["tablet"] == "ringing"


def test_an_answer_in_the_last_second_counts(house: House) -> None:
    call = house.call("door", "tablet", ring_timeout=10)
    house.media["tablet"].delays["join"] = 2
    house.wait(9)
    house.begin(house.exchange.accept, call.id, "tablet")
    house.wait(3)
    assert house.states(call)["tablet"] == "joined"


def test_it_does_not_if_it_fails(house: House) -> None:
    call = house.call("door", "tablet", ring_timeout=10)
    house.media["tablet"].delays["join"] = 2
    house.media["tablet"].errors["join"] = CallError("screen_not_responding")
    house.wait(9)
    task = house.begin(house.exchange.accept, call.id, "tablet")
    house.wait(3)
    assert str(task.exception()) == "screen_not_responding"
    assert house.states(call)["tablet"] == "no_answer"
    assert house.now(call).reason is EndReason.NOT_ANSWERED


def test_a_screen_leaves_the_call_it_is_in_first(house: House) -> None:
    old = house.talk("friend", "tablet")
    new = house.accept(house.call("door", "tablet"), "tablet")
    assert house.now(old).reason is EndReason.HUNG_UP
    assert house.states(new)["tablet"] == "joined"
    names = [n for n in house.media["tablet"].names() if n in {"join", "leave"}]
    assert names == ["join", "leave", "join"]


def test_the_call_it_leaves_may_go_on(house: House) -> None:
    old = house.talk("friend", "tablet", "phone", ring_mode="all")
    house.accept(house.call("door", "tablet"), "tablet")
    assert house.states(old) == {
        "friend": "joined",
        "tablet": "left",
        "phone": "joined",
    }


def test_a_station_does_not_leave_a_call_for_another(house: House) -> None:
    first = house.call("tablet", "door")
    second = house.call("phone", "door")
    house.accept(first, "door")
    refusal = house.refused(house.exchange.accept, second.id, "door")
    assert refusal.key == "party_busy"
    assert not house.now(first).ended


def test_a_contact_answering_another_contact_is_none_of_ours(house: House) -> None:
    house.contact("aunt")
    call = house.call("friend", "tablet", "aunt")
    house.accept(call, "aunt")
    assert house.now(call).reason is EndReason.ANSWERED_ELSEWHERE
    assert house.events("missed") == []


class TestByItself:
    """Stations that nobody can press Answer at."""

    def test_a_station_answers_the_home(self, house: House) -> None:
        house.change("door", auto_answer=AutoAnswer.HOME)
        call = house.call("tablet", "door")
        assert house.states(call)["door"] == "joined"
        assert house.events() == [
            ("outgoing", "tablet", "door"),
            ("incoming", "door", "tablet"),
            ("accepted", "tablet", "door"),
        ]

    @pytest.mark.parametrize(
        ("policy", "may_drop_in", "state"),
        [
            (AutoAnswer.NOBODY, True, "ringing"),
            (AutoAnswer.HOME, True, "ringing"),
            (AutoAnswer.CONTACTS, False, "ringing"),
            (AutoAnswer.CONTACTS, True, "joined"),
        ],
    )
    def test_a_contact_is_answered_only_if_it_may_drop_in(
        self, house: House, policy: AutoAnswer, may_drop_in: bool, state: str
    ) -> None:
        house.change("door", auto_answer=policy)
        house.change("friend", may_drop_in=may_drop_in)
        assert house.states(house.call("friend", "door"))["door"] == state

    def test_nobody_is_answered_by_policy_nobody(self, house: House) -> None:
        assert house.states(house.call("tablet", "door"))["door"] == "ringing"

    def test_those_who_may_drop_in_include_the_home(self, house: House) -> None:
        house.change("door", auto_answer=AutoAnswer.CONTACTS)
        assert house.states(house.call("tablet", "door"))["door"] == "joined"

    def test_a_change_of_mind_counts_at_once(self, house: House) -> None:
        call = house.call("tablet", "door")
        house.change("door", auto_answer=AutoAnswer.HOME)
        assert house.states(call)["door"] == "joined"

    def test_a_station_that_fails_is_given_up(self, house: House) -> None:
        house.change("door", auto_answer=AutoAnswer.HOME)
        house.media["door"].errors["join"] = CallError("cannot_connect")
        call = house.call("tablet", "door")
        assert house.states(call) == {"tablet": "left", "door": "failed"}
        assert call.reason is EndReason.FAILED
        assert house.events("not_answered") == [("not_answered", "tablet", "door")]

    def test_a_screen_that_fails_still_rings(self, house: House) -> None:
        house.change("phone", auto_answer=AutoAnswer.HOME)
        house.media["phone"].errors["join"] = CallError("screen_not_responding")
        assert house.states(house.call("tablet", "phone"))["phone"] == "ringing"

    def test_a_screen_in_a_call_does_not_leave_it_by_itself(self, house: House) -> None:
        house.talk("friend", "tablet")
        house.change("tablet", auto_answer=AutoAnswer.HOME)
        assert house.states(house.call("door", "tablet"))["tablet"] == "ringing"

    def test_it_stops_when_the_call_is_over(self, house: House) -> None:
        house.change("door", auto_answer=AutoAnswer.HOME)
        house.media["door"].delays["join"] = 20
        call = house.call("tablet", "door")
        house.hang_up(call)
        assert house.left_over() == []
        assert house.media["door"].names() == ["join", "leave"]

    def test_a_station_getting_ready_is_busy(self, house: House) -> None:
        house.change("door", auto_answer=AutoAnswer.HOME)
        house.media["door"].delays["join"] = 5
        house.call("tablet", "door")
        call = house.call("phone", "door", "friend")
        assert house.states(call)["door"] == "busy"
