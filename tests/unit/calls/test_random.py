"""Thousands of ways in which commands, signals, reports and failures may mix.

By default the same ones are tried each time; `MESH_CALL_RANDOM_EXAMPLES` sets how many
others are.
"""

import asyncio
from collections import Counter
from functools import reduce
import logging
import os
from typing import Any, override

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)
import pytest

from custom_components.mesh_call.calls.devices import SCREEN, DeviceKind
from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.mesh import live_links, worse
from custom_components.mesh_call.calls.model import (
    BRIDGE,
    MAX_JOINED,
    AutoAnswer,
    CallChanged,
    CallEvent,
    CallRequest,
    Candidate,
    Cause,
    ConnectionState,
    Event,
    LinkEvent,
    PartyChanged,
    PartyStatus,
    RejectReason,
    RingMode,
)
from custom_components.mesh_call.calls.ports import Offers

from .fakes import OFFER, FakeChannel, FakeMedia, House

EXAMPLES = int(os.environ.get("MESH_CALL_RANDOM_EXAMPLES", "1000"))

KINDS = {
    "door": "station",
    "nursery": "station",
    "tablet": "screen",
    "phone": "screen",
    "laptop": "screen",
    "friend": "contact",
    "aunt": "contact",
    "uncle": "contact",
}
ONE_ACCOUNT = ("aunt", "uncle")
"""Who is reached by a network that knows only one of ours at a time."""

LEGAL = {
    "undefined": {"connecting"},
    "connecting": {"connected", "disconnected", "failed", "closed"},
    "connected": {"completed", "disconnected", "failed", "closed"},
    "completed": {"disconnected", "failed", "closed"},
    "disconnected": {"connecting", "connected", "failed", "closed"},
    "failed": {"connecting", "connected", "disconnected", "closed"},
    "closed": set(),
}

parties = st.sampled_from(sorted(KINDS))
some_parties = st.lists(parties, max_size=4).map(tuple)
any_place = st.integers(0, 1000)
any_end = st.integers(0, 1000)
connection_states = st.sampled_from(ConnectionState)


class Witness:
    """Believes only what the exchange tells and complains of contradictions."""

    def __init__(self, house: House) -> None:
        self.exchange = house.exchange
        self.calls: dict[str, Any] = {}
        self.ended: Counter[str] = Counter()
        self.accepted: Counter[str] = Counter()
        self.incoming: Counter[tuple[str, str]] = Counter()
        self.streams: Counter[tuple[str, str, str | None]] = Counter()
        self.links: dict[tuple[str, frozenset[str]], str] = {}
        self.shown: dict[str, PartyStatus] = {}
        self.faults: list[str] = []
        house.exchange.subscribe(self.hear)

    def hear(self, event: Event) -> None:
        match event:
            case PartyChanged(party_id):
                self.shown[party_id] = self.exchange.status(party_id)
            case CallChanged(call):
                self.require(not self.ended[call.id], f"{event} after the end")
                self.calls[call.id] = call
            case LinkEvent(call, link, previous):
                self.require(not self.ended[call.id], f"{event} after the end")
                self.hear_link((call.id, link.pair), previous, link.state)
            case CallEvent():
                self.hear_call(event)

    def hear_link(
        self, key: tuple[str, frozenset[str]], previous: str, state: str
    ) -> None:
        known = self.links.get(key, "undefined")
        # Who joins again has a new link.
        known = "undefined" if known == "closed" else known
        self.require(known == previous, f"{key} was {known}, not {previous}")
        self.require(state in LEGAL[previous], f"{key}: {previous} to {state}")
        self.links[key] = state

    def hear_call(self, event: CallEvent) -> None:
        call = event.call
        self.require(not self.ended[call.id], f"{event} after the end")
        match event.type:
            case "ended":
                self.ended[call.id] += 1
                self.require(event.reason is call.reason is not None, "no reason")
            case "accepted":
                self.accepted[call.id] += 1
            case "incoming":
                self.incoming[call.id, event.party] += 1
            case "remote_stream":
                self.streams[call.id, event.party, event.peer] += 1
            case "left":
                self.require(call.ended is None, "left an ended call")

    def require(self, truth: bool, complaint: str) -> None:
        if not truth:
            self.faults.append(complaint)


class Ledger:
    """Counts what every port was asked for."""

    def __init__(self, house: House) -> None:
        ports = (*house.media.values(), house.recorder, house.bridge)
        self.entries = [(port, *entry) for port in ports for entry in port.asked]

    def joins(self) -> Counter[tuple[FakeMedia, str, str]]:
        """Return joins less leaves of each party and call."""
        balance: Counter[tuple[FakeMedia, str, str]] = Counter()
        for media, name, *arguments in self.entries:
            if name in {"join", "leave"}:
                balance[media, *arguments] += 1 if name == "join" else -1
        return balance

    def ends(self) -> tuple[Counter[Any], Counter[Any]]:
        """Return how often each end was opened and closed."""
        opened: Counter[Any] = Counter()
        closed: Counter[Any] = Counter()
        for media, name, *arguments in self.entries:
            if name == "open":
                opened[media, arguments[0].id, arguments[1]] += 1
            elif name == "close":
                closed[media, *arguments] += 1
        return opened, closed


def any_call(machine: AnyOrder) -> bool:
    """Whether there is a call to do something with."""
    return bool(machine.exchange.calls)


def any_connection(machine: AnyOrder) -> bool:
    """Whether there is a connection to do something with."""
    return any(media.connections for media in machine.house.media.values())


class AnyOrder(RuleBasedStateMachine):
    """A house in which everything may happen at any time."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.house = House(return_timeout=15)
        self.exchange = self.house.exchange
        self.witness = Witness(self.house)
        self.tasks: list[asyncio.Task[Any]] = []
        self.enlarged: set[str] = set()
        self.line = FakeChannel(self.house)
        self.line.single_seat = True
        self.house.bridges()
        for party_id in ONE_ACCOUNT:
            self.house.channels[party_id] = self.line
        for party_id in KINDS:
            self.register(party_id)

    # What may happen

    @rule(party_id=parties)
    def register(self, party_id: str) -> None:
        fields = {"account": "line"} if party_id in ONE_ACCOUNT else {}
        getattr(self.house, KINDS[party_id])(party_id, **fields)

    @rule(party_id=parties)
    def unregister(self, party_id: str) -> None:
        self.house.do(self.exchange.unregister, party_id)

    @rule(party_id=parties)
    def suspend(self, party_id: str) -> None:
        self.house.do(self.exchange.suspend, party_id)

    @rule(party_id=parties)
    def resume(self, party_id: str) -> None:
        self.house.do(self.exchange.resume, party_id)

    @rule(
        party_id=parties,
        do_not_disturb=st.booleans(),
        auto_answer=st.sampled_from(AutoAnswer),
        may_drop_in=st.booleans(),
        max_bandwidth=st.sampled_from([0, 300]),
        answer_timeout=st.sampled_from([None, 20.0]),
    )
    def change(self, party_id: str, **fields: Any) -> None:
        if party_id in self.exchange.parties:
            self.house.change(party_id, **fields)

    @initialize(
        caller=parties,
        to=some_parties,
        ring_mode=st.sampled_from(RingMode),
        slow=st.lists(parties, max_size=4),
    )
    def begin(
        self, caller: str, to: tuple[str, ...], ring_mode: RingMode, slow: list[str]
    ) -> None:
        """Spare the machine the search for something that is no error."""
        others = tuple(party_id for party_id in to if party_id != caller)
        self.call(
            caller=caller,
            to=others,
            ring_everyone=len(others) < 2,
            ring_mode=ring_mode,
        )
        for party_id in slow:
            self.house.media[party_id].delays["join"] = 3

    @rule(
        caller=parties,
        to=some_parties,
        ring_everyone=st.booleans(),
        ring_mode=st.sampled_from(RingMode),
        ring_timeout=st.sampled_from([None, 5.0, 300.0]),
        max_bandwidth=st.sampled_from([0, 500]),
        record=st.booleans(),
        relay=st.booleans(),
    )
    def call(self, **fields: Any) -> None:
        self.attempt(self.exchange.call, CallRequest(**fields))

    @rule(offers=st.sampled_from(Offers), relays=st.booleans())
    def a_network_changes(self, offers: Offers, relays: bool) -> None:
        self.line.who_offers = offers
        self.house.relays = relays

    @rule(
        callers=st.permutations(ONE_ACCOUNT),
        to=some_parties,
        ring_everyone=st.booleans(),
    )
    def a_group_calls(
        self, callers: list[str], to: tuple[str, ...], ring_everyone: bool
    ) -> None:
        caller, other = callers
        called = tuple(party_id for party_id in to if party_id not in callers)
        request = CallRequest(
            caller, called, ring_everyone=ring_everyone, others=(other,)
        )
        self.attempt(self.exchange.call, request)

    @precondition(any_call)
    @rule(place=any_place)
    def accept(self, place: int) -> None:
        self.attempt(self.exchange.accept, *self.place(place))

    @precondition(any_call)
    @rule(place=any_place)
    def all_accept_and_connect(self, place: int) -> None:
        call_id, _ = self.place(place)
        for party_id in KINDS:
            self.attempt(self.exchange.accept, call_id, party_id)
        self.everybody_reports(ConnectionState.CONNECTED)

    @precondition(any_call)
    @rule(place=any_place, reason=st.sampled_from(RejectReason))
    def reject(self, place: int, reason: RejectReason) -> None:
        self.try_now(self.exchange.reject, *self.place(place), reason=reason)

    @precondition(any_call)
    @rule(place=any_place, everybody=st.booleans())
    def hang_up(self, place: int, everybody: bool) -> None:
        call_id, party_id = self.place(place)
        self.try_now(self.exchange.hang_up, call_id, None if everybody else party_id)

    @precondition(any_call)
    @rule(place=any_place, to=some_parties)
    def add_party(self, place: int, to: tuple[str, ...]) -> None:
        call_id, _ = self.place(place)
        self.enlarged.add(call_id)
        self.try_now(self.exchange.add_party, call_id, to, Cause("door"))

    @precondition(any_call)
    @rule(place=any_place, audio=st.booleans(), limit=st.integers(0, 2))
    def control(self, place: int, audio: bool, limit: int) -> None:
        call_id, party_id = self.place(place)
        self.attempt(self.exchange.mute, call_id, party_id, audio=audio)
        self.attempt(self.exchange.set_max_bandwidth, call_id, party_id, limit)

    @rule(party_id=parties, kind=st.sampled_from(DeviceKind))
    def switch(self, party_id: str, kind: DeviceKind) -> None:
        self.attempt(self.exchange.switch, party_id, kind, "another")

    @precondition(any_call)
    @rule(place=any_place, on=st.booleans(), agreed=st.booleans())
    def share(self, place: int, on: bool, agreed: bool) -> None:
        call_id, party_id = self.place(place)
        source = SCREEN if on else None
        self.attempt(self.exchange.share, call_id, party_id, source)
        if agreed:
            self.try_now(self.exchange.report_sharing, call_id, party_id, on=on)

    @precondition(any_call)
    @rule(place=any_place)
    def start_recording(self, place: int) -> None:
        self.attempt(self.exchange.start_recording, self.place(place)[0])

    @precondition(any_call)
    @rule(place=any_place)
    def stop_recording(self, place: int) -> None:
        self.attempt(self.exchange.stop_recording, self.place(place)[0])

    @precondition(any_call)
    @rule(place=any_place, saved=st.booleans())
    def a_recording_ends(self, place: int, saved: bool) -> None:
        self.house.do(self.exchange.recording_ended, self.place(place)[0], saved=saved)

    @rule(
        method=st.sampled_from(["start", "stop", "open", "close", "follow"]),
        error=st.sampled_from([None, OSError("broken"), CallError("disk_full")]),
        delay=st.sampled_from([0.0, 3.0, 100.0]),
    )
    def recorder_trouble(
        self, method: str, error: Exception | None, delay: float
    ) -> None:
        recorder = self.house.recorder
        recorder.delays[method] = delay
        recorder.errors.pop(method, None)
        if error:
            recorder.errors[method] = error

    @precondition(any_call)
    @rule(place=any_place)
    def ringing(self, place: int) -> None:
        self.house.do(self.exchange.ringing, *self.place(place))

    @precondition(any_call)
    @rule(place=any_place)
    def a_member_suspends(self, place: int) -> None:
        self.suspend(self.place(place)[1])

    @precondition(any_call)
    @rule(place=any_place)
    def all_resume(self, place: int) -> None:
        for party_id in KINDS:
            self.resume(party_id)

    @precondition(any_connection)
    @rule(end=any_end, state=connection_states)
    def report(self, end: int, state: ConnectionState) -> None:
        self.house.do(self.exchange.report_state, *self.end(end), state)

    @precondition(any_connection)
    @rule(state=connection_states)
    def everybody_reports(self, state: ConnectionState) -> None:
        self.house.report_every_end(state)

    @precondition(any_connection)
    @rule(end=any_end)
    def report_media(self, end: int) -> None:
        self.house.do(self.exchange.report_media, *self.end(end))

    @precondition(any_connection)
    @rule(end=any_end)
    def describe(self, end: int) -> None:
        candidate = Candidate("candidate:1")
        self.attempt(self.exchange.describe, *self.end(end), OFFER)
        self.attempt(self.exchange.candidate, *self.end(end), candidate)

    @rule(
        party_id=parties,
        method=st.sampled_from(
            [
                "join",
                "leave",
                "open",
                "close",
                "describe",
                "mute",
                "limit",
                "switch",
                "share",
            ]
        ),
        error=st.sampled_from([None, OSError("broken"), CallError("cannot")]),
        delay=st.sampled_from([0.0, 3.0, 100.0]),
    )
    def trouble(
        self, party_id: str, method: str, error: Exception | None, delay: float
    ) -> None:
        media = self.house.media[party_id]
        media.delays[method] = delay
        media.errors.pop(method, None)
        if error:
            media.errors[method] = error

    @rule(party_id=parties)
    def no_trouble(self, party_id: str) -> None:
        self.house.media[party_id].delays.clear()
        self.house.media[party_id].errors.clear()

    @rule(party_id=parties, state=st.none() | connection_states)
    def hasty(self, party_id: str, state: ConnectionState | None) -> None:
        """Let an end report a state while it is being opened."""
        reactions = self.house.media[party_id].reactions
        reactions.pop("open", None)
        if state:
            reactions["open"] = lambda connection, _: self.exchange.report_state(
                connection.id, party_id, state
            )

    @precondition(lambda self: self.house.channels)
    @rule(party_id=parties, works=st.booleans())
    def channel_trouble(self, party_id: str, works: bool) -> None:
        if channel := self.house.channels.get(party_id):
            channel.errors = {} if works else {"invite": OSError("broken")}

    @rule(seconds=st.sampled_from([0.5, 4.0, 16.0, 31.0, 61.0]))
    def wait(self, seconds: float) -> None:
        self.house.wait(seconds)

    # What must hold whenever it is quiet

    @invariant()
    def nothing_contradicts_itself(self) -> None:
        assert self.witness.faults == []
        assert self.house.loop.crashes == []

    @invariant()
    def what_is_told_is_what_is(self) -> None:
        told = [call for call in self.witness.calls.values() if not call.ended]
        assert tuple(told) == self.exchange.calls
        for party_id in KINDS:
            shown = self.witness.shown.get(party_id, PartyStatus())
            assert shown == self.exchange.status(party_id)

    @invariant()
    def nobody_is_in_two_calls(self) -> None:
        joined = Counter(
            member.party.id for call in self.exchange.calls for member in call.joined
        )
        assert not joined or max(joined.values()) == 1

    @invariant()
    def calls_are_in_order(self) -> None:
        for call in self.exchange.calls:
            assert 0 < len(call.joined) <= MAX_JOINED
            assert all(m.party.id in self.exchange.parties for m in call.joined)
            assert all(m.party.id in self.exchange.parties for m in call.pending)
            joined = {member.party.id for member in call.joined}
            for pair, link in call.links.items():
                assert link.state == "closed" or pair <= joined

    @invariant()
    def each_pair_has_one_connection(self) -> None:
        for media in self.house.media.values():
            ends = Counter((c.offerer, c.answerer) for c in media.links)
            assert not ends or max(ends.values()) == 1

    @invariant()
    def only_who_rings_has_an_early_offer(self) -> None:
        calls = {call.id: call for call in self.exchange.calls}
        for call_id, offerer, invited in self.exchange._parts.early_offers._open:
            joined = {member.party.id for member in calls[call_id].joined}
            assert offerer in {*joined, BRIDGE}
            assert calls[call_id].members[invited].state.pending

    @invariant()
    def a_network_knows_one_of_ours(self) -> None:
        for party_id in ONE_ACCOUNT:
            assert len(self.house.media[party_id].links) <= 1

    @invariant()
    def links_show_what_they_run_over(self) -> None:
        legs = self.exchange._parts.legs
        for call in self.exchange.calls:
            for link in call.links.values():
                if link.state == "closed":
                    continue
                route = self.exchange._parts.links._routes[call.id, link.pair]
                assert len(route) == (2 if link.bridge else 1)
                assert link.state == reduce(worse, map(legs.state, route))
                ids = [id_ for leg in route if (id_ := legs.connection(leg))]
                assert link.connections == tuple(ids)

    @invariant()
    def a_contact_has_one_seat(self) -> None:
        for call in self.exchange.calls:
            for party_id in ONE_ACCOUNT:
                live = live_links(call, party_id)
                hosts = {
                    link.bridge or next(iter(link.pair - {party_id})) for link in live
                }
                assert len(hosts) <= 1

    @invariant()
    def only_members_share(self) -> None:
        for call in self.exchange.calls:
            sharing = [m for m in call.members.values() if m.sharing]
            assert all(member.state == "joined" for member in sharing)

    @invariant()
    def who_is_recorded_is_in_a_recorded_call(self) -> None:
        recorded = {call.id: call for call in self.exchange.calls if call.recording}
        for party_id, kind in KINDS.items():
            ends = self.house.media[party_id].recordings
            assert len(ends) <= 1
            for connection in ends:
                call = recorded[connection.call_id]
                assert connection.answerer == party_id
                assert call.members[party_id].state == "joined"
                assert kind == "screen"

    @invariant()
    def what_is_told_once_is_told_once(self) -> None:
        for told in (self.witness.incoming, self.witness.streams):
            assert not told or max(told.values()) == 1

    # How it ends

    @override
    def teardown(self) -> None:
        try:
            self.finish()
        finally:
            logging.disable(logging.NOTSET)
            self.house.loop.close()

    def finish(self) -> None:
        self.house.wait(1000)
        for call in self.exchange.calls:
            self.talks_or_is_over(call)
        for call in self.exchange.calls:
            self.house.hang_up(call)
        assert self.exchange.calls == ()
        # A recorder may be slow, and the end is told when it is done.
        self.house.wait(200)
        self.check_end()

    def talks_or_is_over(self, call: Any) -> None:
        assert not call.pending
        assert len(call.joined) > 1
        live = [link for link in call.links.values() if link.state != "closed"]
        assert live
        assert all(link.state.working for link in live)

    def check_end(self) -> None:
        self.nothing_contradicts_itself()
        self.what_is_told_is_what_is()
        assert all(self.witness.ended[call_id] == 1 for call_id in self.witness.calls)
        for call_id, accepted in self.witness.accepted.items():
            first = self.witness.calls[call_id].ring_mode is RingMode.FIRST
            guests = [
                m for m in self.witness.calls[call_id].members.values() if m.foreign
            ]
            several = call_id in self.enlarged or guests
            assert not first or accepted == 1 or several
        self.check_ports()
        for task in self.tasks:
            assert task.done()
            assert task.exception() is None or isinstance(task.exception(), CallError)
        assert self.house.left_over() == []
        assert not self.exchange._parts.connections._open
        assert not self.exchange._parts.links._routes
        assert not self.exchange._parts.legs._trials
        assert not self.house.bridge.connections
        assert not self.exchange._parts.links._streams
        assert not self.exchange._parts.previews._shown
        assert not self.exchange._parts.early_offers._open
        assert not self.exchange._parts.recordings._recordings
        assert not self.exchange._parts.recordings._decided
        assert not self.exchange._parts.recordings._endings
        assert not self.exchange._parts.invitations._rings

    def check_ports(self) -> None:
        ledger = Ledger(self.house)
        assert {key: n for key, n in ledger.joins().items() if n} == {}
        opened, closed = ledger.ends()
        assert opened == closed
        assert not opened or max(opened.values()) == 1

    # Helpers

    def attempt(self, command: Any, *args: Any, **kwargs: Any) -> None:
        """Begin what may be refused, now or later."""
        self.tasks.append(self.house.begin(command, *args, **kwargs))

    def try_now(self, command: Any, *args: Any, **kwargs: Any) -> None:
        """Do what may be refused."""
        try:
            self.house.do(command, *args, **kwargs)
        except CallError:
            pass

    def place(self, number: int) -> tuple[str, str]:
        """Return a call and a party, mostly a member of one that is on."""
        on = [(call.id, id_) for call in self.exchange.calls for id_ in call.members]
        past = [
            (call.id, id_)
            for call in self.exchange.past_calls[-1:]
            for id_ in call.members
        ]
        places = on * 4 + past + [("unknown", "door")]
        places += [(call.id, "nursery") for call in self.exchange.calls]
        return places[number % len(places)]

    def end(self, number: int) -> tuple[str, str]:
        """Return a connection and a party, mostly an end of one that is open."""
        ends = [("unknown", "door")]
        for media in (*self.house.media.values(), self.house.bridge):
            ends += list(media.ends.items()) * 4
            ends += [(connection.id, "door") for connection, _ in media.of("open")[-2:]]
        return ends[number % len(ends)]


AnyOrder.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    derandomize="MESH_CALL_RANDOM_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)

TestAnyOrder = pytest.mark.timeout(0)(AnyOrder.TestCase)
