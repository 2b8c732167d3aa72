"""A real home, a real door and a real browser for the tests of this folder."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from playwright.async_api import Browser, BrowserContext
import pytest
import pytest_asyncio

from tests.cameras.launch import RunningCamera, gstreamer_camera
from tests.prosody import Prosody, running_prosody

from .browser import running_browser, write_tone
from .homeassistant_process import HomeAssistantProcess, running_home
from .household import House, Person
from .sdk_app import served_app
from .sounds import LoudspeakerFile

MICROPHONE_FREQUENCY = 1000
DOOR_FREQUENCY = 440
DOOR_COLOUR = "2060C0"


@pytest.fixture
def loudspeaker(tmp_path: Path) -> LoudspeakerFile:
    """What the loudspeaker at the door plays."""
    return LoudspeakerFile(tmp_path / "loudspeaker.wav")


@pytest.fixture
async def door(loudspeaker: LoudspeakerFile) -> AsyncIterator[RunningCamera]:
    """A doorbell with picture, tone and back channel."""
    async with running_door(loudspeaker.path) as camera:
        yield camera


@asynccontextmanager
async def running_door(loudspeaker: Path) -> AsyncIterator[RunningCamera]:
    """Run a doorbell that writes what it plays into a file."""
    async with gstreamer_camera(
        *("--color", DOOR_COLOUR, "--tone", str(DOOR_FREQUENCY), "--gop", "50"),
        *("--talk-back", "pcma", "--talk-back-file", str(loudspeaker)),
        user="visitor",
        password="secret of the door",
    ) as camera:
        yield camera


@pytest.fixture
async def home(
    tmp_path: Path, door: RunningCamera
) -> AsyncIterator[HomeAssistantProcess]:
    """A running Home Assistant whose front door is `door`."""
    async with running_home(tmp_path / "home", door.url) as process:
        yield process


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A home for all tests of a module: to start one takes longer than most calls."""
    async with running_house(tmp_path_factory.mktemp("house")) as house:
        yield house


@asynccontextmanager
async def running_house(folder: Path, more: str = "") -> AsyncIterator[House]:
    """Run a home with a door; `more` is added to its `configuration.yaml`."""
    async with AsyncExitStack() as stack:
        door = await stack.enter_async_context(running_door(folder / "loudspeaker.wav"))
        home = await stack.enter_async_context(
            running_home(folder / "home", door.url, more)
        )
        yield House(home, folder, stack)


@pytest_asyncio.fixture(loop_scope="module")
async def people(house: House) -> AsyncIterator[dict[str, Person]]:
    """Three people in front of pages that have a name."""
    yield await house.open_all()
    await house.tidy()


@pytest.fixture
async def chromium(tmp_path: Path) -> AsyncIterator[Browser]:
    """A browser whose microphone hears a tone."""
    microphone = tmp_path / "microphone.wav"
    write_tone(microphone, MICROPHONE_FREQUENCY)
    async with running_browser(microphone) as browser:
        yield browser


@pytest.fixture
async def tablet(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """One person's browser: a profile of its own."""
    context = await chromium.new_context(permissions=["microphone", "camera"])
    yield context
    await context.close()


@pytest.fixture
async def laptop(chromium: Browser) -> AsyncIterator[BrowserContext]:
    """Another person's browser."""
    context = await chromium.new_context(permissions=["microphone", "camera"])
    yield context
    await context.close()


@pytest.fixture
async def prosody(tmp_path: Path) -> AsyncIterator[Prosody]:
    """A running XMPP server."""
    async with running_prosody(tmp_path / "prosody") as server:
        yield server


@pytest.fixture
async def app_url() -> AsyncIterator[str]:
    """Where browsers find an app built on the ConnectyCube SDK."""
    async with served_app() as url:
        yield url
