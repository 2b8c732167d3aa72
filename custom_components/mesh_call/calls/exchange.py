"""The single owner of all call state.

Commands and signals come in here; what they mean is decided by the parts below it.
Each changes the state inside a transaction; what follows for the ports and for the
listeners happens when the state is final.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from . import extension as extensions
from .devices import DeviceKind
from .events import NO_CAUSE, Cause
from .model import (
    NO_EXTENSION,
    Call,
    CallRequest,
    Candidate,
    ConnectionState,
    Description,
    EndReason,
    Extension,
    Party,
    PartyStatus,
    RejectReason,
)
from .outbox import Listener
from .parts import Parts
from .ports import Channel, ConnectionPort, MediaPort, RecorderPort
from .status import status_of


def utcnow() -> datetime:
    """Return the time by which calls are dated."""
    return datetime.now(UTC)


class Exchange:
    """Takes commands and signals, owns the calls and tells what happens.

    The settings are seconds and may be changed at any time; what waits already, waits
    by the old ones. Every CallError leaves everything as it was.
    """

    def __init__(
        self,
        *,
        ring_timeout: float = 60,
        disconnect_timeout: float = 30,
        connect_timeout: float = 30,
        return_timeout: float = 15,
        now: Callable[[], datetime] = utcnow,
        has_relay: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make an exchange without any parties; `has_relay` knows of relay servers."""
        self.ring_timeout = ring_timeout
        self.disconnect_timeout = disconnect_timeout
        self.connect_timeout = connect_timeout
        self.return_timeout = return_timeout
        parts = self._parts = Parts(self, now, has_relay)
        self._state = parts.state
        self._outbox = parts.outbox

    def record_with(self, recorder: RecorderPort) -> None:
        """Set what records calls."""
        self._parts.recordings.recorder = recorder

    def bridge_with(self, bridge: ConnectionPort) -> None:
        """Set what bridges where no station does; without it nothing is bridged."""
        self._state.bridge = bridge

    # Parties

    def register(
        self, party: Party, media: MediaPort, channel: Channel | None = None
    ) -> Callable[[], None]:
        """Take a party in; what is returned takes it out again.

        Whoever had the same id before is taken out first. Without a channel the party
        rings as soon as it is called.
        """
        with self._outbox.transaction():
            registration = self._parts.presence.register(party, media, channel)

        def unregister() -> None:
            if self._state.registrations.get(party.id) is registration:
                self.unregister(party.id)

        return unregister

    def update(self, party: Party, cause: Cause = NO_CAUSE) -> None:
        """Take over what has changed of a party; raises CallError `unknown_party`."""
        with self._outbox.transaction(cause):
            self._parts.presence.update(party)

    def unregister(self, party_id: str, reason: EndReason = EndReason.FAILED) -> None:
        """Take a party out for good; it leaves its calls. Safe to repeat."""
        with self._outbox.transaction():
            self._parts.presence.unregister(party_id, reason)

    def suspend(self, party_id: str) -> None:
        """Take note that a party is out of reach, maybe for a moment only.

        Its links are disconnected, its rings unseen; it has `return_timeout` to be back
        in a call that it is joined in.
        """
        with self._outbox.transaction():
            self._parts.presence.suspend(party_id)

    def resume(self, party_id: str) -> None:
        """Take note that a party is back: its links connect afresh, its calls ring."""
        with self._outbox.transaction():
            self._parts.presence.resume(party_id)

    # What there is

    @property
    def parties(self) -> Mapping[str, Party]:
        """Everybody there is, by id."""
        return {id_: known.party for id_, known in self._state.registrations.items()}

    @property
    def calls(self) -> tuple[Call, ...]:
        """The calls that are on, oldest first."""
        return tuple(self._state.calls.values())

    @property
    def past_calls(self) -> tuple[Call, ...]:
        """The calls that ended last, oldest first."""
        return self._state.past.all

    def call_by_id(self, call_id: str) -> Call:
        """Return a call that is on; raises CallError `call_ended`, `unknown_call`."""
        return self._state.call(call_id)

    def status(self, party_id: str) -> PartyStatus:
        """Return where a party stands; unknown ones are idle."""
        return status_of(self._state, party_id)

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener all that happens, until what is returned is called."""
        return self._outbox.subscribe(listener)

    # Commands

    async def call(self, request: CallRequest, cause: Cause = NO_CAUSE) -> Call:
        """Begin a call; if a callee is calling the caller already, accept that one.

        Raises:
            CallError: `unknown_party`, `call_yourself`, `party_busy`,
                `party_unavailable`, `nobody_to_call`, `no_media`,
                `invalid_extension`, `no_relay`, `contact_is_taken`, `call_is_direct`,
                `cannot_meet`, `call_full`, `stopped` or what the caller's end says.
        """
        extension = extensions.validated(request.extension)
        request = replace(request, extension=extension)
        return await self._parts.dialing.call(request, _by(request.caller, cause))

    async def accept(
        self,
        call_id: str,
        party_id: str,
        *,
        extension: Extension = NO_EXTENSION,
        cause: Cause = NO_CAUSE,
    ) -> None:
        """Let an invited party join a call; it hangs up another one it is in.

        Raises:
            CallError: `unknown_call`, `call_ended`, `not_in_call`, `already_in_call`,
                `answered_elsewhere`, `not_ringing`, `call_full`, `contact_is_taken`,
                `call_is_direct`, `party_busy`, `party_unavailable`, `unknown_party`,
                `invalid_extension`, `stopped` or what the party's end says.
        """
        valid = extensions.validated(extension)
        await self._parts.joining.accept(call_id, party_id, valid, _by(party_id, cause))

    def reject(
        self,
        call_id: str,
        party_id: str,
        *,
        reason: RejectReason = RejectReason.DECLINED,
        extension: Extension = NO_EXTENSION,
        cause: Cause = NO_CAUSE,
    ) -> None:
        """Let an invited party refuse a call.

        Raises:
            CallError: `unknown_call`, `call_ended`, `not_in_call`, `not_ringing` or
                `invalid_extension`.
        """
        valid = extensions.validated(extension)
        with self._outbox.transaction(_by(party_id, cause)):
            self._parts.departures.reject(call_id, party_id, reason, valid)

    def hang_up(
        self,
        call_id: str,
        party_id: str | None = None,
        *,
        extension: Extension = NO_EXTENSION,
        cause: Cause = NO_CAUSE,
    ) -> None:
        """Let a party leave a call, or all of ours if none is named.

        Whoever began the call ends it for all; a party at which it rings refuses.

        Raises:
            CallError: `unknown_call`, `call_ended`, `not_in_call` or
                `invalid_extension`.
        """
        valid = extensions.validated(extension)
        with self._outbox.transaction(_by(party_id, cause)):
            if party_id is None:
                self._parts.departures.hang_up_all(call_id, valid)
            else:
                self._parts.departures.hang_up(call_id, party_id, valid)

    def add_party(
        self, call_id: str, to: tuple[str, ...], cause: Cause = NO_CAUSE
    ) -> None:
        """Call more parties into a call.

        Raises:
            CallError: `unknown_call`, `call_ended`, `call_full`, `unknown_party`,
                `nobody_to_call`, `already_in_call`, `party_busy`, `no_relay`,
                `contact_is_taken`, `call_is_direct` or `cannot_meet`.
        """
        self._parts.dialing.add(call_id, to, cause)

    async def mute(
        self,
        call_id: str,
        party_id: str,
        *,
        audio: bool | None = None,
        video: bool | None = None,
        cause: Cause = NO_CAUSE,
    ) -> None:
        """Mute or unmute what a joined party sends; None leaves what is.

        Raises:
            CallError: `unknown_call`, `call_ended`, `not_in_call`, `nothing_to_mute`,
                `party_unavailable` or what the party's end says.
        """
        await self._parts.controls.mute(call_id, party_id, audio, video, cause)

    async def set_max_bandwidth(
        self,
        call_id: str,
        party_id: str,
        max_bandwidth: int,
        cause: Cause = NO_CAUSE,
    ) -> None:
        """Cap what a joined party sends, in kbit/s; 0 lifts the cap.

        Raises:
            CallError: `unknown_call`, `call_ended`, `not_in_call`,
                `party_unavailable` or what the party's end says.
        """
        await self._parts.controls.limit(call_id, party_id, max_bandwidth, cause)

    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        """Let a party use another device, given by id or name.

        Raises:
            CallError: `unknown_party`, `no_devices`, `unknown_device`,
                `party_unavailable` or what the party's end says.
        """
        await self._parts.controls.switch(party_id, kind, device)

    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        """Ask a joined party to share something, or with None to stop.

        Raises:
            CallError: `unknown_call`, `call_ended`, `not_in_call`, `cannot_share`,
                `party_unavailable` or what the party's end says.
        """
        await self._parts.controls.share(call_id, party_id, source)

    async def start_recording(self, call_id: str, cause: Cause = NO_CAUSE) -> str:
        """Record a call from now on, if it isn't already; return the folder.

        Raises:
            CallError: `unknown_call`, `call_ended`, `cannot_record`, `call_is_direct`
                or what the disk says.
        """
        return await self._parts.recordings.start(call_id, cause)

    async def stop_recording(self, call_id: str, cause: Cause = NO_CAUSE) -> str:
        """Complete the recording of a call; return the folder.

        Raises:
            CallError: `unknown_call`, `call_ended` or `not_recording`.
        """
        return await self._parts.recordings.stop(call_id, cause)

    async def close(self) -> None:
        """End every call with reason `stopped` and let nothing begin any more."""
        self._state.closed = True
        with self._outbox.transaction():
            for call_id in tuple(self._state.calls):
                self._parts.departures.end(call_id, EndReason.STOPPED)
        await self._parts.recordings.close()
        await self._parts.background.close()

    # Signals

    def ringing(self, call_id: str, party_id: str) -> None:
        """Take note that a party rings; a late signal means nothing."""
        self._parts.ringing(call_id, party_id)

    def report_sharing(
        self, call_id: str, party_id: str, *, on: bool, cause: Cause = NO_CAUSE
    ) -> None:
        """Take note that a party shares something, or no longer.

        Raises:
            CallError: `unknown_call`, `call_ended` or `not_in_call`.
        """
        self._parts.controls.report_sharing(
            call_id, party_id, on=on, cause=_by(party_id, cause)
        )

    def report_viewers(self, call_id: str, party_id: str, count: int) -> None:
        """Take note how many watch a call in a joined party's place.

        Raises:
            CallError: `unknown_call`, `call_ended` or `not_in_call`.
        """
        self._parts.controls.report_viewers(call_id, party_id, count)

    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        """Hand one end's session description to the other.

        Raises:
            CallError: `unknown_connection`, `party_unavailable` or what the other end
                says.
        """
        await self._parts.connections.describe(connection_id, party_id, description)

    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        """Hand one end's candidate to the other; raises CallError like `describe`."""
        await self._parts.connections.candidate(connection_id, party_id, candidate)

    def report_state(
        self, connection_id: str, party_id: str, state: ConnectionState
    ) -> None:
        """Take the state of a connection at one end; a late report means nothing."""
        self._parts.report_state(connection_id, party_id, state)

    def report_media(self, connection_id: str, party_id: str) -> None:
        """Take note that sound or picture arrives at an end of a connection."""
        self._parts.report_media(connection_id, party_id)

    def report_silence(
        self, connection_id: str, party_id: str, *, silent: bool
    ) -> None:
        """Take note that an end of a connection gets digital silence, or sound again.

        So it is seen that a contact is muted, who has no word for it.
        """
        self._parts.report_silence(connection_id, party_id, silent=silent)

    def recording_ended(self, call_id: str, *, saved: bool) -> None:
        """Take note that the recording of a call had to end; the call goes on.

        Args:
            call_id: A call that was recorded.
            saved: Whether what was recorded up to now can be found.
        """
        self._parts.recordings.ended(call_id, saved=saved)


def _by(party_id: str | None, cause: Cause) -> Cause:
    """Return a cause that names who acts, unless it names somebody already."""
    return cause if cause.party else replace(cause, party=party_id)
