"""The recordings of calls: how they begin, whom they follow and how they end.

What stations send and receive the recorder takes from them, what contacts send from
whoever in Home Assistant they are connected to; to each screen one more connection
leads, that only receives.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace
import logging
from weakref import WeakValueDictionary

from .background import Background
from .connections import Connections
from .errors import CallError
from .events import NO_CAUSE, CallEventType, Cause
from .model import Call, Connection, MemberState, PartyKind
from .outbox import Outbox
from .outlets import Outlets, Timings
from .ports import RecorderPort
from .seating import Seating
from .state import State

_LOGGER = logging.getLogger(__name__)

RETRY_DELAY = 5.0
"""Seconds until a screen whose connection failed is connected to again."""

STOPPED_BY_COMMAND = "stopped"


@dataclass(slots=True)
class _Recording:
    """A call that is being recorded."""

    path: str
    connections: dict[str, Connection] = field(default_factory=dict)
    """One for each screen, by its id."""


class Recordings:
    """Starts and stops recordings and lets them follow their calls."""

    def __init__(
        self,
        state: State,
        outbox: Outbox,
        outlets: Outlets,
        connections: Connections,
        seating: Seating,
        background: Background,
        timings: Timings,
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._outlets = outlets
        self._connections = connections
        self._seating = seating
        self._background = background
        self._timings = timings
        self.recorder: RecorderPort | None = None
        self._recordings: dict[str, _Recording] = {}
        self._decided: set[str] = set()
        """Calls of which it is settled whether they are recorded by themselves."""

        self._locks = WeakValueDictionary[str, asyncio.Lock]()
        self._endings: set[asyncio.Task[None]] = set()

    async def start(self, call_id: str, cause: Cause) -> str:
        """Record a call from now on; return the folder.

        Raises:
            CallError: `unknown_call`, `call_ended`, `cannot_record`, `call_is_direct`
                or the recorder's own.
        """
        self._state.call(call_id)
        async with self._lock(call_id):
            call = self._state.call(call_id)
            if call.recording:
                return call.recording
            self._decided.add(call_id)
            recorder = self._require_recorder()
            self._seating.check_recordable(call)
            path = await self._begin(recorder, call)
            try:
                self._seating.check_recordable(self._state.call(call_id))
            except CallError:
                await self._complete(recorder, call_id)
                raise
            with self._outbox.transaction(cause):
                self._recordings[call_id] = _Recording(path)
                self._show(call_id, path)
        return path

    async def stop(self, call_id: str, cause: Cause) -> str:
        """Complete the recording of a call; return the folder.

        Raises:
            CallError: `unknown_call`, `call_ended` or `not_recording`.
        """
        self._state.call(call_id)
        async with self._lock(call_id):
            self._state.call(call_id)
            if not (recording := self._recordings.get(call_id)):
                raise CallError("not_recording")
            await self._complete(self._require_recorder(), call_id)
            # The call's own end, or the disk, may have been quicker.
            on = call_id in self._state.calls
            if on and self._recordings.get(call_id) is recording:
                with self._outbox.transaction(cause):
                    self._forget(call_id)
                    self._tell_saved(self._state.calls[call_id], recording.path)
        return recording.path

    def ended(self, call_id: str, *, saved: bool) -> None:
        """Take note that a recording ended by itself."""
        if call_id not in self._state.calls:
            return
        if recording := self._recordings.get(call_id):
            with self._outbox.transaction():
                self._forget(call_id)
                if saved:
                    self._tell_saved(self._state.calls[call_id], recording.path)

    def settle(self, call: Call) -> None:
        """Let a recording follow its call, or begin where the call wants it."""
        if recording := self._recordings.get(call.id):
            self._follow(call, recording)
        elif call.ended:
            self._decided.discard(call.id)
        elif self._wants(call):
            self._decided.add(call.id)
            self._background.start_task(
                ("record", call.id), self._start_itself(call.id)
            )

    def fail(self, connection: Connection) -> None:
        """Close a screen's connection that can't go on and try another one later."""
        self._connections.close(connection.id)
        call_id, party_id = connection.call_id, connection.answerer
        recording = self._recordings.get(call_id)
        if recording is None or recording.connections.get(party_id) != connection:
            return
        self._background.start_timer(
            ("record", call_id, party_id),
            RETRY_DELAY,
            lambda: self._retry(call_id, party_id),
        )

    def end(self, call_id: str, tell_ended: Callable[[], None]) -> None:
        """Complete the recording of a call that has just ended.

        Args:
            call_id: The call's.
            tell_ended: Tells that it is over: afterwards, for it is told last.
        """
        self._background.cancel_tasks(("record", call_id))
        if call_id not in self._recordings:
            tell_ended()
            return
        cause = self._outbox.cause
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._end(call_id, cause, tell_ended))
        self._endings.add(task)
        task.add_done_callback(self._endings.discard)

    async def close(self) -> None:
        """Wait until the recordings of calls that have ended are complete."""
        if self._endings:
            await asyncio.wait(self._endings)

    async def _end(
        self, call_id: str, cause: Cause, tell_ended: Callable[[], None]
    ) -> None:
        call, path = self._state.latest(call_id), self._recordings[call_id].path
        assert call.reason is not None
        await self._complete(self._require_recorder(), call_id, call.reason.value)
        with self._outbox.transaction(cause):
            del self._recordings[call_id]
            self._decided.discard(call_id)
            self._tell_saved(call, path)
            tell_ended()

    def _require_recorder(self) -> RecorderPort:
        if self.recorder is None:
            raise CallError("cannot_record")
        return self.recorder

    def _lock(self, call_id: str) -> asyncio.Lock:
        return self._locks.setdefault(call_id, asyncio.Lock())

    async def _begin(self, recorder: RecorderPort, call: Call) -> str:
        try:
            async with asyncio.timeout(self._timings.connect_timeout):
                return await recorder.start(call)
        except CallError:
            raise
        except Exception as error:
            _LOGGER.exception("The recorder failed")
            raise CallError("cannot_write") from error

    async def _complete(
        self, recorder: RecorderPort, call_id: str, reason: str = STOPPED_BY_COMMAND
    ) -> None:
        """Have all files completed; a disk that hangs must not hold up a call's end."""
        try:
            async with asyncio.timeout(self._timings.connect_timeout):
                await recorder.stop(call_id, reason)
        except Exception:
            _LOGGER.exception("The recorder failed")

    async def _start_itself(self, call_id: str) -> None:
        try:
            await self.start(call_id, NO_CAUSE)
        except CallError as error:
            if self.recorder and call_id in self._state.calls:
                _LOGGER.debug("A call is not recorded: %s", error.key)
                self.recorder.refused(error)

    def _wants(self, call: Call) -> bool:
        """Whether a call is to be recorded without anybody asking any more."""
        if call.answered is None or call.id in self._decided or self._state.closed:
            return False
        return call.record or any(member.party.record for member in call.joined)

    def _follow(self, call: Call, recording: _Recording) -> None:
        wanted = set() if call.ended else self._screens(call)
        for party_id in recording.connections.keys() - wanted:
            self._disconnect(call.id, recording, party_id)
        if call.ended:
            return
        recorder = self._require_recorder()
        self._outlets.later(lambda: recorder.follow(self._state.latest(call.id)))
        for party_id in sorted(wanted - recording.connections.keys()):
            connection = self._connections.record(call.id, party_id, recorder)
            recording.connections[party_id] = connection

    def _screens(self, call: Call) -> set[str]:
        """Return the screens to be connected to; some may be away for a moment."""
        return {
            member.party.id
            for member in call.joined
            if member.party.kind is PartyKind.SCREEN
            and not self._state.suspended(member.party.id)
        }

    def _disconnect(self, call_id: str, recording: _Recording, party_id: str) -> None:
        self._background.cancel_timer(("record", call_id, party_id))
        self._connections.close(recording.connections.pop(party_id).id)

    def _retry(self, call_id: str, party_id: str) -> None:
        recording = self._recordings[call_id]
        self._disconnect(call_id, recording, party_id)
        self._state.put(self._state.calls[call_id])

    def _show(self, call_id: str, path: str | None) -> None:
        call = self._state.calls[call_id]
        self._state.put(replace(call, recording=path))

    def _forget(self, call_id: str) -> None:
        recording = self._recordings.pop(call_id)
        for party_id in tuple(recording.connections):
            self._disconnect(call_id, recording, party_id)
        self._show(call_id, None)

    def _tell_saved(self, call: Call, path: str) -> None:
        members = call.members.values()
        ours = (m.party.id for m in members if m.party.ours and _took_part(m.state))
        caller = call.members[call.caller].party
        party = caller.id if caller.ours else next(ours, caller.id)
        self._outbox.call_event(CallEventType.RECORDING_SAVED, call, party, path=path)


def _took_part(state: MemberState) -> bool:
    return state in (MemberState.JOINED, MemberState.LEFT, MemberState.FAILED)
