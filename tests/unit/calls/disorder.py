"""A house in which everything may happen at any time, in any order."""

import asyncio
import logging
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from custom_components.mesh_call.calls.devices import SCREEN, DeviceKind
from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.events import Cause
from custom_components.mesh_call.calls.model import (
    AutoAnswer,
    CallRequest,
    Candidate,
    ConnectionState,
    RejectReason,
    RingMode,
)
from custom_components.mesh_call.calls.ports import Offers

from .fakes import OFFER, FakeChannel, House
from .witness import Witness

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

parties = st.sampled_from(sorted(KINDS))
some_parties = st.lists(parties, max_size=4).map(tuple)
any_place = st.integers(0, 1000)
any_end = st.integers(0, 1000)
connection_states = st.sampled_from(ConnectionState)


def any_call(machine: Disorder) -> bool:
    """Whether there is a call to do something with."""
    return bool(machine.exchange.calls)


def any_connection(machine: Disorder) -> bool:
    """Whether there is a connection to do something with."""
    return any(media.connections for media in machine.house.media.values())


class Disorder(RuleBasedStateMachine):
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
