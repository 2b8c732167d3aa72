"""Forwarders that are programs of the benchmark's own."""

from pathlib import Path
import sys
from typing import override

from ..child import SYSTEM_PYTHON, Child, module
from .base import Answer, Forwarder

_OPEN_TIMEOUT = 30.0
_CHECK = (
    "import gi; gi.require_version('GstWebRTC', '1.0');"
    "from gi.repository import Gst, GstWebRTC; Gst.init(None);"
    "assert all(map(Gst.ElementFactory.find, ('webrtcbin', 'nicesink', 'dtlsenc')));"
    "print('ready')"
)


class ScriptForwarder(Forwarder):
    """One that gives an offer for each peer and takes the answer, by lines of JSON."""

    program: str
    python: str

    def __init__(self) -> None:
        """Prepare."""
        self._child: Child | None = None
        self._peers = 0

    @override
    async def start(self, camera_url: str, folder: Path) -> None:
        log = folder / f"{self.name}.log"
        command = module(self.program, self.python, (camera_url,))
        self._child = await Child.start(*command, log=log)
        await self._child.line(_OPEN_TIMEOUT)

    @property
    @override
    def pid(self) -> int:
        assert self._child is not None
        return self._child.pid

    @override
    async def add_peers(self, answers: list[Answer]) -> None:
        assert self._child is not None
        for answer in answers:
            self._peers += 1
            offer = (await self._child.ask(peer=self._peers))["offer"]
            await self._child.ask(peer=self._peers, answer=await answer(offer))

    @override
    async def stop(self) -> None:
        if self._child is not None:
            await self._child.stop()


class WebrtcbinForwarder(ScriptForwarder):
    """GStreamer: one webrtcbin for each peer."""

    name = "webrtcbin"
    program = "forwarders.webrtcbin_program"
    python = SYSTEM_PYTHON

    @classmethod
    @override
    async def missing(cls) -> str | None:
        reason = "GStreamer's webrtcbin (gstreamer1.0-nice, gir1.2-gst-plugins-bad-1.0)"
        if not Path(SYSTEM_PYTHON).exists():
            return reason
        try:
            child = await Child.start(
                SYSTEM_PYTHON, "-c", _CHECK, log=Path("/dev/null")
            )
            try:
                return None if await child.line() == "ready" else reason
            finally:
                await child.stop()
        except RuntimeError, OSError:
            return reason


class AiortcForwarder(ScriptForwarder):
    """aiortc as its examples use it: it decodes once and encodes for each peer."""

    name = "aiortc"
    program = "forwarders.aiortc_program"
    python = sys.executable
    passes_through = False

    @classmethod
    @override
    async def missing(cls) -> str | None:
        return None


class ConvertingForwarder(ScriptForwarder):
    """A station that converts its camera's picture, once for all peers."""

    name = "mesh_call"
    program = "forwarders.converting_program"
    python = sys.executable
    passes_through = False

    @classmethod
    @override
    async def missing(cls) -> str | None:
        return None
