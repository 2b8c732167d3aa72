"""Streams that are no RTSP: FLV and HLS as servers push and offer them."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
import io
from itertools import count, islice
from pathlib import Path
import time
from typing import Any

from aiohttp import web
import av
import numpy as np

from custom_components.mesh_call.media.jpeg import encode_jpeg

from .content import Color, make_tone

RATE = 25
MJPEG_RATE = 10
SOUND_RATE = 16_000
_UNIT = 1024


@dataclass(frozen=True, slots=True)
class Program:
    """What is shown and heard."""

    color: Color = (200, 40, 40)
    tone: float = 700
    seconds: float = 8
    size: tuple[int, int] = (160, 120)
    b_frames: int = 0
    video: str | None = "libx264"
    audio: str | None = "aac"


@cache
def flv(program: Program) -> bytes:
    """Give the program as an FLV file."""
    buffer = io.BytesIO()
    mux(buffer, "flv", program, flvflags="no_duration_filesize")
    return buffer.getvalue()


@cache
def jpegs(program: Program) -> list[bytes]:
    """Give the program's first pictures as JPEG."""
    return [encode_jpeg(frame) for frame in islice(_pictures(program), 8)]


def mux(file: Any, format_name: str, program: Program, **options: str) -> None:
    """Write the program to a file or folder."""
    with av.open(file, "w", format=format_name, options=options) as container:
        frames: list[tuple[float, Any, Any]] = []
        if program.video:
            picture = _add_picture(container, program, program.video)
            frames += [(f.time or 0, picture, f) for f in _pictures(program)]
        if program.audio:
            sound = container.add_stream(program.audio, rate=SOUND_RATE, layout="mono")
            frames += [(f.time or 0, sound, f) for f in _sounds(program)]
        for _, stream, frame in sorted(frames, key=lambda item: item[0]):
            container.mux(stream.encode(frame))
        for stream in container.streams:
            container.mux(stream.encode(None))  # type: ignore[attr-defined]


def _add_picture(
    container: av.container.OutputContainer, program: Program, codec: str
) -> av.VideoStream:
    picture = container.add_stream(codec, rate=RATE)
    assert isinstance(picture, av.VideoStream)
    picture.width, picture.height = program.size
    picture.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    picture.codec_context.gop_size = RATE
    if codec == "libx264":
        tune: dict[str, object] = {} if program.b_frames else {"tune": "zerolatency"}
        picture.options = {
            "preset": "ultrafast",
            "bf": str(program.b_frames),
            "x264-params": "scenecut=0:b-adapt=0",
        } | tune
    return picture


def _pictures(program: Program) -> Iterator[av.VideoFrame]:
    width, height = program.size
    for number in range(round(program.seconds * RATE)):
        image = np.empty((height, width, 3), dtype=np.uint8)
        image[:] = program.color
        image[:8, 8 * (number % 8) : 8 * (number % 8) + 8] = 255
        frame = av.VideoFrame.from_ndarray(image, "rgb24")
        frame.pts, frame.time_base = number, Fraction(1, RATE)
        yield frame


def _sounds(program: Program) -> Iterator[av.AudioFrame]:
    samples = make_tone(program.tone, program.seconds, SOUND_RATE)
    for at in range(0, len(samples) - _UNIT, _UNIT):
        piece = samples[at : at + _UNIT].reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(piece, "s16", "mono")
        frame.sample_rate = SOUND_RATE
        frame.pts, frame.time_base = at, Fraction(1, SOUND_RATE)
        yield frame


@dataclass(slots=True)
class StreamServer:
    """An HTTP server with one program."""

    folder: Path
    program: Program = field(default_factory=Program)
    kept: float = 1.0
    """Seconds of an FLV stream that come at once to who joins."""

    password: str = ""
    freezes_after: float | None = None
    stops_after: float | None = None
    breaks: bool = False
    status: int = 200
    location: str = ""
    port: int = 0
    visits: int = 0
    _begun: float = 0.0
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str) -> str:
        """Where something is, with credentials."""
        credentials = f"admin:{self.password}@" if self.password else ""
        return f"http://{credentials}127.0.0.1:{self.port}/{path}"

    async def serve_flv(self, request: web.Request) -> web.StreamResponse:
        """Push the program in real time."""
        if refused := self._refused(request):
            return refused
        content = await asyncio.to_thread(flv, self.program)
        response = web.StreamResponse(headers={"Content-Type": "video/x-flv"})
        await response.prepare(request)
        begun = time.monotonic()
        for moment, tag in _tags(content):
            elapsed = time.monotonic() - begun
            await asyncio.sleep(max(0.0, moment - self.kept - elapsed))
            if self.freezes_after is not None and moment > self.freezes_after:
                await self._over.wait()
            if self.stops_after is not None and moment > self.stops_after:
                break
            try:
                await response.write(tag)
            except ConnectionError:
                break
        return response

    async def serve_mjpeg(self, request: web.Request) -> web.StreamResponse:
        """Push pictures, each a part of the answer; some are broken."""
        if refused := self._refused(request):
            return refused
        pictures = await asyncio.to_thread(jpegs, self.program)
        kind = "multipart/x-mixed-replace; boundary=frame"
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        for number in count():
            picture = pictures[number % len(pictures)]
            if self.breaks and number % 4 == 3:
                picture = picture[: len(picture) // 2]
            head = "--frame\r\nContent-Type: image/jpeg\r\nContent-Length: "
            part = f"{head}{len(picture)}\r\n\r\n".encode() + picture + b"\r\n"
            try:
                await response.write(part)
            except ConnectionError:
                break
            await asyncio.sleep(1 / MJPEG_RATE)
        return response

    async def serve_playlist(self, request: web.Request) -> web.StreamResponse:
        """Offer the pieces that are there by now."""
        if refused := self._refused(request):
            return refused
        if not self._begun:
            await asyncio.to_thread(self._cut)
            self._begun = time.monotonic() - 4
        last = int(time.monotonic() - self._begun)
        first = max(0, last - 5)
        lines = ["#EXTM3U", "#EXT-X-VERSION:3", "#EXT-X-TARGETDURATION:1"]
        lines.append(f"#EXT-X-MEDIA-SEQUENCE:{first}")
        for number in range(first, last):
            lines += ["#EXTINF:1.0,", f"piece{number}.ts"]
        return web.Response(
            text="\n".join(lines) + "\n", content_type="application/vnd.apple.mpegurl"
        )

    async def serve_file(self, request: web.Request) -> web.StreamResponse:
        """Give a file of the folder."""
        return self._refused(request) or web.FileResponse(
            self.folder / request.match_info["name"]
        )

    def stop(self) -> None:
        """Let go of those that wait for what will never come."""
        self._over.set()

    def _cut(self) -> None:
        mux(
            str(self.folder / "unused.m3u8"),
            "hls",
            self.program,
            hls_time="1",
            hls_segment_filename=str(self.folder / "piece%d.ts"),
        )

    def _refused(self, request: web.Request) -> web.Response | None:
        self.visits += 1
        if self.location:
            return web.Response(status=302, headers={"Location": self.location})
        if self.status != 200:
            return web.Response(status=self.status)
        given = request.headers.get("Authorization")
        pair = b64encode(f"admin:{self.password}".encode()).decode()
        if self.password and given != f"Basic {pair}":
            challenge = {"WWW-Authenticate": 'Basic realm="x"'}
            return web.Response(status=401, headers=challenge)
        return None


def _tags(data: bytes) -> Iterator[tuple[float, bytes]]:
    """Cut an FLV file into header and tags, each with its time in seconds."""
    yield 0.0, data[:13]
    at = 13
    while at + 11 < len(data):
        size = int.from_bytes(data[at + 1 : at + 4]) + 15
        moment = int.from_bytes(data[at + 4 : at + 7]) | data[at + 7] << 24
        yield moment / 1000, data[at : at + size]
        at += size


@asynccontextmanager
async def stream_server(
    folder: Path, program: Program | None = None, **manners: Any
) -> AsyncIterator[StreamServer]:
    """Run a server."""
    server = StreamServer(folder, program or Program(), **manners)
    app = web.Application()
    app.router.add_get("/live.flv", server.serve_flv)
    app.router.add_get("/live.m3u8", server.serve_playlist)
    app.router.add_get("/live.mjpg", server.serve_mjpeg)
    app.router.add_get("/{name}", server.serve_file)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server.port = runner.addresses[0][1]
    try:
        yield server
    finally:
        server.stop()
        await runner.cleanup()
