"""Several of ours meet a contact whose network knows only one: it is bridged."""

import pytest

from custom_components.mesh_call.calls.model import (
    BRIDGE,
    Call,
    CallRequest,
    Connection,
    ConnectionState,
    EndReason,
    RingMode,
)
from custom_components.mesh_call.calls.ports import Offers

from .fakes import CONNECTED, FakeChannel, House

COMPLETED = ConnectionState.COMPLETED
DISCONNECTED = ConnectionState.DISCONNECTED
FAILED = ConnectionState.FAILED


@pytest.fixture(autouse=True)
def line(house: House) -> FakeChannel:
    """Let contacts be reached by a network that knows the account only."""
    house.bridges()
    line = FakeChannel(house)
    line.single_seat = True
    line.who_offers = Offers.WITH_INVITATION
    for party_id in ("friend", "aunt"):
        house.channels[party_id] = line
        house.contact(party_id, account="line")
    return line


@pytest.fixture
def colleague(house: House) -> FakeChannel:
    """Let somebody be reached by another account."""
    line = house.channels["colleague"] = FakeChannel(house)
    line.single_seat = True
    line.who_offers = Offers.WITH_INVITATION
    house.contact("colleague", account="other line")
    return line


def visit(house: House) -> Call:
    """Return a call of a station and a contact that a screen has joined."""
    call = house.talk("door", "friend")
    house.do(house.exchange.add_party, call.id, ("tablet",))
    return house.accept(call, "tablet")


def seat_and_spoke(house: House, call: Call, screen: str) -> list[Connection]:
    open_ = {c.id: c for media in house.media.values() for c in media.links}
    return [open_[id_] for id_ in house.link(call, screen, "friend").connections]


class TestAtAStation:
    """The contact is connected to a station already."""

    def test_a_screen_is_connected_to_it_by_a_second_connection(
        self, house: House
    ) -> None:
        call = visit(house)
        (before,) = house.link(call, "door", "friend").connections
        seat, spoke = seat_and_spoke(house, call, "tablet")
        assert seat.id == before
        assert (spoke.offerer, spoke.answerer) == ("friend", "tablet")
        assert spoke.bridge == house.link(call, "tablet", "friend").bridge == "door"
        assert house.media["door"].ends[spoke.id] == "friend"
        assert spoke.id not in house.media["friend"].connections
        assert house.link(call, "tablet", "door").bridge is None
        assert len(house.media["friend"].links) == 1

    def test_it_shows_the_worse_of_both(self, house: House) -> None:
        call = visit(house)
        spoke = seat_and_spoke(house, call, "tablet")[1]
        assert house.link(call, "tablet", "friend").state == "connecting"
        house.do(house.exchange.report_state, spoke.id, "friend", CONNECTED)
        house.report(call, "door", "tablet", CONNECTED)
        assert house.link(call, "tablet", "friend").state == "connected"
        house.report(call, "door", "friend", DISCONNECTED)
        for one in ("door", "tablet"):
            assert house.link(call, one, "friend").state == "disconnected"
        assert house.link(call, "door", "tablet").state == "connected"
        house.report(call, "door", "friend", CONNECTED)
        assert house.link_states("tablet", "friend") == [
            *("undefined", "connecting", "connected"),
            *("disconnected", "connected"),
        ]

    def test_each_connection_is_renewed_by_itself(self, house: House) -> None:
        call = visit(house)
        house.report_every_end(CONNECTED)
        seat, spoke = seat_and_spoke(house, call, "tablet")
        house.do(house.exchange.report_state, spoke.id, "friend", FAILED)
        fresh = seat_and_spoke(house, call, "tablet")
        assert fresh[0] == seat
        assert fresh[1] != spoke
        assert house.link(call, "door", "friend").state == "connected"
        house.report_every_end(CONNECTED)
        house.report(call, "door", "friend", FAILED)
        again = seat_and_spoke(house, call, "tablet")
        assert again[0] != seat
        assert again[1] == fresh[1]
        assert house.link(call, "door", "friend").connections == (again[0].id,)
        assert house.link(call, "tablet", "friend").state == "connecting"

    def test_a_lost_seat_is_lost_for_all(self, house: House) -> None:
        call = visit(house)
        house.report_every_end(CONNECTED)
        house.report(call, "door", "friend", DISCONNECTED)
        house.wait(31)
        assert house.states(call)["friend"] == "failed"
        assert house.states(call)["tablet"] == "joined"
        assert not house.media["friend"].links

    def test_a_screen_that_is_away_comes_back(self, house: House) -> None:
        call = visit(house)
        house.report_every_end(CONNECTED)
        house.do(house.exchange.suspend, "tablet")
        assert house.link(call, "tablet", "friend").state == "disconnected"
        assert house.link(call, "door", "friend").state == "connected"
        house.do(house.exchange.resume, "tablet")
        house.report_every_end(CONNECTED)
        assert house.link(call, "tablet", "friend").state == "connected"

    def test_a_screen_leaves_as_it_came(self, house: House) -> None:
        call = visit(house)
        house.report_every_end(CONNECTED)
        seat, spoke = seat_and_spoke(house, call, "tablet")
        house.hang_up(call, "tablet")
        assert house.media["door"].links == house.media["friend"].links == [seat]
        assert (spoke.id, "friend") in house.media["door"].of("close")
        assert house.link(call, "door", "friend").state == "connected"

    def test_a_contact_leaves_the_others_together(self, house: House) -> None:
        call = visit(house)
        house.report_every_end(CONNECTED)
        house.hang_up(call, "friend")
        assert len(house.media["door"].links) == len(house.media["tablet"].links) == 1
        assert not house.now(call).ended

    def test_a_contact_stays_when_the_station_leaves(self, house: House) -> None:
        call = house.accept(house.call("friend", "door"), "door")
        house.do(house.exchange.add_party, call.id, ("tablet",))
        house.accept(call, "tablet")
        house.report_every_end(CONNECTED)
        seat, spoke = seat_and_spoke(house, call, "tablet")
        house.hang_up(call, "door")
        assert house.link(call, "tablet", "friend").state == "connected"
        assert house.media["door"].links == [seat, spoke]
        house.do(house.exchange.add_party, call.id, ("door",))
        house.accept(call, "door")
        assert house.link(call, "door", "friend").connections == (seat.id,)
        assert house.link(call, "door", "friend").state == "connected"
        house.hang_up(call, "door")
        house.do(house.exchange.unregister, "door")
        assert house.now(call).reason is EndReason.FAILED
        assert not house.media["door"].links

    @pytest.mark.parametrize("joined", [True, False])
    def test_what_a_station_bridged_is_lost_if_it_is_out_of_reach(
        self, house: House, joined: bool
    ) -> None:
        call = house.accept(house.call("friend", "door"), "door")
        house.do(house.exchange.add_party, call.id, ("tablet",))
        house.accept(call, "tablet")
        house.report_every_end(CONNECTED)
        if not joined:
            house.hang_up(call, "door")
        house.do(house.exchange.suspend, "door")
        house.wait(60)
        assert house.now(call).ended
        assert not house.media["door"].connections
        assert house.left_over() == []

    def test_nobody_leaves_a_call_that_is_over(self, house: House) -> None:
        request = CallRequest("friend", ("door", "tablet"), ring_mode=RingMode.ALL)
        call = house.do(house.exchange.call, request)
        house.accept(call, "door", "tablet")
        house.report_every_end(CONNECTED)
        house.do(house.exchange.unregister, "door")
        assert house.now(call).reason is EndReason.FAILED
        assert house.events("left") == []

    def test_all_that_ring_may_join(self, house: House) -> None:
        call = house.talk("door", "tablet", "friend", "phone", ring_mode="all")
        house.report_every_end(COMPLETED)
        assert {link.state for link in house.now(call).links.values()} == {"completed"}
        assert [c.bridge for c in house.media["phone"].links] == [None, None, "door"]
        assert len(house.media["friend"].links) == 1
        house.hang_up(call)
        assert house.left_over() == []

    def test_a_second_station_joins(self, house: House) -> None:
        house.station("nursery")
        call = house.talk("door", "friend", "nursery", ring_mode="all")
        assert house.link(call, "nursery", "friend").bridge == "door"

    def test_what_arrives_is_told_of_who_sent_it(self, house: House) -> None:
        call = visit(house)
        seat, spoke = seat_and_spoke(house, call, "tablet")
        house.told.clear()
        for connection, end in ((seat, "door"), (spoke, "friend"), (spoke, "tablet")):
            house.do(house.exchange.report_media, connection.id, end)
        assert house.events("remote_stream") == [
            ("remote_stream", "door", "friend"),
            ("remote_stream", "tablet", "friend"),
        ]

    def test_silence_counts_where_the_contact_sits(self, house: House) -> None:
        call = visit(house)
        seat, spoke = seat_and_spoke(house, call, "tablet")

        def muted() -> bool:
            return house.now(call).members["friend"].muted_audio

        report = house.exchange.report_silence
        for end in ("tablet", "friend"):
            house.do(report, spoke.id, end, silent=True)
        assert not muted()
        house.do(report, seat.id, "door", silent=True)
        assert muted()


class TestWithoutAStation:
    """Screens and a contact: it is decided when the contact's link is made."""

    def test_two_alone_are_direct(self, house: House) -> None:
        call = house.talk("tablet", "friend")
        assert house.link(call, "tablet", "friend").bridge is None
        for command, *arguments in (
            (house.exchange.add_party, ("phone",)),
            (house.exchange.start_recording,),
        ):
            refusal = house.refused(command, call.id, *arguments)
            assert refusal.key == "call_is_direct"

    @pytest.mark.parametrize("offers", Offers)
    def test_a_call_that_rings_at_all_is_bridged(
        self, house: House, line: FakeChannel, offers: Offers
    ) -> None:
        line.who_offers = offers
        request = CallRequest("friend", ring_everyone=True, ring_mode=RingMode.ALL)
        call = house.do(house.exchange.call, request)
        house.accept(call, "tablet")
        (seat,) = house.media["friend"].links
        assert seat.other("friend") == BRIDGE
        theirs = offers is not Offers.WITH_INVITATION
        assert seat.offerer == ("friend" if theirs else BRIDGE)
        house.accept(call, "phone")
        house.report_every_end(CONNECTED)
        links = house.now(call).links.values()
        assert {link.state for link in links} == {"connected"}
        assert house.media["friend"].links == [seat]
        assert len(house.bridge.links) == 3
        house.hang_up(call, "tablet")
        assert house.link(call, "phone", "friend").state == "connected"
        house.hang_up(call, "phone")
        assert not house.bridge.connections
        assert house.left_over() == []

    def test_one_that_is_to_be_recorded_is(self, house: House) -> None:
        call = house.talk("tablet", "friend", record=True)
        house.report_every_end(CONNECTED)
        assert house.link(call, "tablet", "friend").state == "connected"
        assert house.link(call, "tablet", "friend").bridge == BRIDGE
        assert house.now(call).recording

    def test_it_may_be_recorded_while_it_rings(self, house: House) -> None:
        call = house.call("tablet", "friend")
        (direct,) = house.media["friend"].links
        assert direct.offerer == "tablet"
        house.do(house.exchange.start_recording, call.id)
        (seat,) = house.media["friend"].links
        assert seat.offerer == BRIDGE
        house.accept(call, "friend")
        assert house.media["friend"].links == [seat]

    def test_a_recording_that_begins_as_it_connects_is_refused(
        self, house: House
    ) -> None:
        call = house.call("tablet", "friend")
        house.recorder.delays["start"] = 3
        task = house.begin(house.exchange.start_recording, call.id)
        house.accept(call, "friend")
        house.wait(4)
        assert getattr(task.exception(), "key", None) == "call_is_direct"
        assert house.recorder.names().count("stop") == 1

    def test_two_that_talk_call_a_contact_in(self, house: House) -> None:
        call = house.talk("tablet", "phone")
        house.do(house.exchange.add_party, call.id, ("friend",))
        house.accept(call, "friend")
        house.report_every_end(CONNECTED)
        assert house.link(call, "tablet", "friend").bridge == BRIDGE
        assert house.link(call, "phone", "friend").state == "connected"
        assert house.link(call, "tablet", "phone").bridge is None

    def test_contacts_that_were_called_together_have_a_seat_each(
        self, house: House
    ) -> None:
        call = house.talk("tablet", "phone", "friend", "aunt", ring_mode="all")
        assert len(house.bridge.links) == 6
        assert len(house.media["friend"].links) == len(house.media["aunt"].links) == 1
        assert len(house.now(call).links) == 5

    def test_it_goes_by_a_relay_if_the_contact_does(self, house: House) -> None:
        house.relays = True
        house.change("friend", relay=True)
        call = house.talk("tablet", "friend", record=True)
        seat = house.media["friend"].links[0]
        spoke = house.media["tablet"].links[0]
        assert (seat.relay, spoke.relay) == (True, False)
        assert house.link(call, "tablet", "friend").connections == (seat.id, spoke.id)


@pytest.mark.usefixtures("colleague")
class TestContactsOfSeveralAccounts:
    """They don't know each other: each has a seat, and Home Assistant couples them."""

    def test_they_meet_at_the_station(self, house: House) -> None:
        call = house.talk("door", "friend", "colleague", ring_mode="all")
        link = house.link(call, "friend", "colleague")
        seats = {
            house.link(call, "door", one).connections[0]
            for one in ("friend", "colleague")
        }
        assert link.bridge == "door"
        assert set(link.connections) == seats
        assert {c.id for c in house.media["door"].links} == seats
        assert len(house.media["door"].couples) == 1
        house.report_every_end(CONNECTED)
        assert house.link(call, "friend", "colleague").state == "connected"

    def test_they_meet_at_the_bridge(self, house: House) -> None:
        call = house.talk("tablet", "friend", "colleague", ring_mode="all")
        house.report_every_end(COMPLETED)
        links = house.now(call).links.values()
        assert {link.bridge for link in links} == {BRIDGE}
        assert {link.state for link in links} == {"completed"}
        # Two seats, and two spokes to the tablet.
        assert len(house.bridge.links) == 4
        assert len(house.bridge.couples) == 1
        house.hang_up(call, "tablet")
        assert house.now(call).ended
        assert not house.bridge.couples
        assert house.left_over() == []

    def test_the_limit_is_kept(self, house: House) -> None:
        call = house.call("tablet", "friend", "aunt", "colleague", ring_mode="all")
        house.do(house.exchange.add_party, call.id, ("phone",))
        house.accept(call, "friend", "aunt", "colleague")
        assert len(house.now(call).joined) == 4
        refusal = house.refused(house.exchange.accept, call.id, "phone")
        assert refusal.key == "call_full"
        # The two of one account were called together.
        pairs = {frozenset(couple[1:]) for couple in house.bridge.couples}
        assert pairs == {
            frozenset(("friend", "colleague")),
            frozenset(("aunt", "colleague")),
        }

    @pytest.mark.parametrize("newcomer", ["colleague", "aunt"])
    def test_one_is_added_to_another(
        self, house: House, line: FakeChannel, newcomer: str
    ) -> None:
        line.meets = False
        call = house.accept(house.call("friend", "door"), "door")
        house.do(house.exchange.add_party, call.id, (newcomer,))
        house.accept(call, newcomer)
        house.report_every_end(CONNECTED)
        assert house.link(call, "friend", newcomer).state == "connected"
        assert house.link(call, "friend", newcomer).bridge == "door"
        house.hang_up(call, newcomer)
        assert not house.media["door"].couples
        assert house.link(call, "door", "friend").state == "connected"

    def test_they_stay_when_the_station_leaves(self, house: House) -> None:
        call = house.talk("tablet", "door", "friend", "colleague", ring_mode="all")
        house.report_every_end(CONNECTED)
        host = house.link(call, "friend", "colleague").bridge
        assert host == house.link(call, "tablet", "friend").bridge == "door"
        house.hang_up(call, "door")
        assert house.link(call, "friend", "colleague").state == "connected"
        assert house.link(call, "tablet", "colleague").state == "connected"

    def test_they_sit_where_the_first_one_sits(self, house: House) -> None:
        call = house.talk("tablet", "friend", record=True)
        house.do(house.exchange.add_party, call.id, ("door",))
        house.accept(call, "door")
        house.do(house.exchange.add_party, call.id, ("colleague",))
        house.accept(call, "colleague")
        assert house.link(call, "friend", "colleague").bridge == BRIDGE

    def test_a_lost_seat_is_lost_for_the_other_too(self, house: House) -> None:
        call = house.talk("door", "friend", "colleague", ring_mode="all")
        house.report_every_end(CONNECTED)
        house.report(call, "door", "friend", DISCONNECTED)
        assert house.link(call, "friend", "colleague").state == "disconnected"
        house.wait(31)
        assert house.states(call)["friend"] == "failed"
        assert house.states(call)["colleague"] == "joined"
        assert not house.media["door"].couples

    def test_nobody_is_added_to_one_that_is_connected_straight_to_a_screen(
        self, house: House, line: FakeChannel
    ) -> None:
        line.meets = False
        call = house.talk("tablet", "friend")
        for newcomer in ("colleague", "aunt"):
            refusal = house.refused(house.exchange.add_party, call.id, (newcomer,))
            assert refusal.key == "call_is_direct"

    def test_a_call_that_the_first_gets_is_direct(self, house: House) -> None:
        call = house.call("tablet", "friend", "colleague")
        house.accept(call, "colleague")
        assert house.link(call, "tablet", "colleague").bridge is None

    def test_a_network_without_seats_meets_nobody(
        self, house: House, colleague: FakeChannel
    ) -> None:
        colleague.single_seat = False
        request = CallRequest("door", ("friend", "colleague"), ring_mode=RingMode.ALL)
        assert house.refused(house.exchange.call, request).key == "cannot_meet"
