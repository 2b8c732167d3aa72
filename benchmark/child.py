"""Runs a program beside this one, speaks with it in lines and ends it."""

import asyncio
from collections.abc import Sequence
import json
import os
from pathlib import Path
from typing import Any, Self

REPOSITORY = Path(__file__).parent.parent
SYSTEM_PYTHON = "/usr/bin/python3"

_STOP_TIMEOUT = 5.0
_ANSWER_TIMEOUT = 30.0
_LINE_LIMIT = 1 << 26
"""Bytes; what receivers saw in ten minutes comes as one line."""


class Child:
    """A running program."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        """Take a process that was just started."""
        self._process = process
        self._log = log
        self._turn = asyncio.Lock()

    @classmethod
    async def start(
        cls, *command: str, log: Path, environment: dict[str, str] | None = None
    ) -> Self:
        """Start a program; what it complains about goes to `log`."""
        with log.open("ab") as errors:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=errors,
                cwd=REPOSITORY,
                env={**os.environ, **(environment or {})},
                limit=_LINE_LIMIT,
            )
        return cls(process, log)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    async def line(self, timeout: float = _ANSWER_TIMEOUT) -> str:
        """Wait for the next line it prints.

        Raises:
            RuntimeError: it has ended.
            TimeoutError: it says nothing.
        """
        assert self._process.stdout is not None
        async with asyncio.timeout(timeout):
            line = await self._process.stdout.readline()
        if not line:
            complaint = self._log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"a program of the benchmark has ended: {complaint}")
        return line.decode().strip()

    async def ask(self, timeout: float = _ANSWER_TIMEOUT, **request: Any) -> Any:
        """Send a request as a line of JSON and wait for the answer."""
        assert self._process.stdin is not None
        async with self._turn:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            return json.loads(await self.line(timeout))

    async def stop(self) -> None:
        """End it; it is gone afterwards, whatever it does."""
        if self._process.returncode is None:
            self._process.terminate()
        drain = asyncio.create_task(self._drain())
        try:
            async with asyncio.timeout(_STOP_TIMEOUT):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        finally:
            await drain

    async def _drain(self) -> None:
        assert self._process.stdout is not None
        while await self._process.stdout.read(1 << 16):
            pass


def module(name: str, python: str, arguments: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the command that runs a module of this package."""
    return (python, "-m", f"benchmark.{name}", *arguments)
