"""The card is served and loaded by every page, under a new address when it changes."""

from pathlib import Path

from homeassistant.components.frontend import DATA_EXTRA_MODULE_URL
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.mesh_call import frontend_module
from custom_components.mesh_call.const import DOMAIN


async def test_pages_load_the_module(
    hass: HomeAssistant,
    hass_client: ClientSessionGenerator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    (tmp_path / frontend_module.MODULE).write_text("// a card")
    monkeypatch.setattr(frontend_module, "FOLDER", tmp_path)
    assert await async_setup_component(hass, DOMAIN, {})
    (address,) = hass.data[DATA_EXTRA_MODULE_URL].urls
    assert address.startswith(f"{frontend_module.URL}/{frontend_module.MODULE}?v=")
    answer = await (await hass_client()).get(address)
    assert await answer.text() == "// a card"
    assert "max-age" in answer.headers["Cache-Control"]


async def test_without_a_build_the_rest_still_works(
    hass: HomeAssistant,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(frontend_module, "FOLDER", tmp_path)
    assert await async_setup_component(hass, DOMAIN, {})
    assert "has not been built" in caplog.text
