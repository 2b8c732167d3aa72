"""Cameras and microphones of one device that can be told apart.

Chromium's fake devices all show and sound the same. These scripts ask for the real
(fake) device first, with all that may go wrong there, and put a picture or a tone of
the device's number in its place.
"""

import asyncio
from dataclasses import dataclass
import json

from playwright.async_api import Page

from .browser import KEEP_CONNECTIONS, running_browser, write_tone
from .household import House, Person

COLOURS = ((230, 180, 20), (150, 30, 170), (20, 160, 170))
TONES = (700, 1300, 2100)
SHARED = (2, 141, 1)
"""The colour of the screen that Chromium pretends to share."""

ARGUMENT = "--use-fake-device-for-media-stream=device-count=3"
CAMERAS = ("fake_device_0", "fake_device_1", "fake_device_2")
MICROPHONES = (
    "Fake Default Audio Input",
    "Fake Audio Input 1",
    "Fake Audio Input 2",
)
SPEAKERS = (
    "Fake Default Audio Output",
    "Fake Audio Output 1",
    "Fake Audio Output 2",
)

_SUBSTITUTE = """
  window.asked = [];
  const media = navigator.mediaDevices;
  const real = media.getUserMedia.bind(media);
  const substitute = (track) => {
    const number = Number(/\\d+$/.exec(track.label)?.[0] ?? 0);
    const [own, end] = track.kind === 'audio' ? sound(number) : picture(number);
    const stop = own.stop.bind(own);
    own.stop = () => { stop(); end(); track.stop(); };
    own.getSettings = () => track.getSettings();
    return own;
  };
  const sound = (number) => {
    const context = new AudioContext();
    const oscillator = new OscillatorNode(context, {frequency: tones[number]});
    const output = context.createMediaStreamDestination();
    oscillator.connect(new GainNode(context, {gain: 0.3})).connect(output);
    oscillator.start();
    return [output.stream.getAudioTracks()[0], () => void context.close()];
  };
  const picture = (number) => {
    const canvas = Object.assign(document.createElement('canvas'), size);
    const pen = canvas.getContext('2d');
    const timer = setInterval(() => paint(pen, number), 66);
    return [canvas.captureStream().getVideoTracks()[0], () => clearInterval(timer)];
  };
  media.getUserMedia = async (constraints) => {
    window.asked.push(constraints);
    const stream = await real(constraints);
    return new MediaStream(stream.getTracks().map(substitute));
  };
"""

APART = f"""
(() => {{
  const colours = {json.dumps(COLOURS)}, tones = {json.dumps(TONES)};
  const size = {{width: 320, height: 240}};
  const paint = (pen, number) => {{
    pen.fillStyle = `rgb(${{colours[number]}})`;
    pen.fillRect(0, 0, size.width, size.height);
  }};
  {_SUBSTITUTE}
}})();
"""

# No encoder can make noise small: what is sent of it is what may be sent.
NOISY = f"""
(() => {{
  const tones = {json.dumps(TONES)}, size = {{width: 640, height: 360}};
  const noise = new ImageData(size.width, 2 * size.height);
  for (let start = 0; start < noise.data.length; start += 65536)
    crypto.getRandomValues(noise.data.subarray(start, start + 65536));
  for (let alpha = 3; alpha < noise.data.length; alpha += 4) noise.data[alpha] = 255;
  const paint = (pen) =>
    pen.putImageData(noise, 0, -Math.floor(Math.random() * size.height));
  {_SUBSTITUTE}
}})();
"""

# As an app on a device that has no H.264.
ONLY_VP8 = """
for (const name of ['createOffer', 'createAnswer']) {
  const original = RTCPeerConnection.prototype[name];
  RTCPeerConnection.prototype[name] = function (...options) {
    const {codecs} = RTCRtpReceiver.getCapabilities('video');
    const known = codecs.filter(({mimeType}) => /VP8|rtx/.test(mimeType));
    for (const line of this.getTransceivers())
      if (line.receiver.track.kind === 'video') line.setCodecPreferences(known);
    return original.apply(this, options);
  };
}
"""


async def open_with_choice(house: House) -> Person:
    """Let somebody open a page who has three cameras, microphones and speakers."""
    if "Study" not in house.residents:
        unheard = house.folder / "unheard.wav"
        write_tone(unheard, 100, seconds=1)
        await house.move_in("Study", running_browser(unheard, None, ARGUMENT))
    return await house.open("Study", KEEP_CONNECTIONS, APART)


_CLOCK = """
async () => {
  for (const connection of window.connections) {
    const line = connection.getReceivers().find(({track}) => track.kind === 'video');
    const [source] = line?.getSynchronizationSources() ?? [];
    if (!source || connection.signalingState === 'closed') continue;
    const report = [...(await line.getStats()).values()];
    const sent = report.find(({type}) => type === 'remote-outbound-rtp');
    return [source.source, source.rtpTimestamp, source.timestamp / 1000,
            (sent?.reportsSent ?? 0) > 0];
  }
}
"""


@dataclass(frozen=True)
class SenderClock:
    """What a sender's clock showed when a picture of it was shown (RFC 3550)."""

    source: int
    rtp_timestamp: int
    time: float
    """Seconds of the receiver's clock."""

    has_reports: bool
    """Whether the sender tells which time its timestamps are."""

    def media_since(self, earlier: SenderClock) -> float:
        """Return how much time the sender says has passed."""
        return ((self.rtp_timestamp - earlier.rtp_timestamp) % 2**32) / 90_000

    def seconds_since(self, earlier: SenderClock) -> float:
        """Return how much time has passed here."""
        return self.time - earlier.time


async def sender_clock(page: Page) -> SenderClock:
    """Read the clock of whose picture a page receives.

    The page must have been opened with KEEP_CONNECTIONS.
    """
    return SenderClock(*await page.evaluate(_CLOCK))


_RECEIVED = """
async (figure) => {
  let sum = 0;
  for (const connection of window.connections)
    for (const entry of (await connection.getStats()).values())
      if (entry.type === 'inbound-rtp' && entry.kind === 'video')
        sum += entry[figure];
  return [sum, performance.now()];
}
"""


async def received_bitrate(page: Page, seconds: float = 2) -> float:
    """Measure what a page receives of pictures, in kbit/s.

    The page must have been opened with KEEP_CONNECTIONS.
    """
    return 8 * await _received(page, "bytesReceived", seconds)


async def received_frame_rate(page: Page, seconds: float = 2) -> float:
    """Measure how many pictures a page receives a second, as above."""
    return 1000 * await _received(page, "framesReceived", seconds)


async def _received(page: Page, figure: str, seconds: float) -> float:
    """Return by how much a figure grows in a millisecond."""
    sum_before, before = await page.evaluate(_RECEIVED, figure)
    await asyncio.sleep(seconds)
    sum_after, after = await page.evaluate(_RECEIVED, figure)
    rate: float = (sum_after - sum_before) / (after - before)
    return rate
