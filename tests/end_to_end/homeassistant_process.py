"""A real Home Assistant in a process of its own, with the demo home in it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import shutil
import sys
import time
from typing import Any

import aiohttp

from demo.configuration import REPOSITORY, DemoHome, write_configuration
from tests.ports import free_port

START_TIMEOUT = 90
STOP_TIMEOUT = 30
CUSTOM_COMPONENTS = Path(__file__).parent / "custom_components"


@dataclass(frozen=True)
class _Access:
    """What lets a program in, until it has to be asked for anew."""

    token: str
    refresh: str
    until: float


@dataclass
class HomeAssistantProcess:
    """The running process, spoken to as an app would."""

    folder: Path
    port: int
    session: aiohttp.ClientSession
    process: asyncio.subprocess.Process | None = None
    wrapper: tuple[str, ...] = ()
    """A command that runs Home Assistant, such as `unshare`."""

    _access: _Access | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and log in."""
        environment = {
            **os.environ,
            "MESH_CALL_LOOPBACK_ONLY": "1",
            "PYTHONPATH": str(REPOSITORY),
        }
        log = (self.folder / "output.log").open("ab")
        program = [sys.executable, "-m", "demo.home_assistant"]
        self.process = await asyncio.create_subprocess_exec(
            *self.wrapper,
            *program,
            *("-c", str(self.folder)),
            stdout=log,
            stderr=log,
            env=environment,
        )
        async with asyncio.timeout(START_TIMEOUT):
            await self._wait_for(self._answers)
            await self._log_in()
            await self._wait_for(self._runs)

    async def stop(self) -> None:
        """End it as a user would and wait for it."""
        if self.process is None or self.process.returncode is not None:
            return
        self.process.terminate()
        try:
            async with asyncio.timeout(STOP_TIMEOUT):
                await self.process.wait()
        except TimeoutError:
            self.process.kill()
            await self.process.wait()
            raise

    async def crash(self) -> None:
        """End it as when its power is cut."""
        assert self.process
        self.process.kill()
        await self.process.wait()
        self._access = None

    async def call_action(self, action: str, **data: Any) -> Any:
        """Perform an action of the domain and return its answer."""
        path = f"/api/services/mesh_call/{action}?return_response"
        return (await self._post(path, data))["service_response"]

    async def act(self, domain: str, action: str, **data: Any) -> None:
        """Perform an action that answers nothing."""
        await self._post(f"/api/services/{domain}/{action}", data)

    async def state(self, entity_id: str) -> str:
        """Return an entity's state."""
        url = f"{self.url}/api/states/{entity_id}"
        async with self.session.get(url, headers=await self._headers()) as response:
            response.raise_for_status()
            state: str = (await response.json())["state"]
            return state

    async def fetch(self, path: str) -> bytes:
        """Return what is found at a path."""
        url = self.url + path
        async with self.session.get(url, headers=await self._headers()) as response:
            response.raise_for_status()
            return await response.read()

    async def introspect(self, what: str = "") -> dict[str, Any]:
        """Return what the process holds: tasks, threads, sockets, objects.

        With `memory` it tells what takes the memory.
        """
        url = f"{self.url}/api/introspection/{what}".rstrip("/")
        async with self.session.get(url) as response:
            response.raise_for_status()
            found: dict[str, Any] = await response.json()
            return found

    def memory(self) -> int:
        """Return how many bytes of the machine's memory it takes."""
        assert self.process is not None
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.partition("VmRSS:")[2].split()[0]) * 1024

    def log(self) -> str:
        """Return all it has printed."""
        return (self.folder / "output.log").read_text()

    async def _wait_for(self, condition: Callable[[], Awaitable[bool]]) -> None:
        assert self.process is not None
        while not await condition():
            if self.process.returncode is not None:
                message = f"Home Assistant ended:\n{self.log()[-4000:]}"
                raise RuntimeError(message)
            await asyncio.sleep(0.2)

    async def _answers(self) -> bool:
        try:
            async with self.session.get(f"{self.url}/manifest.json") as response:
                return response.status == 200
        except aiohttp.ClientError:
            return False

    async def _runs(self) -> bool:
        url = f"{self.url}/api/config"
        async with self.session.get(url, headers=await self._headers()) as response:
            return bool((await response.json())["state"] == "RUNNING")

    async def _log_in(self) -> None:
        client = f"{self.url}/"
        flow = await self._post(
            "/auth/login_flow",
            {
                "client_id": client,
                "handler": ["trusted_networks", None],
                "redirect_uri": f"{client}?auth_callback=1",
            },
        )
        self._access = await self._grant(
            grant_type="authorization_code", code=flow["result"]
        )

    async def _grant(self, **data: str) -> _Access:
        """Get a token, which is good for half an hour."""
        data["client_id"] = f"{self.url}/"
        async with self.session.post(f"{self.url}/auth/token", data=data) as response:
            response.raise_for_status()
            answer = await response.json()
        refresh = answer.get("refresh_token") or data["refresh_token"]
        until = time.monotonic() + answer["expires_in"] / 2
        return _Access(answer["access_token"], refresh, until)

    async def token(self) -> str:
        """Return what lets a program in for a while, asking for it anew if need be."""
        access = self._access
        assert access is not None
        if time.monotonic() > access.until:
            access = self._access = await self._grant(
                grant_type="refresh_token", refresh_token=access.refresh
            )
        return access.token

    async def _headers(self) -> dict[str, str]:
        if self._access is None:
            return {}
        return {"Authorization": f"Bearer {await self.token()}"}

    async def _post(self, path: str, data: dict[str, Any]) -> Any:
        headers = await self._headers()
        async with self.session.post(
            self.url + path, json=data, headers=headers
        ) as response:
            if response.status >= 400:
                message = f"{path}: {response.status} {await response.text()}"
                raise RuntimeError(message)
            return await response.json()


@asynccontextmanager
async def running_home(
    folder: Path, doorbell_url: str, more: str = "", wrapper: tuple[str, ...] = ()
) -> AsyncIterator[HomeAssistantProcess]:
    """Run a demo home in `folder` whose front door is at `doorbell_url`.

    `more` is added to its `configuration.yaml`; `wrapper` runs it.
    """
    port = free_port()
    write_configuration(DemoHome(folder, port, doorbell_url.replace(" ", "%20")))
    shutil.copytree(CUSTOM_COMPONENTS, folder / "custom_components", dirs_exist_ok=True)
    with (folder / "configuration.yaml").open("a") as configuration:
        configuration.write(f"\nintrospection:\n{more}")
    async with aiohttp.ClientSession() as session:
        home = HomeAssistantProcess(folder, port, session, wrapper=wrapper)
        try:
            await home.start()
            yield home
        finally:
            await home.stop()
