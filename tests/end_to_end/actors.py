"""People whose camera and microphone a page makes up: any number in one browser."""

from dataclasses import dataclass
import json

from playwright.async_api import Browser

from .browser import open_page
from .homeassistant_process import HomeAssistantProcess
from .household import Colour, Person, give_name

CLAP_EVERY = 2.0
"""Seconds between the moments at which a flash and a beep begin together."""

CLAP = 0.2
"""Seconds that both last."""

# A browser's fake camera and microphone run by clocks of their own; here picture and
# sound follow one.
_ACT = """
(role) => {
  const canvas = document.createElement('canvas');
  canvas.width = 320;
  canvas.height = 240;
  let tracks;
  const begin = () => {
    const context = new AudioContext();
    const length = role.every * context.sampleRate;
    const buffer = context.createBuffer(1, length, context.sampleRate);
    const samples = buffer.getChannelData(0);
    for (let i = 0; i < length; i += 1) {
      const time = i / context.sampleRate;
      const quiet = role.claps && time >= role.clap;
      samples[i] = quiet ? 0 : 0.4 * Math.sin(2 * Math.PI * role.tone * time);
    }
    const sound = context.createMediaStreamDestination();
    const source = new AudioBufferSourceNode(context, {buffer, loop: true});
    source.connect(sound);
    const zero = context.currentTime + 0.1;
    source.start(zero);
    const surface = canvas.getContext('2d');
    setInterval(() => {
      const phase = (context.currentTime - zero) % role.every;
      const claps = role.claps && phase >= 0 && phase < role.clap;
      surface.fillStyle = claps ? 'white' : `rgb(${role.colour})`;
      surface.fillRect(0, 0, canvas.width, canvas.height);
    }, 20);
    const [audio] = sound.stream.getTracks();
    const [video] = canvas.captureStream(25).getTracks();
    return {audio, video};
  };
  window.resizePicture = (width, height) => Object.assign(canvas, {width, height});
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    tracks ??= begin();
    const kinds = Object.keys(tracks).filter((kind) => wanted[kind]);
    return new MediaStream(kinds.map((kind) => tracks[kind].clone()));
  };
}
"""


@dataclass(frozen=True)
class Role:
    """How somebody looks and sounds; who claps is white and heard only then."""

    name: str
    colour: Colour
    tone: int
    claps: bool = False


async def enter(browser: Browser, home: HomeAssistantProcess, role: Role) -> Person:
    """Open a page as somebody and name its screen."""
    context = await browser.new_context(permissions=["microphone", "camera"])
    look = {"colour": role.colour, "tone": role.tone, "claps": role.claps}
    times = {"every": CLAP_EVERY, "clap": CLAP}
    await context.add_init_script(f"({_ACT})({json.dumps(look | times)})")
    page = await open_page(context, f"{home.url}/front-door/home")
    await give_name(page, role.name)
    return Person(role.name, role.colour, role.tone, page)
