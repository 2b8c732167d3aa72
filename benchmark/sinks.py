"""What it costs to let a voice be heard, for each kind of loudspeaker."""

import asyncio
from pathlib import Path
import sys
from typing import Any

from .child import SYSTEM_PYTHON, Child, module
from .comparison import start_receivers

SINKS = ("back_channel_pcma", "back_channel_aac", "media_player_mp3", "webrtc_session")
MIXING = "mixing"

_CAMERA = Path(__file__).parent.parent / "demo" / "camera" / "gstreamer_camera.py"
_SMALL = ("--width", "160", "--height", "120", "--fps", "5", "--audio", "none")
_SETTLE = 1.0


async def measure_sinks(folder: Path, seconds: float) -> dict[str, float]:
    """Return CPU seconds per minute of a voice mixed, and of each sink besides."""
    log = folder / "sinks.log"
    cameras = [await _camera(codec, log) for codec in ("pcma", "aac")]
    receivers = await start_receivers(folder)
    try:
        urls = [f"rtsp://127.0.0.1:{port}/stream" for _, port in cameras]
        child = await Child.start(
            *module("sinks_program", sys.executable, urls), log=log
        )
        try:
            await child.line()
            mixing = await _spent(child, seconds)
            spent = {MIXING: mixing}
            for sink in SINKS:
                await _open(child, receivers, sink)
                spent[sink] = await _spent(child, seconds) - mixing
                await child.ask(do="close")
            return spent
        finally:
            await child.stop()
    finally:
        await receivers.stop()
        for camera, _ in cameras:
            await camera.stop()


async def _camera(codec: str, log: Path) -> tuple[Child, int]:
    arguments = (*_SMALL, "--talk-back", codec)
    child = await Child.start(SYSTEM_PYTHON, str(_CAMERA), *arguments, log=log)
    return child, int((await child.line()).split()[1])


async def _open(child: Child, receivers: Child, sink: str) -> None:
    opened: dict[str, Any] = await child.ask(do="open", sink=sink)
    if offer := opened.get("offer"):
        reply = await receivers.ask(do="answer", id=sink, sdp=offer, decode=False)
        await child.ask(do="answer", sdp=reply["sdp"])


async def _spent(child: Child, seconds: float) -> float:
    await asyncio.sleep(_SETTLE)
    before = await child.ask(do="cpu")
    await asyncio.sleep(seconds)
    after = await child.ask(do="cpu")
    spent: float = after["seconds"] - before["seconds"]
    if after["frames"] == before["frames"]:
        raise RuntimeError("nothing was said")
    return spent * 60 / seconds
