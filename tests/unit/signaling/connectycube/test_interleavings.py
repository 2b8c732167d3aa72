"""Signals that are lost, repeated and late, and everybody doing anything.

By default the same ways are tried each time; `MESH_CALL_RANDOM_EXAMPLES` sets how
many others are.
"""

import logging
import os
from random import Random
from typing import Any, override

from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import (
    AutoAnswer,
    CallRequest,
    ConnectionState,
    RingMode,
)

from .network import World
from .sdk_peer import SdkPeer

EXAMPLES = int(os.environ.get("MESH_CALL_RANDOM_EXAMPLES", "150"))
HOME = 103
USERS = (101, 102, 107)

users = st.sampled_from(USERS)
ours = st.sampled_from(["tablet", "phone", "door"])
places = st.integers(0, 100)


class AnyWire(RuleBasedStateMachine):
    """A home and three apps on a server that may lose its mind."""

    def __init__(self) -> None:
        super().__init__()
        logging.disable(logging.CRITICAL)
        self.world = World(HOME)
        self.house = self.world.house
        self.sessions = 0
        for user_id in USERS:
            self.world.app(user_id)

    @initialize(seed=st.integers(0, 1000), trouble=st.sampled_from([0, 0, 10, 30]))
    def begin(self, seed: int, trouble: int) -> None:
        random = Random(seed)

        def fate(*_signal: object) -> list[float]:
            if random.randrange(100) >= trouble:
                return [0.0]
            return random.choice([[], [0.0, 0.1], [3.0], [0.0, 7.0]])

        self.world.network.fate = fate

    # What apps do

    @rule(user_id=users, group=st.booleans(), video=st.booleans())
    def an_app_calls(self, user_id: int, group: bool, video: bool) -> None:
        self.sessions += 1
        others = [other for other in USERS if other != user_id]
        opponents = (HOME, *others) if group else (HOME,)
        session_id = f"session-{self.sessions}"
        self.world.do(
            self.app(user_id).call, *opponents, session_id=session_id, v=video
        )

    @rule(user_id=users)
    def an_app_accepts(self, user_id: int) -> None:
        for session in self.app(user_id).ringing[:1]:
            self.world.do(self.app(user_id).accept, session, by=str(user_id))

    @rule(user_id=users)
    def an_app_rejects(self, user_id: int) -> None:
        for session in self.app(user_id).ringing[:1]:
            self.world.do(self.app(user_id).reject, session)

    @rule(user_id=users)
    def an_app_stops(self, user_id: int) -> None:
        for session in self.app(user_id).active[:1]:
            self.world.do(self.app(user_id).stop, session)

    @rule(user_id=users)
    def an_app_restarts(self, user_id: int) -> None:
        for session in self.app(user_id).active:
            pc = session.pcs.get(HOME)
            if pc and pc.offers and pc.agreed:
                self.world.do(self.app(user_id).restart, session, HOME)

    # What the home does

    @rule(
        caller=ours,
        to=st.lists(users, min_size=1, max_size=3, unique=True),
        ring_mode=st.sampled_from(RingMode),
    )
    def we_call(self, caller: str, to: list[int], ring_mode: RingMode) -> None:
        called = tuple(f"connectycube:{user_id}" for user_id in to)
        self.attempt(
            self.house.exchange.call, CallRequest(caller, called, ring_mode=ring_mode)
        )

    @rule(party_id=ours)
    def we_accept(self, party_id: str) -> None:
        for call in self.house.exchange.calls:
            self.attempt(self.house.exchange.accept, call.id, party_id)

    @rule(place=places)
    def we_hang_up(self, place: int) -> None:
        if calls := self.house.exchange.calls:
            call = calls[place % len(calls)]
            self.attempt(self.house.exchange.hang_up, call.id)

    @rule(place=places, user_id=users)
    def we_add(self, place: int, user_id: int) -> None:
        if calls := self.house.exchange.calls:
            call, party_id = calls[place % len(calls)], f"connectycube:{user_id}"
            self.attempt(self.house.exchange.add_party, call.id, (party_id,))

    @rule(policy=st.sampled_from(AutoAnswer), may=st.booleans())
    def the_door_answers(self, policy: AutoAnswer, may: bool) -> None:
        self.house.change("door", auto_answer=policy)
        for user_id in USERS:
            if f"connectycube:{user_id}" in self.house.exchange.parties:
                self.house.change(f"connectycube:{user_id}", may_drop_in=may)

    @rule(party_id=st.sampled_from(["tablet", "phone"]))
    def a_page_is_loaded_anew(self, party_id: str) -> None:
        self.world.do(self.house.exchange.suspend, party_id)
        self.world.do(self.house.exchange.resume, party_id)

    @rule(party_id=ours)
    def a_path_is_lost(self, party_id: str) -> None:
        for connection in self.house.peer_media(party_id).links:
            self.world.do(
                self.house.exchange.report_state,
                connection.id,
                party_id,
                ConnectionState.FAILED,
            )

    @rule(connected=st.booleans())
    def the_wire(self, connected: bool) -> None:
        self.house.wire.connected = connected

    @rule(seconds=st.sampled_from([1, 6, 35, 61]))
    def wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    # What must hold

    @invariant()
    def nothing_crashes(self) -> None:
        assert self.house.loop.crashes == []

    @invariant()
    def sessions_belong_to_calls(self) -> None:
        calls = {call.id for call in self.house.exchange.calls}
        for session in self.house.dialect._ledger.sessions.values():
            assert session.call_id is None or session.call_id in calls
            assert session.live

    @invariant()
    def one_ring_for_a_session(self) -> None:
        for app in self.world.apps.values():
            rung = [event[1] for event in app.events if event[0] == "call"]
            assert len(rung) == len(set(rung))

    @invariant()
    def a_pair_has_one_session(self) -> None:
        for call in self.house.exchange.calls:
            sessions = self.house.dialect._ledger.sessions.values()
            mine = [s for s in sessions if s.call_id == call.id]
            places = [peer.party_id for session in mine for peer in session.live]
            assert len(places) == len(set(places))

    # How it ends

    @override
    def teardown(self) -> None:
        try:
            self.world.network.fate = lambda *_: [0.0]
            self.house.wire.connected = True
            self.world.wait(200)
            self.ends_agree()
            self.world.close()
            dialect = self.house.dialect
            assert dialect._ledger._ends == {}
            assert dialect._contacts._users == dialect._contacts._made == {}
        finally:
            logging.disable(logging.NOTSET)

    def ends_agree(self) -> None:
        """Check that whoever is shown as linked really is."""
        for call in self.house.exchange.calls:
            for link in call.links.values():
                if link.state.working:
                    (party_id,) = (id_ for id_ in link.pair if ":" not in id_)
                    assert self.house.agreed(party_id)

    def app(self, user_id: int) -> SdkPeer:
        return self.world.apps[user_id]

    def attempt(self, command: Any, *args: Any, **kwargs: Any) -> None:
        """Do what may be refused."""
        try:
            self.world.do(command, *args, **kwargs)
        except CallError:
            pass


AnyWire.TestCase.settings = settings(
    max_examples=EXAMPLES,
    stateful_step_count=25,
    deadline=None,
    derandomize="MESH_CALL_RANDOM_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)

TestAnyWire = pytest.mark.timeout(0)(AnyWire.TestCase)
