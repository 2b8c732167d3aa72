"""Records calls: the port behind which the folders, files and connections are."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import datetime
import logging
from pathlib import Path
from typing import Any, Protocol, override

from ..calls.errors import CallError
from ..calls.model import Call, Candidate, Connection, Description
from ..calls.ports import RecorderPort
from . import engine_room
from .recording.description import CallDescription
from .recording.errors import RecordingError, RecordingProblem
from .recording.recorder import CallRecorder
from .recording.screen import RecordedScreen
from .recording.session import FindEnds, FindStation, RecordedCall
from .reports import CallReports, ConfigureIce, find_way

_LOGGER = logging.getLogger(__name__)


class RecordingReports(CallReports, Protocol):
    """What a recorder needs of the exchange."""

    def recording_ended(self, call_id: str, *, saved: bool) -> None:
        """Take note that a recording had to end."""


type ChooseFolder = Callable[[], Path]
"""Says where recordings go; asked, in a thread, each time one begins."""

type TellProblem = Callable[[RecordingProblem | None], None]
"""Is told what keeps calls from being recorded; None: it works."""


class Recorder(RecorderPort):
    """Records any number of calls.

    Args:
        reports: the exchange.
        station: finds the media of a station.
        ends: finds the ends of a station, or of the bridge.
        folder: where recordings go.
        now: the local time, by which folders are named.
        configure_ice: how connections find their way.
        problem: is told of what nobody else would hear of.
    """

    def __init__(
        self,
        reports: RecordingReports,
        *,
        station: FindStation,
        ends: FindEnds,
        folder: ChooseFolder,
        now: Callable[[], datetime],
        configure_ice: ConfigureIce,
        problem: TellProblem,
    ) -> None:
        self._reports = reports
        self._station = station
        self._ends = ends
        self._folder = folder
        self._now = now
        self._configure_ice = configure_ice
        self._problem = problem
        self._calls: dict[str, RecordedCall] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def shut_down(self) -> None:
        """Wait until everything is released; calls have ended before."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks))

    @override
    async def start(self, call: Call) -> str:
        folder = await asyncio.to_thread(self._folder)
        description = CallDescription(call.id, self._now(), _names(call))
        recorder = CallRecorder(
            folder, description, lambda error: self._failed(call.id, error)
        )
        try:
            await recorder.start()
        except RecordingError as error:
            raise CallError(error.key.value, folder=str(folder)) from error
        assert recorder.path is not None
        recorded = RecordedCall(recorder, call, self._station, self._ends)
        try:
            recorded.follow(call)
        except Exception:
            await recorded.stop(RecordingProblem.CANNOT_WRITE.value)
            raise
        self._problem(None)
        self._calls[call.id] = recorded
        return str(recorder.path)

    @override
    def follow(self, call: Call) -> None:
        if recorded := self._calls.get(call.id):
            recorded.follow(call)

    @override
    async def stop(self, call_id: str, reason: str) -> None:
        if recorded := self._calls.pop(call_id, None):
            for connection_id in tuple(recorded.screens):
                self._close(recorded, connection_id)
            await recorded.stop(reason)

    @override
    def refused(self, error: CallError) -> None:
        if error.key in RecordingProblem:
            self._problem(RecordingProblem(error.key))

    @override
    def open(self, connection: Connection, party_id: str) -> None:
        recorded = self._calls.get(connection.call_id)
        if recorded is None:
            return
        if not engine_room.available:
            _LOGGER.warning("Screens can't be recorded with this version of aiortc")
            return
        configuration = find_way(
            connection, party_id, self._configure_ice, self._reports
        )
        if configuration is None:
            return
        screen = RecordedScreen(
            connection,
            self._reports,
            configuration,
            lambda: recorded.screen_changed(connection.answerer),
        )
        recorded.opened(screen)
        self._spawn(screen.offer())

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        await self._screen(connection_id).describe(description)

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        await self._screen(connection_id).candidate(candidate)

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        for recorded in self._calls.values():
            self._close(recorded, connection_id)

    def _close(self, recorded: RecordedCall, connection_id: str) -> None:
        if screen := recorded.closed(connection_id):
            self._spawn(screen.close())

    def _screen(self, connection_id: str) -> RecordedScreen:
        for recorded in self._calls.values():
            if screen := recorded.screens.get(connection_id):
                return screen
        raise CallError("unknown_connection")

    def _failed(self, call_id: str, error: RecordingError) -> None:
        """Let go of a call whose recording had to end."""
        self._problem(error.key)
        if recorded := self._calls.get(call_id):
            recorded.release()
            saved = error.key is not RecordingProblem.FOLDER_MISSING
            self._reports.recording_ended(call_id, saved=saved)
            for connection_id in tuple(recorded.screens):
                self._close(recorded, connection_id)
            self._calls.pop(call_id, None)

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()):
            _LOGGER.error("A recording's connection failed", exc_info=error)


def _names(call: Call) -> tuple[str, ...]:
    """Return the names of who is in a call, the caller's first."""
    caller = call.members[call.caller].party
    others = (m.party.name for m in call.joined if m.party.id != caller.id)
    return (caller.name, *others)
