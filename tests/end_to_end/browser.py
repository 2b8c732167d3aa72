"""Pages of a real browser, seen and heard as a person would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
import math
from pathlib import Path
import struct
from typing import Any
import wave

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-features=WebRtcHideLocalIpsWithMdns",
]

# Home Assistant's pages are made of nested shadow roots.
_FIND_VIDEOS = """
  const found = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element instanceof HTMLVideoElement) found.push(element);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document);
  const videos = found.filter((video) => video.getAttribute('aria-label') === label
    && video.getBoundingClientRect().width > 0);
"""

PICTURE = f"""
(label) => {{
  {_FIND_VIDEOS}
  const video = videos.find((candidate) => candidate.videoWidth > 0);
  if (!video) return null;
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  const context = canvas.getContext('2d');
  context.drawImage(video, 0, 0);
  const {{data}} = context.getImageData(0, 0, canvas.width, canvas.height);
  const sum = [0, 0, 0];
  for (let i = 0; i < data.length; i += 4)
    for (let c = 0; c < 3; c += 1) sum[c] += data[i + c];
  const pixels = data.length / 4;
  return {{width: canvas.width, height: canvas.height,
           colour: sum.map((value) => value / pixels), time: video.currentTime}};
}}
"""

# A frozen picture keeps its colour: only another frame tells that it lives.
NEXT_PICTURE = f"""
async (label) => {{
  {_FIND_VIDEOS}
  return Promise.any(videos.map((video) => new Promise((resolve, reject) => {{
    video.requestVideoFrameCallback(() => resolve(true));
    setTimeout(reject, 1000);
  }}))).catch(() => false);
}}
"""

# What a page plays can't be heard in a headless browser; the streams its media
# elements play are measured instead, and only if the element would be heard.
SOUND = """
async ([seconds, frequencies]) => {
  const elements = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll('*')) {
      if (element instanceof HTMLMediaElement) elements.push(element);
      if (element.shadowRoot) walk(element.shadowRoot);
    }
  };
  walk(document);
  const heard = elements.filter((element) =>
    !element.muted && !element.paused && element.volume > 0
    && element.srcObject instanceof MediaStream
    && element.srcObject.getAudioTracks().some((t) => t.readyState === 'live'));
  const streams = [...new Set(heard.map((element) => element.srcObject))];
  const context = new AudioContext();
  await context.resume();
  const analyser = context.createAnalyser();
  analyser.fftSize = 16384;
  analyser.smoothingTimeConstant = 0;
  for (const stream of streams)
    context.createMediaStreamSource(stream).connect(analyser);
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const bins = new Float32Array(analyser.frequencyBinCount);
  analyser.getFloatFrequencyData(bins);
  let loudest = 0;
  for (let i = 1; i < bins.length; i += 1) if (bins[i] > bins[loudest]) loudest = i;
  const width = context.sampleRate / analyser.fftSize;
  const level = (frequency) => {
    const middle = Math.round(frequency / width);
    return Math.max(...bins.subarray(middle - 3, middle + 4));
  };
  const result = {
    streams: streams.length,
    frequency: loudest * width,
    decibels: bins[loudest],
    levels: (frequencies ?? []).map(level),
  };
  await context.close();
  return result;
}
"""


# The candidate pairs in use can only be asked of the connections themselves.
KEEP_CONNECTIONS = """
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      window.connections.push(this);
    }
  };
"""

USED_CANDIDATES = """
async () => {
  const types = [];
  for (const connection of window.connections) {
    const report = await connection.getStats();
    for (const pair of report.values())
      if (pair.type === 'candidate-pair' && pair.nominated
          && pair.state === 'succeeded')
        types.push(report.get(pair.localCandidateId).candidateType);
  }
  return types;
}
"""


def write_tone(path: Path, frequency: float, seconds: float = 10) -> None:
    """Write a WAV file with a tone: what the fake microphone hears.

    It swells and fades three times a second, as speech does: a browser takes a
    steady tone for noise and suppresses it.
    """
    rate = 48_000

    def sample(number: int) -> int:
        time = number / rate
        loudness = 0.5 - 0.5 * math.cos(2 * math.pi * 3 * time)
        return int(12_000 * loudness * math.sin(2 * math.pi * frequency * time))

    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        samples = (sample(number) for number in range(int(rate * seconds)))
        file.writeframes(b"".join(struct.pack("<h", value) for value in samples))


def write_picture(path: Path, colour: tuple[int, int, int]) -> None:
    """Write a Y4M video of one colour (RGB): what the fake camera sees."""
    width, height, pictures = 320, 240, 10
    luma, blue, red = _to_yuv(colour)
    quarter = width * height // 4
    frame = (
        bytes([luma]) * (4 * quarter) + bytes([blue]) * quarter + bytes([red]) * quarter
    )
    header = f"YUV4MPEG2 W{width} H{height} F15:1 Ip A1:1 C420jpeg\n".encode()
    path.write_bytes(header + (b"FRAME\n" + frame) * pictures)


def _to_yuv(colour: tuple[int, int, int]) -> tuple[int, int, int]:
    """Convert RGB to YCbCr of limited range (ITU-R BT.601)."""
    red, green, blue = (value / 255 for value in colour)
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    chroma_blue, chroma_red = 0.564 * (blue - luma), 0.713 * (red - luma)
    return (
        round(16 + 219 * luma),
        round(128 + 224 * chroma_blue),
        round(128 + 224 * chroma_red),
    )


@asynccontextmanager
async def running_browser(
    microphone: Path,
    camera: Path | None = None,
    *arguments: str,
    program: str = CHROMIUM,
) -> AsyncIterator[Browser]:
    """Run Chromium whose microphone hears a sound file, its camera sees a video."""
    files = [f"--use-file-for-fake-audio-capture={microphone}"]
    if camera:
        files.append(f"--use-file-for-fake-video-capture={camera}")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*ARGUMENTS, *files, *arguments]
        )
        try:
            yield browser
        finally:
            await browser.close()


async def open_page(
    context: BrowserContext, url: str, *, console: list[str] | None = None
) -> Page:
    """Open a page of the frontend and note what its console says."""
    page = await context.new_page()
    if console is not None:
        page.on("console", lambda message: console.append(message.text))
        page.on("pageerror", lambda error: console.append(f"error: {error}"))
    await page.goto(url)
    return page


async def used_candidates(page: Page) -> list[str]:
    """Return the type of our candidate of each pair in use (RFC 8445).

    The page must have been opened in a context with KEEP_CONNECTIONS.
    """
    types: list[str] = await page.evaluate(USED_CANDIDATES)
    return types


async def negotiated(page: Page) -> list[str]:
    """Return what a page agreed on, for each connection that it ever had.

    The page must have been opened in a context with KEEP_CONNECTIONS.
    """
    descriptions: list[str] = await page.evaluate(
        "window.connections.map((each) => each.localDescription.sdp)"
    )
    return descriptions


async def picture(page: Page, label: str) -> dict[str, Any] | None:
    """Return size and mean colour of the member's picture, None if there is none."""
    found: dict[str, Any] | None = await page.evaluate(PICTURE, label)
    return found


async def next_picture(page: Page, label: str) -> bool:
    """Tell whether another frame of the member's picture comes within a second."""
    came: bool = await page.evaluate(NEXT_PICTURE, label)
    return came


# What counts as in use, for each kind of thing that takes more than memory.
_IN_USE = {
    "RTCPeerConnection": "signalingState !== 'closed'",
    "MediaStreamTrack": "readyState === 'live'",
    "HTMLMediaElement": "srcObject !== null",
}


@dataclass(frozen=True)
class Holdings:
    """What a page holds after it was made to throw away what it needs no more."""

    in_use: int
    """Open connections, live tracks and elements that play, on the page or not."""
    objects: int
    """The same with those that have ended and are still known somewhere."""
    heap: int
    """Bytes of its scripts."""


async def holdings(page: Page) -> Holdings:
    """Count what a page holds."""
    session = await page.context.new_cdp_session(page)

    async def count(kind: str, in_use: str) -> tuple[int, int]:
        prototype = await session.send(
            "Runtime.evaluate", {"expression": f"{kind}.prototype"}
        )
        found = await session.send(
            "Runtime.queryObjects",
            {"prototypeObjectId": prototype["result"]["objectId"]},
        )
        # The prototypes of more special kinds are among them.
        look = (
            "function() {"
            " const own = this.filter((e) => !Object.hasOwn(e, 'constructor'));"
            f" return [own.filter((e) => e.{in_use}).length, own.length]; }}"
        )
        numbers = await session.send(
            "Runtime.callFunctionOn",
            {
                "objectId": found["objects"]["objectId"],
                "functionDeclaration": look,
                "returnByValue": True,
            },
        )
        used, known = numbers["result"]["value"]
        return used, known

    numbers = [await count(kind, in_use) for kind, in_use in _IN_USE.items()]
    await session.send("HeapProfiler.collectGarbage")
    usage = await session.send("Runtime.getHeapUsage")
    await session.detach()
    return Holdings(
        sum(used for used, _ in numbers),
        sum(known for _, known in numbers),
        round(usage["usedSize"]),
    )


async def sound(page: Page, seconds: float = 1.0) -> dict[str, Any]:
    """Return frequency (Hz) and level (dBFS) of the loudest sound the page plays."""
    heard: dict[str, Any] = await page.evaluate(SOUND, [seconds, []])
    return heard


async def tones(page: Page, frequencies: list[int]) -> dict[int, float]:
    """Return how loud (dBFS) each frequency (Hz) is in what the page plays."""
    heard = await page.evaluate(SOUND, [1.0, frequencies])
    return dict(zip(frequencies, heard["levels"], strict=True))
