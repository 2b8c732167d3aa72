"""Janus: its streaming plugin with the camera as an RTSP mountpoint."""

import asyncio
import os
from pathlib import Path
import secrets
import shutil
from typing import Any, override

import aiohttp

from tests.ports import free_port

from ..child import Child
from ..network import INNER_ADDRESS, isolated
from .base import Answer, Forwarder

_START_TIMEOUT = 15.0

_MAIN = """\
general: {{
  configs_folder = "{folder}"
  plugins_folder = "{folder}/plugins"
  transports_folder = "{folder}/transports"
  events_folder = "{folder}/none"
  loggers_folder = "{folder}/none"
  debug_level = 4
  session_timeout = 0
}}
nat: {{
  ice_enforce_list = "{address}"
}}
"""
_HTTP = """\
general: {{
  http = true
  port = {port}
  ip = "127.0.0.1"
  https = false
}}
admin: {{
  admin_http = false
}}
"""
# Its RTSP client knows UDP only.
_CAMERA = """\
camera: {{
  type = "rtsp"
  id = 1
  audio = true
  video = true
  url = "{url}"
}}
"""


class JanusForwarder(Forwarder):
    """The Debian package, with a configuration of its own."""

    name = "janus"

    def __init__(self) -> None:
        """Prepare."""
        self._child: Child | None = None
        self._client: aiohttp.ClientSession | None = None
        self._url = ""
        self._waiting: asyncio.Task[None] | None = None
        self._offers: dict[int, asyncio.Future[str]] = {}

    @classmethod
    @override
    async def missing(cls) -> str | None:
        if not shutil.which("janus"):
            return "Janus (package janus)"
        # It takes no loopback address, and nothing may leave this machine.
        return None if isolated() else "Janus: a network namespace"

    @override
    async def start(self, camera_url: str, folder: Path) -> None:
        configuration = folder / "janus"
        port = free_port()
        await asyncio.to_thread(_configure, configuration, camera_url, port)
        self._child = await Child.start(
            *("janus", "-F", str(configuration)),
            # Its standard output nobody reads.
            *("--disable-stdout", "--log-file", str(folder / "janus.log")),
            log=folder / "janus.errors.log",
        )
        self._client = aiohttp.ClientSession()
        self._url = f"http://127.0.0.1:{port}/janus"
        async with asyncio.timeout(_START_TIMEOUT):
            session = await self._create_session()
        self._url += f"/{session}"
        self._waiting = asyncio.create_task(self._listen())

    @property
    @override
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @override
    async def add_peers(self, answers: list[Answer]) -> None:
        for answer in answers:
            attached = await self._post("", janus="attach", plugin=_PLUGIN)
            handle = attached["data"]["id"]
            offered = asyncio.get_running_loop().create_future()
            self._offers[handle] = offered
            await self._message(handle, {"request": "watch", "id": 1})
            async with asyncio.timeout(_START_TIMEOUT):
                offer = await offered
            jsep = {"type": "answer", "sdp": await answer(offer)}
            await self._message(handle, {"request": "start"}, jsep=jsep)

    @override
    async def stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            await asyncio.wait((self._waiting,))
        if self._client is not None:
            await self._client.close()
        if self._child is not None:
            await self._child.stop()

    async def _create_session(self) -> int:
        while True:
            try:
                created = await self._post("", janus="create")
            except aiohttp.ClientError:
                await asyncio.sleep(0.1)
                continue
            session: int = created["data"]["id"]
            return session

    async def _message(self, handle: int, body: dict[str, Any], **more: Any) -> None:
        await self._post(f"/{handle}", janus="message", body=body, **more)

    async def _post(self, path: str, **request: Any) -> Any:
        assert self._client is not None
        request["transaction"] = secrets.token_hex(8)
        async with self._client.post(self._url + path, json=request) as response:
            return await response.json()

    async def _listen(self) -> None:
        """Take its events: they come as answers to waiting requests."""
        assert self._client is not None
        while True:
            async with self._client.get(self._url) as response:
                event = await response.json()
            offered = self._offers.get(event.get("sender"))
            if offered is None or offered.done():
                continue
            if "jsep" in event:
                offered.set_result(event["jsep"]["sdp"])
            elif error := event.get("plugindata", {}).get("data", {}).get("error"):
                offered.set_exception(RuntimeError(f"Janus: {error}"))


_PLUGIN = "janus.plugin.streaming"


def _configure(folder: Path, url: str, port: int) -> None:
    """Write its configuration; only the two parts that are needed are loaded."""
    for kind, name in (
        ("plugins", "libjanus_streaming.so"),
        ("transports", "libjanus_http.so"),
    ):
        (folder / kind).mkdir(parents=True)
        [library, *_] = Path("/usr/lib").glob(f"*/janus/{kind}/{name}")
        (folder / kind / name).symlink_to(library)
    (folder / "janus.jcfg").write_text(
        _MAIN.format(folder=folder, address=os.environ[INNER_ADDRESS])
    )
    (folder / "janus.transport.http.jcfg").write_text(_HTTP.format(port=port))
    (folder / f"{_PLUGIN}.jcfg").write_text(_CAMERA.format(url=url))
