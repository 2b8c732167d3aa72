"""A real TURN server on the loopback interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import shutil

import pytest

from tests.ports import free_port, wait_until_it_listens


@dataclass
class TurnServer:
    """Where it listens and who may use it; can be stopped and started again."""

    program: str
    folder: Path
    port: int = field(default_factory=free_port)
    username: str = "mesh"
    credential: str = "relayed"
    process: asyncio.subprocess.Process | None = None

    @property
    def configuration(self) -> str:
        """What `configuration.yaml` says of it."""
        return (
            "\nweb_rtc:\n  ice_servers:\n"
            f"    - url: turn:127.0.0.1:{self.port}\n"
            f"      username: {self.username}\n"
            f"      credential: {self.credential}\n"
        )

    @property
    def of_account(self) -> dict[str, str]:
        """What the form of an account asks of it."""
        return {
            "turn_url": f"turn:127.0.0.1:{self.port}",
            "turn_username": self.username,
            "turn_password": self.credential,
        }

    async def start(self) -> None:
        """Start it and wait until it takes connections."""
        self.process = await asyncio.create_subprocess_exec(
            self.program,
            *("-n", "--no-cli", "--no-tls", "--no-dtls", "--lt-cred-mech"),
            *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"),
            *("--listening-port", str(self.port), "--allow-loopback-peers"),
            *("--user", f"{self.username}:{self.credential}", "--realm", "home"),
            *("--userdb", str(self.folder / "turn.db")),
            *("--pidfile", str(self.folder / "turn.pid")),
            *("--log-file", str(self.folder / "turn.log"), "--simple-log"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await wait_until_it_listens(self.port)

    async def stop(self) -> None:
        """End it, and with it every way through it."""
        if self.process and self.process.returncode is None:
            self.process.kill()
            await self.process.wait()


@asynccontextmanager
async def running_turn_server(folder: Path) -> AsyncIterator[TurnServer]:
    """Run coturn; skips the test where it is missing, fails where `CI` is set."""
    if not (program := shutil.which("turnserver")):
        if os.environ.get("CI"):
            pytest.fail("coturn is not installed (scripts/setup system)")
        pytest.skip("coturn is not installed (scripts/setup system)")
    server = TurnServer(program, folder)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
