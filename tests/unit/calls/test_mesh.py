"""Which parties link, who offers and which way media takes."""

import pytest

from custom_components.mesh_call.calls import mesh
from custom_components.mesh_call.calls.model import ConnectionState, Party, PartyKind

from .fakes import House

STATION = Party("door", "Door", PartyKind.STATION)
SCREEN = Party("tablet", "Tablet", PartyKind.SCREEN)
CONTACT = Party("friend", "Friend", PartyKind.CONTACT)


@pytest.mark.parametrize(
    ("earlier", "later", "offers"),
    [
        (STATION, SCREEN, STATION),
        (SCREEN, STATION, STATION),
        (CONTACT, STATION, CONTACT),
        (STATION, CONTACT, STATION),
        (SCREEN, CONTACT, SCREEN),
        (CONTACT, SCREEN, CONTACT),
    ],
)
def test_who_offers(earlier: Party, later: Party, offers: Party) -> None:
    assert mesh.offerer(earlier, later) is offers


@pytest.mark.parametrize(
    ("offerer", "answerer", "reports"),
    [
        (STATION, SCREEN, STATION),
        (CONTACT, STATION, STATION),
        (CONTACT, SCREEN, SCREEN),
        (SCREEN, CONTACT, SCREEN),
    ],
)
def test_whose_reports_count(offerer: Party, answerer: Party, reports: Party) -> None:
    assert mesh.reporter(offerer, answerer) is reports


def test_of_two_equal_ends_the_offering_one_reports() -> None:
    other = Party("phone", "Phone", PartyKind.SCREEN)
    assert mesh.reporter(SCREEN, other) is SCREEN
    assert mesh.reporter(other, SCREEN) is other


def test_what_contacts_have_between_them_is_no_link_of_ours() -> None:
    assert mesh.linked(STATION, SCREEN)
    assert mesh.linked(SCREEN, CONTACT)
    assert mesh.linked(CONTACT, SCREEN)
    assert not mesh.linked(CONTACT, CONTACT)


@pytest.mark.parametrize(
    ("recorded", "ours_with_contact", "ends_mesh", "bridged"),
    [
        (False, 0, True, False),
        (False, 1, True, False),
        (True, 1, True, True),
        (False, 2, True, True),
        (False, 1, False, True),
    ],
)
def test_direct_or_bridged(
    *, recorded: bool, ours_with_contact: int, ends_mesh: bool, bridged: bool
) -> None:
    decision = mesh.bridged(
        recorded=recorded, ours_with_contact=ours_with_contact, ends_mesh=ends_mesh
    )
    assert decision is bridged


def test_a_bridged_link_shows_the_worse_state() -> None:
    worst_first = ["closed", "failed", "undefined", "disconnected", "connecting"]
    worst_first += ["connected", "completed"]
    states = [ConnectionState(state) for state in worst_first]
    for index, worse in enumerate(states):
        for better in states[index:]:
            assert mesh.worse(worse, better) is worse
            assert mesh.worse(better, worse) is worse


def test_each_pair_of_four_has_one_link(house: House) -> None:
    call = house.talk("door", "tablet", "phone", "friend", ring_mode="all")
    pairs = {frozenset(link.pair) for link in call.links.values()}
    assert len(call.links) == len(pairs) == 6


def test_two_contacts_have_none(house: House) -> None:
    house.contact("aunt")
    call = house.talk("tablet", "friend", "aunt", ring_mode="all")
    assert set(call.links) == {
        frozenset(("tablet", "friend")),
        frozenset(("tablet", "aunt")),
    }


def test_a_fifth_is_not_let_in(house: House) -> None:
    house.screen("laptop")
    to = ("tablet", "phone", "friend")
    call = house.call("door", *to, "laptop", ring_mode="all")
    house.accept(call, *to)
    refusal = house.refused(house.exchange.accept, call.id, "laptop")
    assert (refusal.key, refusal.placeholders) == ("call_full", {"maximum": "4"})
    assert house.states(call)["laptop"] == "ringing"
    house.hang_up(call, "phone")
    house.accept(call, "laptop")
    assert house.states(call)["laptop"] == "joined"


def test_of_two_who_accept_at_once_only_one_is_the_fourth(house: House) -> None:
    house.screen("laptop")
    to = ("tablet", "phone", "friend", "laptop")
    call = house.accept(house.call("door", *to, ring_mode="all"), "tablet", "phone")
    house.media["friend"].delays["join"] = 2
    house.media["laptop"].delays["join"] = 1
    late = house.begin(house.exchange.accept, call.id, "friend")
    house.begin(house.exchange.accept, call.id, "laptop")
    house.wait(3)
    assert house.states(call)["laptop"] == "joined"
    assert house.states(call)["friend"] == "ringing"
    assert "call_full" in str(late.exception())
    assert house.media["friend"].names() == ["join", "leave"]
