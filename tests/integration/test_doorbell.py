"""A doorbell's ring starts a call, and nothing else does."""

from datetime import timedelta
from typing import Any

from homeassistant.core import Context, Event, HomeAssistant
from homeassistant.util import dt as dt_util
import pytest

from custom_components.mesh_call.calls.model import PartyState
from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR, OpenPage
from .fakes import in_call

EVENT = "event.bell"
SENSOR = "binary_sensor.bell"
BUTTON = "input_button.bell"
RING = {"device_class": "doorbell", "event_type": "ring"}


@pytest.fixture
def doorbell() -> str:
    """Return the doorbell entity of the front door."""
    return EVENT


@pytest.fixture
def station_data(doorbell: str) -> dict[str, Any]:
    """Return a front door with a doorbell."""
    return {"stream_url": "rtsp://127.0.0.1:1/door", "doorbell": doorbell}


def stamp(seconds_ago: float = 0) -> str:
    """Return when a bell was pressed."""
    return (dt_util.utcnow() - timedelta(seconds=seconds_ago)).isoformat()


def rings(home: Home) -> bool:
    """Tell whether the door calls."""
    return home.exchange.status(FRONT_DOOR).state is PartyState.CALLING


@pytest.mark.parametrize(
    ("doorbell", "before", "after", "attributes", "expected"),
    [
        (EVENT, stamp(99), stamp, RING, True),
        (EVENT, "unknown", stamp, RING, True),
        (EVENT, "unavailable", stamp, RING, False),
        (EVENT, None, stamp, RING, False),
        (EVENT, stamp(99), lambda: "unavailable", RING, False),
        (EVENT, stamp(99), lambda: "unknown", RING, False),
        (EVENT, stamp(999), lambda: stamp(99), RING, False),
        (EVENT, stamp(99), stamp, {**RING, "event_type": "motion"}, False),
        (EVENT, stamp(99), stamp, {"event_type": "pressed"}, True),
        (EVENT, stamp(99), lambda: "nonsense", RING, False),
        (BUTTON, "unknown", stamp, {}, True),
        (BUTTON, stamp(99), stamp, {}, True),
        (SENSOR, "off", lambda: "on", {}, True),
        (SENSOR, "on", lambda: "off", {}, False),
        (SENSOR, "unknown", lambda: "on", {}, False),
        (SENSOR, "unavailable", lambda: "on", {}, False),
        (SENSOR, None, lambda: "on", {}, False),
    ],
    # Time stamps would name the tests anew each time.
    ids=map(str, range(17)),
)
async def test_only_a_ring_of_now_counts(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    doorbell: str,
    before: str | None,
    after: Any,
    attributes: dict[str, str],
    expected: bool,
) -> None:
    await open_page()
    if before:
        hass.states.async_set(doorbell, before, {"event_type": "ring"})
        await hass.async_block_till_done()
    hass.states.async_set(doorbell, after(), attributes)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert rings(home) is expected


async def test_a_change_of_attributes_is_no_ring(
    hass: HomeAssistant, home: Home
) -> None:
    pressed = stamp()
    hass.states.async_set(EVENT, pressed, RING)
    hass.states.async_set(EVENT, pressed, {**RING, "battery": 7})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not rings(home)


async def test_the_event_of_the_ring_goes_on_in_the_call(
    hass: HomeAssistant, home: Home, open_page: OpenPage, call_events: list[Event]
) -> None:
    await open_page()
    hass.states.async_set(EVENT, stamp(99), RING)
    context = Context()
    hass.states.async_set(EVENT, stamp(), RING, context=context)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert call_events[0].context is context
    assert call_events[0].data["by"] == FRONT_DOOR


async def test_ringing_again_changes_nothing(
    hass: HomeAssistant,
    home: Home,
    open_page: OpenPage,
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = await open_page()
    hass.states.async_set(EVENT, stamp(99), RING)
    hass.states.async_set(EVENT, stamp(2), RING)
    call = await page.rings()
    hass.states.async_set(EVENT, stamp(1), RING)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(home.exchange.calls) == 1
    await page.command("accept", call_id=call["call_id"])
    await page.wait_until(in_call)
    hass.states.async_set(EVENT, stamp(), RING)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(home.exchange.calls) == 1
    assert "reached nobody" not in caplog.text


async def test_another_doorbell_counts_at_once(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    await open_page()
    subentry = home.entry.subentries["front_door"]
    hass.config_entries.async_update_subentry(
        home.entry, subentry, data={**subentry.data, "doorbell": BUTTON}
    )
    await hass.async_block_till_done()
    for entity in (EVENT, BUTTON):
        hass.states.async_set(entity, "unknown")
    hass.states.async_set(EVENT, stamp(), RING)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not rings(home)
    hass.states.async_set(BUTTON, stamp())
    await hass.async_block_till_done(wait_background_tasks=True)
    assert rings(home)


class TestARingForSome:
    """The door rings named screens only."""

    @pytest.fixture
    def station_data(self) -> dict[str, Any]:
        return {
            "stream_url": "rtsp://127.0.0.1:1/door",
            "doorbell": EVENT,
            "ring": ["Kitchen", "Attic"],
            "ring_mode": "all",
        }

    async def press(self, hass: HomeAssistant) -> None:
        hass.states.async_set(EVENT, stamp(99), RING)
        hass.states.async_set(EVENT, stamp(), RING)
        await hass.async_block_till_done(wait_background_tasks=True)

    async def test_one_that_is_missing_does_not_silence_the_others(
        self, hass: HomeAssistant, home: Home, open_page: OpenPage
    ) -> None:
        page, other = await open_page(), await open_page()
        await page.command("screen/name", name="Kitchen")
        await self.press(hass)
        await page.rings()
        (call,) = home.exchange.calls
        assert other.screen_id not in call.members
        assert call.ring_mode == "all"

    async def test_if_nobody_is_there_the_log_says_so(
        self, hass: HomeAssistant, home: Home, caplog: pytest.LogCaptureFixture
    ) -> None:
        await self.press(hass)
        assert not home.exchange.calls
        assert "The ring at Front door reached nobody" in caplog.text
