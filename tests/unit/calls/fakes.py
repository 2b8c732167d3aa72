"""A small house to test calls in: parties with recording, scriptable ports."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from inspect import isawaitable
from typing import Any

from custom_components.mesh_call.calls.devices import DeviceKind
from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.events import CallEvent, Event, LinkEvent
from custom_components.mesh_call.calls.exchange import Exchange
from custom_components.mesh_call.calls.model import (
    NO_EXTENSION,
    Call,
    CallRequest,
    Candidate,
    Connection,
    ConnectionState,
    Description,
    EndReason,
    Extension,
    Link,
    Member,
    Party,
    PartyKind,
    RingMode,
)
from custom_components.mesh_call.calls.ports import Offers

from .clock import VirtualLoop

OFFER = Description("offer", "v=0")
CONNECTED = ConnectionState.CONNECTED


class Recorder:
    """Remembers what a port was asked; does it late or not at all if told so."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.errors: dict[str, Exception] = {}
        self.delays: dict[str, float] = {}
        self.reactions: dict[str, Callable[..., None]] = {}

    def names(self) -> list[str]:
        """Return which methods were called, in order."""
        return [name for name, *_ in self.asked]

    def of(self, name: str) -> list[tuple[Any, ...]]:
        """Return the arguments of all calls of one method."""
        return [tuple(arguments) for asked, *arguments in self.asked if asked == name]

    def _do(self, name: str, *arguments: Any) -> None:
        self.asked.append((name, *arguments))
        if error := self.errors.get(name):
            raise error
        if reaction := self.reactions.get(name):
            reaction(*arguments)

    async def _wait(self, name: str, *arguments: Any) -> None:
        self.asked.append((name, *arguments))
        await asyncio.sleep(self.delays.get(name, 0))
        if error := self.errors.get(name):
            raise error


class FakeEnds(Recorder):
    """Keeps the connections that end here."""

    def __init__(self) -> None:
        super().__init__()
        self.connections: dict[str, Connection] = {}
        self.ends: dict[str, str] = {}
        """Whose end of each open connection this is."""

        self.couples: set[tuple[str, str, str]] = set()

    def open(self, connection: Connection, party_id: str) -> None:
        self.connections[connection.id] = connection
        self.ends[connection.id] = party_id
        self._do("open", connection, party_id)

    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        await self._wait("describe", connection_id, party_id, description)

    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        await self._wait("candidate", connection_id, party_id, candidate)

    def close(self, connection_id: str, party_id: str) -> None:
        self.connections.pop(connection_id, None)
        self.ends.pop(connection_id, None)
        self._do("close", connection_id, party_id)

    def couple(self, call_id: str, one: str, other: str) -> None:
        self.couples.add((call_id, one, other))

    def uncouple(self, call_id: str, one: str, other: str) -> None:
        self.couples.discard((call_id, one, other))


class FakeMedia(FakeEnds):
    """One party's end of media."""

    @property
    def links(self) -> list[Connection]:
        """The open connections that are neither previews nor recordings."""
        return [c for c in self.connections.values() if not (c.preview or c.recording)]

    @property
    def recordings(self) -> list[Connection]:
        """The open connections by which the party is recorded."""
        return [c for c in self.connections.values() if c.recording]

    @property
    def previews(self) -> list[Connection]:
        """The open previews."""
        return [c for c in self.connections.values() if c.preview]

    async def join(self, call: Call, party_id: str) -> None:
        await self._wait("join", call.id, party_id)

    def leave(self, call_id: str, party_id: str) -> None:
        self._do("leave", call_id, party_id)

    async def mute(
        self, call_id: str, party_id: str, *, audio: bool, video: bool
    ) -> None:
        await self._wait("mute", call_id, party_id, audio, video)

    async def limit(self, call_id: str, party_id: str, max_bandwidth: int) -> None:
        await self._wait("limit", call_id, party_id, max_bandwidth)

    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        await self._wait("switch", party_id, kind, device)

    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        await self._wait("share", call_id, party_id, source)


class FakeRecorder(FakeEnds):
    """Records calls to folders that are named after them."""

    async def start(self, call: Call) -> str:
        await self._wait("start", call.id)
        return f"/media/{call.id}"

    def follow(self, call: Call) -> None:
        self._do("follow", call)

    async def stop(self, call_id: str, reason: str) -> None:
        await self._wait("stop", call_id, reason)

    def refused(self, error: CallError) -> None:
        self._do("refused", error.key)


class FakeChannel(Recorder):
    """One party's channel; by default what it invites rings at once."""

    def __init__(self, house: House) -> None:
        super().__init__()
        self.single_seat = False
        self.meets = True
        self.who_offers = Offers.EARLIER
        self.reactions["invite"] = lambda call, party_id: house.exchange.ringing(
            call.id, party_id
        )

    def invite(self, call: Call, party_id: str) -> None:
        self._do("invite", call, party_id)

    def offers(self, call: Call, party_id: str) -> Offers:
        return self.who_offers

    def meet(self, call: Call, one: str, other: str) -> bool:
        return self.meets

    def dismiss(
        self,
        call: Call,
        party_id: str,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        self._do("dismiss", call, party_id, reason, extension)

    @property
    def dismissals(self) -> list[EndReason]:
        """Why the party was told that a call is over for it."""
        return [reason for _call, _party_id, reason, _ in self.of("dismiss")]


class House:
    """An exchange in virtual time, its parties and everything it told."""

    def __init__(self, **settings: float) -> None:
        self.loop = VirtualLoop()
        self.relays = False
        self.exchange = Exchange(
            has_relay=lambda: self.relays,
            **settings,  # type: ignore[arg-type]
        )
        self.recorder = FakeRecorder()
        self.exchange.record_with(self.recorder)
        self.bridge = FakeMedia()
        """Used once `bridges` has been called."""

        self.media: dict[str, FakeMedia] = {}
        self.channels: dict[str, FakeChannel] = {}
        self.told: list[Event] = []
        self.exchange.subscribe(self.told.append)

    # Parties

    def station(self, party_id: str, **fields: Any) -> Party:
        """Add a place in the home; it has no channel."""
        return self._add(Party(party_id, party_id, PartyKind.STATION), fields)

    def screen(self, party_id: str, **fields: Any) -> Party:
        """Add a browser that rings when every screen does."""
        fields = {"rings": True, **fields}
        return self._add(Party(party_id, party_id, PartyKind.SCREEN), fields)

    def contact(self, party_id: str, **fields: Any) -> Party:
        """Add somebody outside."""
        return self._add(Party(party_id, party_id, PartyKind.CONTACT), fields)

    def change(self, party_id: str, **fields: Any) -> None:
        """Change a party as the front does."""
        party = replace(self.exchange.parties[party_id], **fields)
        self.do(self.exchange.update, party)

    def _add(self, party: Party, fields: dict[str, Any]) -> Party:
        party = replace(party, **fields)
        self.media.setdefault(party.id, FakeMedia())
        station = party.kind is PartyKind.STATION
        channel = None if station else self._channel(party.id)
        self.do(self.exchange.register, party, self.media[party.id], channel)
        return party

    def _channel(self, party_id: str) -> FakeChannel:
        return self.channels.setdefault(party_id, FakeChannel(self))

    def bridges(self) -> None:
        """Let Home Assistant bridge from now on."""
        self.exchange.bridge_with(self.bridge)

    # Doing things

    def do(self, command: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a command in the loop and all that it sets off at once."""

        async def run() -> Any:
            result = command(*args, **kwargs)
            return await result if isawaitable(result) else result

        return self.loop.finish(run())

    def begin(
        self, command: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> asyncio.Task[Any]:
        """Run a command as far as it gets without time passing."""

        async def run() -> asyncio.Task[Any]:
            return asyncio.ensure_future(command(*args, **kwargs))

        task = self.do(run)
        assert isinstance(task, asyncio.Task)
        return task

    def refused(
        self, command: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> CallError:
        """Run a command that must fail; return why it did."""
        try:
            self.do(command, *args, **kwargs)
        except CallError as error:
            return error
        raise AssertionError("it was not refused")

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.loop.finish(asyncio.sleep(seconds))

    # Calls

    def call(self, caller: str, *to: str, **fields: Any) -> Call:
        """Begin a call; without callees every screen rings."""
        fields["ring_mode"] = RingMode(fields.get("ring_mode", "first"))
        request = CallRequest(caller, to, ring_everyone=not to, **fields)
        return self.now(self.do(self.exchange.call, request))

    def accept(self, call: Call, *party_ids: str) -> Call:
        """Let parties accept, one after the other."""
        for party_id in party_ids:
            self.do(self.exchange.accept, call.id, party_id)
        return self.now(call)

    def talk(self, caller: str, *to: str, **fields: Any) -> Call:
        """Begin a call that all accept and whose links all work."""
        call = self.accept(self.call(caller, *to, **fields), *to)
        self.report_all(call, CONNECTED)
        return self.now(call)

    def hang_up(self, call: Call, party_id: str | None = None) -> Call:
        """Let a party hang up, or all of ours."""
        self.do(self.exchange.hang_up, call.id, party_id)
        return self.now(call)

    def reject(self, call: Call, party_id: str, **fields: Any) -> Call:
        """Let a party refuse."""
        self.do(self.exchange.reject, call.id, party_id, **fields)
        return self.now(call)

    def now(self, call: Call) -> Call:
        """Return a call as it is now, even if it has ended."""
        known = (*self.exchange.calls, *self.exchange.past_calls)
        return next(found for found in known if found.id == call.id)

    def report_all(self, call: Call, state: ConnectionState) -> None:
        """Have both ends of each link of a call report a state."""
        for link in self.now(call).links.values():
            self.report(call, link.party, link.peer, state)
            self.report(call, link.peer, link.party, state)

    def report_every_end(self, state: ConnectionState) -> None:
        """Have every end of every connection report a state."""
        for media in (*self.media.values(), self.bridge):
            for connection_id, end in tuple(media.ends.items()):
                self.do(self.exchange.report_state, connection_id, end, state)

    def report(self, call: Call, one: str, other: str, state: ConnectionState) -> None:
        """Have the first party's end of a link report a state."""
        for connection_id in self.link(call, one, other).connections:
            self.do(self.exchange.report_state, connection_id, one, state)

    # What there is to see

    def link(self, call: Call, one: str, other: str) -> Link:
        """Return the link of two parties."""
        return self.now(call).links[frozenset((one, other))]

    def member(self, call: Call, party_id: str) -> Member:
        """Return a party's place in a call."""
        return self.now(call).members[party_id]

    def states(self, call: Call) -> dict[str, str]:
        """Return the state of each member."""
        return {id_: m.state.value for id_, m in self.now(call).members.items()}

    def events(self, *types: str) -> list[tuple[str, str, str | None]]:
        """Return type, party and peer of the events told, of some types or all."""
        return [
            (event.type.value, event.party, event.peer)
            for event in self.call_events()
            if not types or event.type in types
        ]

    def call_events(self, *types: str) -> list[CallEvent]:
        """Return the events of calls told so far, of some types or all."""
        events = [event for event in self.told if isinstance(event, CallEvent)]
        return [event for event in events if not types or event.type in types]

    def link_states(self, one: str, other: str) -> list[str]:
        """Return the states that a link was told to have, the first previous first."""
        events = [
            event
            for event in self.told
            if isinstance(event, LinkEvent) and event.link.pair == {one, other}
        ]
        return [event.previous.value for event in events[:1]] + [
            event.link.state.value for event in events
        ]

    def left_over(self) -> list[object]:
        """Return timers and tasks that would still go on."""
        return [*self.loop.timers, *self.loop.tasks]
