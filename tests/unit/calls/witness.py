"""What a test believes of an exchange: only what it was told, and asked for."""

from collections import Counter
from typing import Any

from custom_components.mesh_call.calls.events import (
    CallChanged,
    CallEvent,
    Event,
    LinkEvent,
    PartyChanged,
)
from custom_components.mesh_call.calls.model import PartyStatus

from .fakes import FakeMedia, House

LEGAL = {
    "undefined": {"connecting"},
    "connecting": {"connected", "disconnected", "failed", "closed"},
    "connected": {"completed", "disconnected", "failed", "closed"},
    "completed": {"disconnected", "failed", "closed"},
    "disconnected": {"connecting", "connected", "failed", "closed"},
    "failed": {"connecting", "connected", "disconnected", "closed"},
    "closed": set(),
}


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
