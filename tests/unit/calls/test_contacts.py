"""What the network of a contact asks of a call."""

import pytest

from custom_components.mesh_call.calls.model import (
    CallRequest,
    ConnectionState,
    EndReason,
    PartyState,
    RingMode,
)
from custom_components.mesh_call.calls.ports import Offers

from .fakes import CONNECTED, OFFER, FakeChannel, House


@pytest.fixture
def line(house: House) -> FakeChannel:
    """Return the one channel of two friends whose ring carries our offer."""
    channel = FakeChannel(house)
    channel.reactions.clear()
    channel.single_seat = True
    channel.who_offers = Offers.WITH_INVITATION
    for party_id in ("friend", "aunt", "uncle"):
        house.channels[party_id] = channel
        house.contact(party_id, account="account")
    return channel


class TestEarlyOffers:
    """The offer that goes along with an invitation."""

    def test_it_opens_with_the_invitation(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.call("door", "friend")
        assert house.states(call)["friend"] == "invited"
        (connection,) = house.media["friend"].links
        assert (connection.offerer, connection.answerer) == ("door", "friend")
        assert not house.now(call).links
        house.do(house.exchange.describe, connection.id, "door", OFFER)
        assert house.media["friend"].of("describe") == [
            (connection.id, "friend", OFFER)
        ]

    def test_the_link_takes_it_over(self, house: House, line: FakeChannel) -> None:
        call = house.call("door", "friend")
        (connection,) = house.media["friend"].links
        house.accept(call, "friend")
        assert house.media["friend"].links == [connection]
        house.report(call, "door", "friend", CONNECTED)
        assert house.exchange.status("door").state is PartyState.IN_CALL
        assert house.link(call, "door", "friend").connections == (connection.id,)

    @pytest.mark.parametrize("how", ["reject", "hang up", "no answer"])
    def test_it_closes_without_an_answer(
        self, house: House, line: FakeChannel, how: str
    ) -> None:
        call = house.call("door", "friend")
        if how == "reject":
            house.reject(call, "friend")
        elif how == "hang up":
            house.hang_up(call)
        else:
            house.wait(61)
        assert house.now(call).ended
        assert house.media["friend"].links == house.media["door"].links == []

    def test_who_answers_elsewhere_closes_the_rest(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.call("door", "friend", "aunt")
        assert len(house.media["door"].links) == 2
        house.accept(call, "aunt")
        (connection,) = house.media["door"].links
        assert connection.answerer == "aunt"
        assert house.states(call)["friend"] == "no_answer"

    def test_nobody_is_invited_with_what_can_not_be_offered(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.call("door", "friend", "aunt")
        (to_friend,) = house.media["friend"].links
        closed = ConnectionState.CLOSED
        house.do(house.exchange.report_state, to_friend.id, "door", closed)
        assert house.states(call)["friend"] == "failed"
        assert house.events("not_answered") == [("not_answered", "door", "friend")]
        assert not house.now(call).ended

    def test_reports_before_the_answer_mean_nothing(
        self, house: House, line: FakeChannel
    ) -> None:
        house.call("door", "friend")
        (connection,) = house.media["door"].links
        house.do(house.exchange.report_state, connection.id, "door", CONNECTED)
        house.do(house.exchange.report_media, connection.id, "door")
        assert house.events("remote_stream") == []

    def test_a_page_that_is_loaded_anew_offers_anew(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.call("tablet", "friend")
        (first,) = house.media["friend"].links
        house.do(house.exchange.suspend, "tablet")
        assert not house.media["friend"].links
        house.do(house.exchange.resume, "tablet")
        (second,) = house.media["friend"].links
        assert second.id != first.id
        house.accept(call, "friend")
        assert house.link(call, "tablet", "friend").connections == (second.id,)

    def test_the_channel_may_change_its_mind(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.call("door", "friend")
        line.who_offers = Offers.PARTY
        house.accept(call, "friend")
        (connection,) = house.media["friend"].links
        assert (connection.offerer, connection.answerer) == ("friend", "door")

    def test_a_link_that_failed_is_offered_by_the_same_side(
        self, house: House, line: FakeChannel
    ) -> None:
        line.who_offers = Offers.PARTY
        call = house.talk("friend", "tablet")
        house.report(call, "tablet", "friend", ConnectionState.FAILED)
        (connection,) = house.media["friend"].links
        assert connection.offerer == "friend"


class TestForeignMembers:
    """Whom the caller's own network lets ring along with ours."""

    def group(self, house: House) -> CallRequest:
        return CallRequest("friend", ("tablet",), others=("aunt",))

    def test_they_are_not_rung_by_us(self, house: House, line: FakeChannel) -> None:
        call = house.do(house.exchange.call, self.group(house))
        assert house.states(call) == {
            "friend": "joined",
            "tablet": "ringing",
            "aunt": "invited",
        }
        assert line.of("invite") == []
        assert house.events() == [("incoming", "tablet", "friend")]

    def test_they_come_in_after_one_of_ours(
        self, house: House, line: FakeChannel
    ) -> None:
        line.who_offers = Offers.PARTY
        call = house.do(house.exchange.call, self.group(house))
        refusal = house.refused(house.exchange.accept, call.id, "aunt")
        assert refusal.key == "not_ringing"
        house.accept(call, "tablet")
        assert house.states(call)["aunt"] == "invited"
        house.accept(call, "aunt")
        assert house.events("accepted") == [
            ("accepted", "tablet", "friend"),
            ("accepted", "tablet", "aunt"),
        ]
        assert house.link(call, "tablet", "aunt").party == "aunt"
        assert len(house.now(call).links) == 2

    def test_we_offer_to_them_when_one_of_ours_is_in(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.do(house.exchange.call, self.group(house))
        assert not house.media["aunt"].links
        house.accept(call, "tablet")
        (connection,) = house.media["aunt"].links
        assert connection.offerer == "tablet"

    def test_they_alone_are_no_call_of_ours(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.do(house.exchange.call, self.group(house))
        house.reject(call, "tablet", extension={"why": "asleep"})
        assert house.now(call).reason is EndReason.REJECTED
        assert [(args[1], args[3]) for args in line.of("dismiss")] == [
            ("aunt", {"why": "asleep"}),
            ("friend", {"why": "asleep"}),
        ]

    def test_their_answer_is_awaited_in_vain(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.do(house.exchange.call, self.group(house))
        house.accept(call, "tablet")
        house.report_all(call, CONNECTED)
        house.wait(61)
        assert house.states(call)["aunt"] == "no_answer"
        assert not house.now(call).ended
        assert house.events("not_answered") == [("not_answered", "tablet", "aunt")]

    def test_their_refusal_leaves_the_rest(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.do(house.exchange.call, self.group(house))
        house.reject(call, "aunt")
        assert house.states(call)["tablet"] == "ringing"
        assert house.events("rejected") == [("rejected", "tablet", "aunt")]


class TestBusyLine:
    """An account that is in a call already."""

    def test_a_second_call_is_refused_and_missed(
        self, house: House, line: FakeChannel
    ) -> None:
        first = house.talk("friend", "tablet")
        second = house.call("aunt", "phone")
        assert house.now(second).reason is EndReason.BUSY
        assert not house.now(first).ended
        assert line.of("dismiss")[-1][1:3] == ("aunt", EndReason.BUSY)
        assert [e for e in house.events() if "aunt" in e] == [
            ("busy", "phone", "aunt"),
            ("missed", "phone", "aunt"),
            ("ended", "phone", "aunt"),
        ]

    def test_who_is_in_the_call_is_refused_too(
        self, house: House, line: FakeChannel
    ) -> None:
        first = house.talk("friend", "tablet")
        house.told.clear()
        second = house.call("friend", "phone")
        assert house.now(second).reason is EndReason.BUSY
        assert house.states(second) == {"friend": "left", "phone": "busy"}
        assert house.events("missed") == [("missed", "phone", "friend")]
        assert line.of("dismiss")[-1][1:3] == ("friend", EndReason.BUSY)
        assert not house.now(first).ended
        assert house.link(first, "friend", "tablet").state == "connected"

    def test_without_a_page_it_is_missed_all_the_same(
        self, house: House, line: FakeChannel
    ) -> None:
        house.do(house.exchange.unregister, "phone")
        house.talk("friend", "tablet")
        house.do(house.exchange.unregister, "phone")
        house.change("tablet", rings=False)
        house.told.clear()
        call = house.call("aunt")
        assert house.now(call).reason is EndReason.BUSY
        assert house.events() == [("missed", "aunt", None), ("ended", "aunt", None)]

    def test_it_may_call_out(self, house: House, line: FakeChannel) -> None:
        house.talk("friend", "tablet")
        call = house.call("door", "aunt")
        house.accept(call, "aunt")
        assert len(house.exchange.calls) == 2

    def test_who_is_busy_at_home_is_told_so(
        self, house: House, line: FakeChannel
    ) -> None:
        house.talk("tablet", "door")
        call = house.call("friend", "door")
        assert house.now(call).reason is EndReason.BUSY
        assert house.events("missed") == [("missed", "door", "friend")]

    def test_another_account_is_not(self, house: House, line: FakeChannel) -> None:
        house.contact("colleague", account="work")
        house.talk("friend", "tablet")
        call = house.call("colleague", "phone")
        assert house.states(call)["phone"] == "ringing"


class TestPages:
    """A contact calls a home whose pages are closed."""

    def test_it_rings_at_a_page_that_opens(
        self, house: House, line: FakeChannel
    ) -> None:
        for party_id in ("tablet", "phone"):
            house.do(house.exchange.unregister, party_id)
        call = house.call("friend")
        house.wait(20)
        house.screen("tablet")
        assert house.states(call)["tablet"] == "ringing"

    def test_it_is_missed_even_if_none_does(
        self, house: House, line: FakeChannel
    ) -> None:
        for party_id in ("tablet", "phone"):
            house.do(house.exchange.unregister, party_id)
        call = house.call("friend")
        house.wait(61)
        assert house.now(call).reason is EndReason.NOT_ANSWERED
        assert house.events() == [
            ("missed", "friend", None),
            ("ended", "friend", None),
        ]


class TestSingleSeat:
    """A network that knows no one of ours but the account."""

    def test_a_second_one_of_ours_is_refused(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.talk("tablet", "friend")
        refusal = house.refused(house.exchange.add_party, call.id, ("phone",))
        assert (refusal.key, refusal.placeholders) == (
            "contact_is_taken",
            {"party": "friend"},
        )

    def test_two_of_ours_can_not_call_it_in(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.talk("tablet", "phone")
        refusal = house.refused(house.exchange.add_party, call.id, ("friend",))
        assert refusal.key == "contact_is_taken"

    def test_nor_can_it_join_once_there_are_two(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.call("door", "tablet")
        house.do(house.exchange.add_party, call.id, ("friend",))
        house.accept(call, "tablet")
        assert house.states(call)["friend"] == "no_answer"

    def test_a_contact_can_not_be_added_to_another(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.talk("tablet", "friend")
        refusal = house.refused(house.exchange.add_party, call.id, ("aunt",))
        assert (refusal.key, refusal.placeholders) == (
            "cannot_meet",
            {"party": "aunt", "other": "friend"},
        )

    @pytest.mark.parametrize(
        ("to", "key"),
        [
            (("friend", "phone"), "contact_is_taken"),
            (("friend", "colleague"), "cannot_meet"),
            (("friend", "aunt", "uncle", "nephew"), "call_full"),
        ],
    )
    def test_who_can_not_be_called_together(
        self, house: House, line: FakeChannel, to: tuple[str, ...], key: str
    ) -> None:
        house.contact("colleague")
        house.channels["nephew"] = line
        house.contact("nephew")
        request = CallRequest("tablet", to, ring_mode=RingMode.ALL)
        assert house.refused(house.exchange.call, request).key == key
        assert not house.exchange.calls

    def test_contacts_called_together_all_join(
        self, house: House, line: FakeChannel
    ) -> None:
        everybody = ("friend", "aunt", "uncle")
        call = house.talk("tablet", *everybody, ring_mode="all")
        assert len(call.joined) == 4
        assert len(call.links) == 3


class TestSettings:
    """What is set for an account."""

    def test_it_rings_as_long_as_its_account_says(
        self, house: House, line: FakeChannel
    ) -> None:
        house.change("friend", answer_timeout=20)
        call = house.call("tablet", "friend", "phone")
        house.wait(21)
        assert house.states(call)["friend"] == "no_answer"
        assert house.states(call)["phone"] == "ringing"

    def test_a_lost_link_is_given_up_when_its_account_says(
        self, house: House, line: FakeChannel
    ) -> None:
        house.change("friend", disconnect_timeout=8)
        call = house.talk("tablet", "friend")
        house.report(call, "tablet", "friend", ConnectionState.DISCONNECTED)
        house.wait(7)
        assert not house.now(call).ended
        house.wait(2)
        assert house.now(call).reason is EndReason.FAILED

    def test_a_call_may_say_otherwise(self, house: House, line: FakeChannel) -> None:
        house.change("friend", answer_timeout=20)
        call = house.call("tablet", "friend", ring_timeout=40)
        house.wait(21)
        assert house.states(call)["friend"] == "invited"

    def test_it_may_be_reached_by_relays_only(
        self, house: House, line: FakeChannel
    ) -> None:
        house.change("friend", relay=True)
        request = CallRequest("tablet", ("friend",))
        assert house.refused(house.exchange.call, request).key == "no_relay"
        house.relays = True
        house.call("tablet", "friend")
        assert [c.relay for c in house.media["tablet"].links] == [True]

    def test_what_is_said_at_the_end_reaches_the_channel(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.talk("tablet", "friend")
        house.do(house.exchange.hang_up, call.id, "tablet", extension={"a": "1"})
        assert line.of("dismiss")[-1][2:] == (EndReason.HUNG_UP, {"a": "1"})


class TestSilence:
    """What shows that a contact is muted."""

    def test_a_contact_that_is_silent_is_muted(
        self, house: House, line: FakeChannel
    ) -> None:
        call = house.talk("door", "friend")
        (connection,) = house.media["friend"].links
        report = house.exchange.report_silence

        def muted() -> bool:
            return house.now(call).members["friend"].muted_audio

        house.do(report, connection.id, "door", silent=False)
        assert not muted()
        house.do(report, connection.id, "door", silent=True)
        assert muted()
        assert not house.now(call).members["door"].muted_audio
        house.do(report, connection.id, "door", silent=False)
        assert not muted()

    def test_ours_tell_it_themselves(self, house: House) -> None:
        call = house.talk("door", "tablet")
        (connection,) = house.media["door"].links
        for end in ("door", "tablet"):
            house.do(house.exchange.report_silence, connection.id, end, silent=True)
        assert not any(m.muted_audio for m in house.now(call).members.values())
