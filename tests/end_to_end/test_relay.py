"""Calls that must be relayed take no other way."""

from pathlib import Path

from playwright.async_api import Browser
import pytest

from tests.cameras.launch import RunningCamera

from .browser import KEEP_CONNECTIONS, open_page, picture, used_candidates
from .homeassistant_process import running_home
from .people import eventually, press, sees
from .turn_server import running_turn_server

DOOR = "Front door"


async def test_a_relayed_call_uses_relayed_candidates_only(
    tmp_path: Path, door: RunningCamera, chromium: Browser
) -> None:
    async with (
        running_turn_server(tmp_path) as turn,
        running_home(tmp_path / "home", door.url, turn.configuration) as home,
    ):
        context = await chromium.new_context(permissions=["microphone", "camera"])
        await context.add_init_script(KEEP_CONNECTIONS)
        page = await open_page(context, f"{home.url}/front-door/home")
        await sees(page, f"Call {DOOR}")
        await home.call_action("call", **{"from": DOOR}, to=["screens"], relay=True)
        await press(page, "Answer")
        await eventually(lambda: picture(page, DOOR), bool)
        types = await eventually(lambda: used_candidates(page), bool)
        assert set(types) == {"relay"}
        await context.close()


async def test_without_a_turn_server_a_relayed_call_is_refused(
    tmp_path: Path, door: RunningCamera
) -> None:
    async with running_home(tmp_path / "home", door.url) as home:
        with pytest.raises(RuntimeError, match="TURN"):
            await home.call_action("call", **{"from": DOOR}, to=["screens"], relay=True)
        assert not (await home.call_action("list_calls"))["calls"]
