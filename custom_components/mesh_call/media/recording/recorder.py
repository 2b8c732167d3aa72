"""Records a call: one folder, one file for each member."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
import logging
from pathlib import Path
import time
from typing import Any

from ..stream import Stream
from .archive import Archive
from .description import CallDescription, MemberDescription
from .errors import RecordingError, RecordingProblem
from .intake import Backlog
from .member_intake import MemberIntake

_LOGGER = logging.getLogger(__name__)

WORK_INTERVAL = 2.0
"""Seconds between two visits to the disk, if no group of pictures ends in between. A
visit costs as much as half a second of sound.
"""


class CallRecorder:
    """Writes what the members of a call send, until it is stopped or can't go on.

    All work is done in a thread of its own; the streams notice nothing, neither of
    a slow disk nor of one that fails.

    Args:
        folder: where recordings go; it must be there already.
        call: that is recorded.
        failed: called on the event loop when the recording had to end. What was
            written up to then is kept.
    """

    def __init__(
        self,
        folder: Path,
        call: CallDescription,
        failed: Callable[[RecordingError], None],
    ) -> None:
        self._archive = Archive(folder, call)
        self._failed = failed
        self._members: dict[str, MemberIntake] = {}
        self._backlog = Backlog()
        self._path: Path | None = None
        self._zero = 0.0
        self._reason = ""
        self._stopping = asyncio.Event()
        self._executor = ThreadPoolExecutor(1, "mesh_call recording")
        self._task: asyncio.Task[None] | None = None

    @property
    def path(self) -> Path | None:
        """The folder of the recording, absolute; None before it has begun."""
        return self._path

    @property
    def active(self) -> bool:
        """Whether it is recording."""
        return self._task is not None and not self._stopping.is_set()

    @property
    def dropped_groups(self) -> int:
        """Groups of pictures that a slow disk has cost."""
        return self._backlog.dropped_groups

    async def start(self) -> None:
        """Make the folder and begin; once.

        Raises:
            RecordingError: the folder is missing or can't be written to, or the disk
                is nearly full. Nothing has to be stopped then.
        """
        self._zero = time.monotonic()
        try:
            self._path = await self._in_thread(self._archive.create)
        except BaseException:
            self._executor.shutdown(wait=False)
            raise
        self._task = asyncio.create_task(self._run(), name="mesh_call recording")

    def add_member(
        self,
        party_id: str,
        name: str,
        kind: str,
        video: Stream | None,
        audio: Stream | None,
    ) -> Callable[[], None]:
        """Record a member from now on; returns what ends the member's part.

        For one who is recorded already it replaces the streams; those that stay the
        same go on untouched. Who has left may come back. Streams of a codec that
        can't be recorded are left out. While nothing is recorded it does nothing.

        Args:
            party_id: the member's id.
            name: what users call the member; files are named so.
            kind: station, screen or contact.
            video: H264 or VP8.
            audio: Opus, PCMU or PCMA.
        """
        if not self.active:
            return lambda: None
        if party_id not in self._members:
            self._members[party_id] = self._new_member(party_id, name, kind)
        return self._members[party_id].use(video, audio)

    async def stop(self, reason: str) -> Path:
        """Complete all files and give the folder; may be repeated.

        It raises nothing: what the disk refuses in the end goes to `failed`.

        Args:
            reason: why it ends, for the description.
        """
        assert self._task is not None
        assert self._path is not None
        if self.active:
            self._reason = str(reason)
            self._stopping.set()
            self._backlog.due.set()
        await asyncio.wait((self._task,))
        return self._path

    @property
    def _now(self) -> float:
        """Seconds of the recording."""
        return time.monotonic() - self._zero

    def _new_member(self, party_id: str, name: str, kind: str) -> MemberIntake:
        member = MemberDescription(party_id, name, str(kind))
        files = self._archive.new_files(member)
        self._backlog.put(partial(self._archive.add, member, files))
        return MemberIntake(files, self._backlog, self._zero)

    async def _run(self) -> None:
        try:
            error = await self._finish(await self._record())
            # It is idle, so this takes no time.
            self._executor.shutdown()
        finally:
            self._executor.shutdown(wait=False)
        if error is not None:
            self._tell(error)

    async def _record(self) -> RecordingError | None:
        """Write until told to stop; give what went wrong, if anything did."""
        while not self._stopping.is_set():
            try:
                async with asyncio.timeout(WORK_INTERVAL):
                    await self._backlog.due.wait()
            except TimeoutError:
                pass
            if error := await self._problem_of(self._work()):
                return error
        return None

    async def _finish(self, error: RecordingError | None) -> RecordingError | None:
        self._stopping.set()
        for member in self._members.values():
            member.leave()
        if error is None:
            error = await self._problem_of(self._work())
        reason = self._reason if error is None else error.key.value
        closing = partial(
            self._archive.close, self._now, reason, self._backlog.dropped_groups
        )
        closing_error = await self._problem_of(self._in_thread(closing))
        return error or closing_error

    async def _work(self) -> None:
        for member in self._members.values():
            member.settle()
        jobs = self._backlog.take()
        await self._in_thread(partial(self._archive.work, jobs, self._now))
        self._backlog.done()

    async def _in_thread[T](self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def _problem_of(
        self, work: Coroutine[Any, Any, None]
    ) -> RecordingError | None:
        """Do some work and give what went wrong with it."""
        try:
            await work
        except RecordingError as error:
            return error
        except Exception:
            _LOGGER.exception("Unexpected end of a recording")
            return RecordingError(RecordingProblem.CANNOT_WRITE)
        return None

    def _tell(self, error: RecordingError) -> None:
        _LOGGER.warning("A recording had to end: %s", error.key.value)
        try:
            self._failed(error)
        except Exception:
            _LOGGER.exception("Nobody could be told of the end of a recording")
