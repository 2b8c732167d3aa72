"""Muting and capping in the middle of a call."""

from dataclasses import replace

import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import Call

from .fakes import House


@pytest.fixture
def call(house: House) -> Call:
    """Return a call of two."""
    return house.talk("door", "tablet")


def test_what_is_left_out_stays(house: House, call: Call) -> None:
    mute = house.exchange.mute
    house.do(mute, call.id, "tablet", audio=True)
    house.do(mute, call.id, "tablet", video=True)
    house.do(mute, call.id, "tablet", audio=False)
    assert [a[2:] for a in house.media["tablet"].of("mute")] == [
        (True, False),
        (True, True),
        (False, True),
    ]
    member = house.member(call, "tablet")
    assert (member.muted_audio, member.muted_video) == (False, True)
    status = house.exchange.status("tablet")
    assert (status.muted_audio, status.muted_video) == (False, True)


def test_it_is_so_when_it_is_reported(house: House, call: Call) -> None:
    house.media["tablet"].delays["mute"] = 2
    house.begin(house.exchange.mute, call.id, "tablet", audio=True)
    assert not house.member(call, "tablet").muted_audio
    house.wait(3)
    assert house.member(call, "tablet").muted_audio


def test_one_change_waits_for_the_other(house: House, call: Call) -> None:
    house.media["tablet"].delays["mute"] = 2
    house.begin(house.exchange.mute, call.id, "tablet", audio=True)
    house.begin(house.exchange.mute, call.id, "tablet", video=True)
    house.wait(5)
    assert house.media["tablet"].of("mute")[-1][2:] == (True, True)
    member = house.member(call, "tablet")
    assert (member.muted_audio, member.muted_video) == (True, True)


def test_what_an_end_refuses_is_not_so(house: House, call: Call) -> None:
    house.media["tablet"].errors["mute"] = CallError("screen_not_responding")
    refusal = house.refused(house.exchange.mute, call.id, "tablet", audio=True)
    assert refusal.key == "screen_not_responding"
    assert not house.member(call, "tablet").muted_audio


def test_who_can_not_be_muted(house: House, call: Call) -> None:
    mute = house.exchange.mute
    assert house.refused(mute, call.id, "tablet").key == "nothing_to_mute"
    assert house.refused(mute, call.id, "phone", audio=True).key == "not_in_call"
    assert house.refused(mute, "other", "phone", audio=True).key == "unknown_call"
    house.hang_up(call)
    assert house.refused(mute, call.id, "tablet", audio=True).key == "call_ended"


def test_who_rings_can_not_be_muted(house: House) -> None:
    call = house.call("door", "tablet")
    refusal = house.refused(house.exchange.mute, call.id, "tablet", audio=True)
    assert (refusal.key, refusal.placeholders) == ("not_in_call", {"party": "tablet"})


def test_a_call_that_ends_meanwhile_is_over(house: House, call: Call) -> None:
    house.media["tablet"].delays["mute"] = 2
    first = house.begin(house.exchange.mute, call.id, "tablet", audio=True)
    second = house.begin(house.exchange.mute, call.id, "tablet", audio=True)
    house.hang_up(call)
    house.wait(3)
    assert str(first.exception()) == str(second.exception()) == "call_ended"


def test_who_leaves_meanwhile_is_out(house: House) -> None:
    call = house.talk("door", "tablet", "phone", ring_mode="all")
    house.media["tablet"].delays["mute"] = 2
    task = house.begin(house.exchange.mute, call.id, "tablet", audio=True)
    house.hang_up(call, "tablet")
    house.wait(3)
    assert str(task.exception()) == "not_in_call"


def test_it_is_remembered_for_links_that_come_later(house: House, call: Call) -> None:
    house.do(house.exchange.mute, call.id, "tablet", video=True)
    house.do(house.exchange.add_party, call.id, ("phone",))
    house.accept(call, "phone")
    assert house.member(call, "tablet").muted_video


def test_what_a_member_sends_can_be_capped(house: House, call: Call) -> None:
    limit = house.exchange.set_max_bandwidth
    house.do(limit, call.id, "door", 800)
    assert house.media["door"].of("limit") == [(call.id, "door", 800)]
    assert house.member(call, "door").max_bandwidth == 800
    house.do(limit, call.id, "door", 0)
    assert house.member(call, "door").max_bandwidth == 0


def test_a_cap_that_is_refused_is_none(house: House, call: Call) -> None:
    house.media["door"].errors["limit"] = CallError("cannot_limit")
    refusal = house.refused(house.exchange.set_max_bandwidth, call.id, "door", 800)
    assert refusal.key == "cannot_limit"
    assert house.member(call, "door").max_bandwidth == 0


def test_the_cap_of_the_call_is_everybodys(house: House) -> None:
    house.media["phone"].errors["limit"] = CallError("cannot_limit")
    call = house.call("door", ring_mode="all", max_bandwidth=700)
    house.accept(call, "tablet", "phone")
    assert house.media["door"].of("limit") == [(call.id, "door", 700)]
    assert house.member(call, "door").max_bandwidth == 700
    assert house.member(call, "tablet").max_bandwidth == 700
    assert house.member(call, "phone").max_bandwidth == 0


class TestOwnCap:
    """What a party may send at most, in every call."""

    @pytest.mark.parametrize(
        ("own", "of_call", "lower"), [(500, 700, 500), (700, 500, 500), (0, 500, 500)]
    )
    def test_the_lower_counts(
        self, house: House, own: int, of_call: int, lower: int
    ) -> None:
        house.change("tablet", max_bandwidth=own)
        call = house.call("door", "tablet", max_bandwidth=of_call)
        house.accept(call, "tablet")
        assert house.media["tablet"].of("limit") == [(call.id, "tablet", lower)]
        assert house.member(call, "tablet").cap == lower

    def test_it_counts_without_one_of_the_call(self, house: House) -> None:
        house.change("tablet", max_bandwidth=300)
        call = house.talk("door", "tablet")
        assert house.media["tablet"].of("limit") == [(call.id, "tablet", 300)]
        limit = house.exchange.set_max_bandwidth
        house.do(limit, call.id, "tablet", 200)
        house.do(limit, call.id, "tablet", 400)
        house.do(limit, call.id, "tablet", 0)
        caps = [cap for _, _, cap in house.media["tablet"].of("limit")]
        assert caps == [300, 200, 300, 300]

    def test_it_counts_at_once(self, house: House, call: Call) -> None:
        house.do(house.exchange.set_max_bandwidth, call.id, "tablet", 400)
        for own in (300, 600, 0):
            house.change("tablet", max_bandwidth=own)
        house.change("tablet", name="Other")
        caps = [cap for _, _, cap in house.media["tablet"].of("limit")]
        assert caps == [400, 300, 400, 400]

    def test_an_end_that_is_back_is_told(self, house: House, call: Call) -> None:
        house.change("tablet", max_bandwidth=300)
        house.do(house.exchange.suspend, "tablet")
        house.do(house.exchange.resume, "tablet")
        assert [cap for *_, cap in house.media["tablet"].of("limit")] == [300, 300]

    def test_an_end_that_refuses_goes_on(self, house: House, call: Call) -> None:
        house.media["tablet"].errors["limit"] = CallError("cannot_limit")
        house.change("tablet", max_bandwidth=300)
        assert house.now(call).state == "in_call"


def test_viewers_hear_and_see_in_place_of_a_station(house: House, call: Call) -> None:
    report = house.exchange.report_viewers
    members = (house.member(call, "door"), house.member(call, "tablet"))
    assert [(m.hears, m.sees) for m in members] == [(True, False), (True, True)]
    house.do(report, call.id, "door", 2)
    assert house.member(call, "door").sees
    assert house.exchange.call_by_id(call.id).viewers == 2
    house.do(report, call.id, "door", 0)
    assert not house.member(call, "door").sees
    assert house.exchange.call_by_id(call.id).viewers == 0


def test_a_station_without_a_speaker_hears_by_its_viewers(
    house: House, call: Call
) -> None:
    deaf = replace(house.member(call, "door").party, hears=False)
    house.do(house.exchange.update, deaf)
    assert not house.member(call, "door").hears
    house.do(house.exchange.report_viewers, call.id, "door", 1)
    assert house.member(call, "door").hears


def test_nobody_watches_without_a_call(house: House, call: Call) -> None:
    report = house.exchange.report_viewers
    assert house.refused(report, call.id, "phone", 1).key == "not_in_call"
    house.hang_up(call)
    assert house.refused(report, call.id, "door", 1).key == "call_ended"
