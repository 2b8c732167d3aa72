"""Runs the demo home: a simulated doorbell and Home Assistant with a dashboard."""

from argparse import ArgumentParser
import asyncio
from contextlib import suppress
import errno
import os
from pathlib import Path
import signal
import socket
import sys

import aiohttp

from .configuration import (
    LOUDSPEAKER_WEBHOOK,
    REPOSITORY,
    DemoHome,
    write_configuration,
)
from .doorbell import Doorbell, DoorbellError, running_doorbell
from .visitor import prepare_visitor

FOLDER = REPOSITORY / ".demo"
HTTP_PORT = 8123
START_TIMEOUT = 180
STOP_TIMEOUT = 30


async def main(folder: Path, port: int) -> int:
    """Run until Ctrl-C; returns the exit code."""
    visitor = await asyncio.to_thread(prepare_visitor, folder / "visitor")
    async with running_doorbell(visitor) as doorbell:
        home = DemoHome(folder / "home", _free_port(port), doorbell.url)
        write_configuration(home)
        process = await _start_home_assistant(home)
        stopping = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stopping.set)
        showing = asyncio.create_task(_show(home, doorbell))
        ended = asyncio.create_task(process.wait())
        stopped = asyncio.create_task(stopping.wait())
        await asyncio.wait((ended, stopped), return_when=asyncio.FIRST_COMPLETED)
        showing.cancel()
        await _stop_home_assistant(process)
        return 0 if stopping.is_set() else process.returncode or 0


def _free_port(wish: int) -> int:
    """Return the wished port, or any that is free."""
    for port in (wish, 0):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)) as server:
            free: int = server.getsockname()[1]
            return free
    raise OSError(errno.EADDRINUSE, "no port is free")


async def _start_home_assistant(home: DemoHome) -> asyncio.subprocess.Process:
    environment = {**os.environ, "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-m", "demo.home_assistant", "-c", str(home.folder)]
    # A session of its own: Ctrl-C reaches this process alone, which ends it in order.
    return await asyncio.create_subprocess_exec(
        *command, env=environment, start_new_session=True
    )


async def _stop_home_assistant(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_TIMEOUT):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def _show(home: DemoHome, doorbell: Doorbell) -> None:
    """Say where to look, then keep the loudspeaker's level up to date."""
    address = f"http://127.0.0.1:{home.http_port}"
    async with aiohttp.ClientSession(address) as session:
        async with asyncio.timeout(START_TIMEOUT):
            while not await _answers(session):
                await asyncio.sleep(0.2)
        print(
            "\n  The demo home is ready. Open this address, press the bell, answer:\n\n"
            f"      {address}/front-door/home\n\n"
            "  No login is needed. Ctrl-C ends it.\n",
            flush=True,
        )
        while True:
            await _tell_level(session, await _next_level(doorbell))


async def _answers(session: aiohttp.ClientSession) -> bool:
    try:
        async with session.get("/front-door/home") as response:
            return response.status == 200
    except aiohttp.ClientError:
        return False


async def _next_level(doorbell: Doorbell) -> int:
    """Wait for the loudspeaker; when nothing comes from it, it is silent."""
    try:
        async with asyncio.timeout(2):
            return await doorbell.levels.get()
    except TimeoutError:
        return 0


async def _tell_level(session: aiohttp.ClientSession, level: int) -> None:
    with suppress(aiohttp.ClientError):
        path = f"/api/webhook/{LOUDSPEAKER_WEBHOOK}"
        async with session.post(path, json={"level": level}):
            pass


if __name__ == "__main__":
    parser = ArgumentParser(prog="scripts/develop", description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where it is kept")
    parser.add_argument("--port", type=int, default=HTTP_PORT, help="if it is free")
    options = parser.parse_args()
    try:
        sys.exit(asyncio.run(main(options.folder.resolve(), options.port)))
    except DoorbellError as error:
        sys.exit(str(error))
