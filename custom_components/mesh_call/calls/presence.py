"""Parties come, change, go for a moment and go for good."""

from dataclasses import replace

from .background import Background
from .controls import Controls
from .departures import Departures
from .invitations import Invitations
from .legs import Legs
from .links import Links
from .model import Call, EndReason, Member, MemberState, Party
from .outlets import Timings
from .ports import Channel, MediaPort
from .state import Registration, State


class Presence:
    """Keeps who there is, and lets calls follow."""

    def __init__(
        self,
        state: State,
        background: Background,
        legs: Legs,
        links: Links,
        invitations: Invitations,
        departures: Departures,
        controls: Controls,
        timings: Timings,
    ) -> None:
        self._state = state
        self._background = background
        self._legs = legs
        self._links = links
        self._invitations = invitations
        self._departures = departures
        self._controls = controls
        self._timings = timings

    def register(
        self, party: Party, media: MediaPort, channel: Channel | None
    ) -> Registration:
        """Take a party in; it rings where every screen does."""
        self.unregister(party.id, EndReason.FAILED)
        registration = Registration(party, media, channel)
        self._state.registrations[party.id] = registration
        self._state.touch(party.id)
        self._invitations.newcomer(party)
        return registration

    def update(self, party: Party) -> None:
        """Take over what has changed of a party; raises CallError `unknown_party`."""
        registration = self._state.registration(party.id)
        if registration.party == party:
            return
        recap = registration.party.max_bandwidth != party.max_bandwidth
        registration.party = party
        self._state.touch(party.id)
        for call, member in self._places(party.id):
            self._state.put_member(call.id, replace(member, party=party))
            if recap and member.state is MemberState.JOINED:
                self._controls.recap(call.id, party.id)
            if member.state.pending and registration.joining != call.id:
                self._reconsider(call.id, party, member.state)
        self._invitations.newcomer(party)

    def unregister(self, party_id: str, reason: EndReason) -> None:
        """Take a party out for good, and out of its calls."""
        if party_id not in self._state.registrations:
            return
        # What it bridges goes along with it: nothing can be had of it any more.
        self._state.registrations[party_id].suspended = True
        state = MemberState.FAILED if reason is EndReason.FAILED else MemberState.LEFT
        for call, member in self._places(party_id):
            if member.state.pending:
                self._invitations.vanish(call.id, party_id)
            elif member.state is MemberState.JOINED:
                self._departures.leave(call.id, (party_id,), state, reason)
        self._links.lose(party_id)
        del self._state.registrations[party_id]
        self._state.touch(party_id)

    def suspend(self, party_id: str) -> None:
        """Take note that a party is out of reach; see `Exchange.suspend`."""
        registration = self._state.registrations.get(party_id)
        if registration is None or registration.suspended:
            return
        registration.suspended = True
        self._state.touch(party_id)
        self._invitations.suspend(party_id)
        call = self._state.joined_call(party_id)
        self._links.lose(party_id, but_in=call.id if call else None)
        if call:
            # A page that is loaded anew shares nothing; one that still does says so.
            member = replace(call.members[party_id], sharing=False)
            self._state.put_member(call.id, member)
            self._legs.suspend(call.id, party_id)
            self._background.start_timer(
                ("return", party_id),
                self._timings.return_timeout,
                lambda: self._give_up(call.id, party_id),
            )

    def resume(self, party_id: str) -> None:
        """Take note that a party is back; see `Exchange.resume`."""
        registration = self._state.registrations.get(party_id)
        if registration is None or not registration.suspended:
            return
        registration.suspended = False
        self._state.touch(party_id)
        self._background.cancel_timer(("return", party_id))
        self._invitations.resume(party_id)
        if call := self._state.joined_call(party_id):
            # What was closed for want of an end may be opened again.
            self._state.put(call)
            self._legs.resume(call.id, party_id)
            self._controls.restore(call.id, party_id)

    def _reconsider(self, call_id: str, party: Party, state: MemberState) -> None:
        """Let a ring follow a change of mind of the party where it rings."""
        if party.do_not_disturb:
            self._invitations.disturb_no_more(call_id, party.id)
        elif state is MemberState.RINGING:
            self._invitations.answer_itself(call_id, party)

    def _give_up(self, call_id: str, party_id: str) -> None:
        failed = MemberState.FAILED, EndReason.FAILED
        self._departures.leave(call_id, (party_id,), *failed)

    def _places(self, party_id: str) -> tuple[tuple[Call, Member], ...]:
        """Return the calls that know a party, with its place in them."""
        return tuple(
            (call, call.members[party_id])
            for call in self._state.calls.values()
            if party_id in call.members
        )
