"""A real TURN server on the loopback interface."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import os
from pathlib import Path
import shutil

import pytest

from tests.ports import free_port, wait_until_it_listens


@dataclass(frozen=True)
class TurnServer:
    """Where it listens and who may use it."""

    port: int
    username: str = "mesh"
    credential: str = "relayed"

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


@asynccontextmanager
async def running_turn_server(folder: Path) -> AsyncIterator[TurnServer]:
    """Run coturn; skips the test where it is missing, fails where `CI` is set."""
    if not (program := shutil.which("turnserver")):
        if os.environ.get("CI"):
            pytest.fail("coturn is not installed (scripts/setup system)")
        pytest.skip("coturn is not installed (scripts/setup system)")
    server = TurnServer(free_port())
    process = await asyncio.create_subprocess_exec(
        program,
        *("-n", "--no-cli", "--no-tls", "--no-dtls", "--lt-cred-mech"),
        *("--listening-ip", "127.0.0.1", "--relay-ip", "127.0.0.1"),
        *("--listening-port", str(server.port), "--allow-loopback-peers"),
        *("--user", f"{server.username}:{server.credential}", "--realm", "home"),
        *("--userdb", str(folder / "turn.db"), "--pidfile", str(folder / "turn.pid")),
        *("--log-file", str(folder / "turn.log"), "--simple-log"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await wait_until_it_listens(server.port)
        yield server
    finally:
        process.terminate()
        await process.wait()
