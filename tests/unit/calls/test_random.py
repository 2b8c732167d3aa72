"""Thousands of ways in which commands, signals, reports and failures may mix.

By default the same ones are tried each time; `MESH_CALL_RANDOM_EXAMPLES` sets how many
others are.
"""

from collections import Counter
from functools import reduce
import logging
import os
from typing import Any, override

from hypothesis import HealthCheck, settings
from hypothesis.stateful import invariant
import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.mesh import live_links, worse
from custom_components.mesh_call.calls.model import (
    BRIDGE,
    MAX_JOINED,
    PartyStatus,
    RingMode,
)

from .disorder import KINDS, ONE_ACCOUNT, Disorder
from .witness import Ledger

EXAMPLES = int(os.environ.get("MESH_CALL_RANDOM_EXAMPLES", "1000"))


class AnyOrder(Disorder):
    """What must hold whatever happens."""

    # Whenever it is quiet

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
        """One connection in each call; several calls may ring at a contact."""
        for party_id in ONE_ACCOUNT:
            calls = [c.call_id for c in self.house.media[party_id].links]
            assert len(calls) == len(set(calls))

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


AnyOrder.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=40,
    deadline=None,
    derandomize="MESH_CALL_RANDOM_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)

TestAnyOrder = pytest.mark.timeout(0)(AnyOrder.TestCase)
