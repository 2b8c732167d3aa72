"""What is recorded is found where Home Assistant shows media."""

from pathlib import Path
from typing import Any

from homeassistant.components.media_source import (
    async_browse_media,
    async_resolve_media,
)
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest

from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.media.black import silence
from custom_components.mesh_call.media.source import SourceStreams
from custom_components.mesh_call.media.stream import OPUS, Packet, Stream

from .conftest import FRONT_DOOR, OpenPage
from .fakes import FakeEquipment, in_call


@pytest.fixture
def hass(hass: HomeAssistant, tmp_path: Path) -> HomeAssistant:
    """Return a Home Assistant whose media are in a folder of the test."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    return hass


async def act(hass: HomeAssistant, action: str) -> Any:
    """Perform an action and return its answer."""
    return await hass.services.async_call(
        DOMAIN, action, {}, blocking=True, return_response=True
    )


@pytest.mark.usefixtures("home")
async def test_a_recording_is_in_the_media_browser(
    hass: HomeAssistant, equipment: dict[str, FakeEquipment], open_page: OpenPage
) -> None:
    assert await async_setup_component(hass, "media_source", {})
    port = equipment[FRONT_DOOR].port
    voice = Stream(OPUS)
    port.streams = SourceStreams(audio=voice)
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    path = Path((await act(hass, "start_recording"))["path"])
    assert port.taps == 1
    quiet = silence(OPUS.name)
    assert quiet
    for number in range(50):
        voice.push(Packet(quiet, number * 960))
    await act(hass, "stop_recording")
    assert port.taps == 0

    root = "media-source://media_source/local"
    folder = f"{root}/mesh_call/{path.parent.name}/{path.name}"
    shown = await async_browse_media(hass, folder)
    assert shown.children
    [file] = shown.children
    assert file.title == "Front door.mp4"
    assert file.can_play
    media = await async_resolve_media(hass, file.media_content_id, None)
    assert media.mime_type == "video/mp4"
    assert (path / "Front door.mp4").stat().st_size > 500
