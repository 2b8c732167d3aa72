"""What users set and play, at a station, a browser and the card, as it works then."""

import asyncio
from collections.abc import AsyncIterator
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
from playwright.async_api import Locator, Page, expect
import pytest
import pytest_asyncio

from demo.configuration import STATION_SUBENTRY_ID

from .browser import KEEP_CONNECTIONS, PICTURE, negotiated, picture, tones, write_tone
from .conftest import DOOR_FREQUENCY, running_house
from .household import House, Person, has_colour
from .outside import add_station, change_the_door
from .people import control, does_not_see, eventually, press, sees
from .recordings import files_of, sound_of
from .sounds import LoudspeakerFile

pytestmark = pytest.mark.asyncio(loop_scope="module")

DOOR = "Front door"
VOICE = "media_player.front_door_voice"
CLIP = "media-source://media_source/local/clip.wav"
CLIP_FREQUENCY = 2000
SPEAKER = "Loft speaker"
CONFIGURATION = """
media_player:
  - platform: tape_recorder
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A home with a door, and a media player that keeps what it plays."""
    folder = tmp_path_factory.mktemp("house")
    async with running_house(folder, CONFIGURATION) as house:
        yield house


@pytest_asyncio.fixture(loop_scope="module")
async def kitchen(house: House) -> Any:
    """Somebody who calls."""
    yield await house.open("Kitchen", KEEP_CONNECTIONS)
    await house.tidy()


async def hears_the_door(person: Person, expected: bool) -> None:
    """Wait until somebody hears the door's microphone, or nothing of it."""
    await eventually(
        partial(tones, person.page, [DOOR_FREQUENCY]),
        lambda heard: (heard[DOOR_FREQUENCY] > -60) is expected,
    )


async def test_half_duplex(house: House, kitchen: Person) -> None:
    """The door's microphone is silent while its loudspeaker plays a voice."""
    loudspeaker = LoudspeakerFile(house.folder / "loudspeaker.wav")
    await press(kitchen.page, f"Call {DOOR}")
    await hears_the_door(kitchen, True)

    await change_the_door(house.home, duplex="half")
    await hears_the_door(kitchen, False)
    await eventually(
        partial(_plays, loudspeaker), lambda tone: abs(tone - kitchen.tone) < 15
    )
    await press(kitchen.page, "Mute microphone")
    await hears_the_door(kitchen, True)
    await press(kitchen.page, "Unmute microphone")
    await hears_the_door(kitchen, False)

    await change_the_door(house.home, duplex="full")
    await hears_the_door(kitchen, True)


async def test_push_to_talk(house: House, kitchen: Person) -> None:
    """The door hears a browser only while its button is held."""
    loudspeaker = LoudspeakerFile(house.folder / "loudspeaker.wav")
    page = kitchen.page
    await press(page, "Settings")
    await page.get_by_label("Push to talk").check()
    await press(page, "Close")
    await press(page, f"Call {DOOR}")
    await hears_the_door(kitchen, True)
    await eventually(partial(_is_muted, house, "Kitchen"), bool)
    assert await _plays(loudspeaker) == 0

    await control(page, "Unmute microphone").hover()
    await page.mouse.down()
    await sees(page, "Mute microphone")
    await eventually(
        partial(_plays, loudspeaker), lambda tone: abs(tone - kitchen.tone) < 15
    )
    assert not await _is_muted(house, "Kitchen")
    await page.mouse.up()
    await sees(page, "Unmute microphone: hold to talk")
    await eventually(partial(_is_muted, house, "Kitchen"), bool)
    await eventually(partial(_plays, loudspeaker), (0.0).__eq__)


async def test_a_speaker_without_a_camera(house: House, kitchen: Person) -> None:
    """A video call with it has sound only, which a media player plays."""
    await add_station(house.home, SPEAKER, speaker="media_player.tape_recorder")
    tape = house.folder / "home" / "tape.mp3"
    await sees(kitchen.page, f"Call {SPEAKER}")
    await house.home.call_action("call", **{"from": "Kitchen"}, to=[SPEAKER])
    await sees(kitchen.page, "Hang up")
    await eventually(
        partial(asyncio.to_thread, _frequency_on, tape),
        lambda tone: abs(tone - kitchen.tone) < 15,
    )
    view = kitchen.page.get_by_role("group", name=f"Call with {SPEAKER}")
    await view.get_by_text(SPEAKER).nth(1).wait_for()
    assert await picture(kitchen.page, SPEAKER) is None
    assert await house.home.state("media_player.tape_recorder") == "playing"
    [call] = (await house.home.call_action("list_calls"))["calls"]
    assert call["video"]
    assert [link["state"] for link in call["links"]] == ["connected"]

    await press(kitchen.page, "Hang up")
    await eventually(
        partial(house.home.state, "media_player.tape_recorder"), "idle".__eq__
    )


def _frequency_on(tape: Path) -> float:
    """Return the loudest frequency of the newest second on a tape, 0 without one."""
    if not tape.exists() or tape.stat().st_size < 20_000:
        return 0.0
    with av.open(BytesIO(tape.read_bytes()[-16_000:]), "r", format="mp3") as container:
        frames = [frame.to_ndarray()[0] for frame in container.decode(audio=0)]
    samples = np.concatenate(frames)
    if np.abs(samples).max() < 0.01:
        return 0.0
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(np.argmax(spectrum)) * 48_000 / len(samples)


EMPTY_DASHBOARD = """
async () => {
  const {hass} = document.querySelector('home-assistant');
  await hass.callWS({type: 'lovelace/dashboards/create', url_path: 'hall-wall',
    title: 'Hall', mode: 'storage', show_in_sidebar: true, require_admin: false});
  await hass.callWS({type: 'lovelace/config/save', url_path: 'hall-wall',
    config: {views: [{title: 'Hall', path: 'hall', cards: []}]}});
}
"""
CARDS = """
async () => {
  const {hass} = document.querySelector('home-assistant');
  const {views} = await hass.callWS({type: 'lovelace/config', url_path: 'hall-wall'});
  return views[0].cards;
}
"""


async def test_the_cards_visual_editor(house: House, kitchen: Person) -> None:
    """The card is found, set up, shown and changed without a line of code."""
    page = kitchen.page
    await page.evaluate(EMPTY_DASHBOARD)
    await page.goto(f"{house.home.url}/hall-wall/hall?edit=1")
    await shown(page, "Add card").click()
    await shown(page, "By card").click()
    await page.get_by_placeholder("Search cards").fill("Mesh Call")
    # What it would look like lies above its name.
    await shown(page, "Mesh Call").click(force=True)
    title = page.locator("input[name=title]")
    await title.fill("Who is there?")
    await shown(page, "Add").click()
    door = page.get_by_role("option", name=DOOR)
    await door.click()
    await door.wait_for(state="hidden")
    with_video = page.get_by_role("switch").locator("visible=true")
    await expect(with_video).to_be_checked()
    # A click may land on the list of parties, which goes away slowly.
    await with_video.press("Space")
    await expect(with_video).not_to_be_checked()
    await shown(page, "Save").click()
    card = {
        "type": "custom:mesh-call-card",
        "title": "Who is there?",
        "parties": [f"station:{STATION_SUBENTRY_ID}"],
        "video": False,
    }
    await eventually(partial(page.evaluate, CARDS), [card].__eq__)

    await shown(page, "Edit").click()
    await expect(title).to_have_value("Who is there?")
    await expect(with_video).not_to_be_checked()
    await title.fill("The door")
    await shown(page, "Save").click()
    card["title"] = "The door"
    await eventually(partial(page.evaluate, CARDS), [card].__eq__)
    await shown(page, "Done").click()
    await page.get_by_role("heading", name="The door").wait_for()
    await sees(page, f"Call {DOOR}")


def shown(page: Page, text: str) -> Locator:
    """Find the newest visible thing of this text, in dialogs that lie above others."""
    return page.get_by_text(text, exact=True).locator("visible=true").last


async def _is_muted(house: House, name: str) -> bool:
    """Tell whether Home Assistant knows of a member's microphone that it is off."""
    [call] = (await house.home.call_action("list_calls"))["calls"]
    [member] = [one for one in call["members"] if one["name"] == name]
    muted: bool = member["muted_audio"]
    return muted


async def _plays(loudspeaker: LoudspeakerFile) -> float:
    """Return the frequency that the door's loudspeaker plays now, 0 for silence."""
    start = loudspeaker.samples
    await asyncio.sleep(1)
    return loudspeaker.frequency(start)


REMOTE = "camera.front_door_remote"
SHOW_ENTITY = """
  (entityId) => document.querySelector('home-assistant').dispatchEvent(
    new CustomEvent('hass-more-info', {detail: {entityId}}))
"""


async def test_a_call_is_watched_in_home_assistants_own_player(
    house: House, kitchen: Person
) -> None:
    """A page that has no card of ours shows who is in a call with the door."""
    await press(kitchen.page, f"Call {DOOR}")
    await sees(kitchen.page, "Hang up")
    await eventually(partial(_counted, house), lambda count: count == 0)
    await does_not_see(kitchen.page, "Turn camera off")

    watcher = await house.open_as_guest("Kitchen")
    await watcher.evaluate(SHOW_ENTITY, REMOTE)
    await eventually(
        # Nobody has labelled this video.
        partial(watcher.evaluate, PICTURE, None),
        partial(has_colour, kitchen.colour),
    )
    await eventually(
        partial(tones, watcher, [kitchen.tone]),
        lambda heard: heard[kitchen.tone] > -60,
    )
    assert await _counted(house) == 1
    await expect(kitchen.page.get_by_text("1 watching")).to_be_visible()
    await sees(kitchen.page, "Turn camera off")
    assert has_colour(kitchen.colour, {"colour": await _still(house)})

    await watcher.keyboard.press("Escape")
    await eventually(partial(_counted, house), lambda count: count == 0)
    await expect(kitchen.page.get_by_text("1 watching")).to_be_hidden()
    await does_not_see(kitchen.page, "Turn camera off")


async def _counted(house: House) -> int | None:
    """Return how many watch the call that goes on."""
    calls = (await house.home.call_action("list_calls"))["calls"]
    return calls[0]["viewers"] if calls and calls[0]["state"] == "in_call" else None


async def _still(house: House) -> list[float]:
    """Return the mean colour of the camera's still."""
    data = await house.home.fetch(f"/api/camera_proxy/{REMOTE}")
    with av.open(BytesIO(data), "r") as container:
        pixels = next(container.decode(video=0)).to_ndarray(format="rgb24")
    return [float(value) for value in pixels.mean(axis=(0, 1))]


async def hears(person: Person, *wanted: int) -> None:
    """Wait until somebody hears these of the door's tones, and no others."""
    await eventually(
        partial(tones, person.page, [DOOR_FREQUENCY, CLIP_FREQUENCY]),
        lambda heard: {tone for tone in heard if heard[tone] > -60} == set(wanted),
    )


@pytest.fixture
def clip(house: House) -> None:
    """Something to be heard in Home Assistant's media."""
    write_tone(house.home.folder / "media" / "clip.wav", CLIP_FREQUENCY, 60)


async def reads_nothing(house: House) -> None:
    """Wait until nothing of what was played is open."""

    async def look() -> bool:
        held = await house.home.introspect()
        reading = "mesh_call sound reader" in held["threads"]
        return reading or any("Playback" in name for name in held["tasks"])

    await eventually(look, lambda reading: not reading)


async def test_what_the_voice_plays_is_heard(
    house: House, kitchen: Person, clip: None
) -> None:
    """A file is heard with the door's microphone, by whoever records, too."""
    home = house.home
    await press(kitchen.page, f"Call {DOOR}")
    await hears(kitchen, DOOR_FREQUENCY)
    agreed = await negotiated(kitchen.page)
    path = (await home.call_action("start_recording"))["path"]

    media = {"media_content_id": CLIP, "media_content_type": "music"}
    await home.act("media_player", "play_media", entity_id=VOICE, **media)
    assert await home.state(VOICE) == "playing"
    await hears(kitchen, DOOR_FREQUENCY, CLIP_FREQUENCY)
    await home.act("media_player", "media_stop", entity_id=VOICE)
    assert await home.state(VOICE) == "idle"
    await hears(kitchen, DOOR_FREQUENCY)

    await home.call_action("stop_recording")
    # The recording's connection has come since.
    assert (await negotiated(kitchen.page))[: len(agreed)] == agreed
    [file] = files_of(path, DOOR)
    sound, rate = await asyncio.to_thread(sound_of, file)
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    for frequency in (DOOR_FREQUENCY, CLIP_FREQUENCY):
        place = round(frequency * len(sound) / rate)
        near = spectrum[place - 40 : place + 40].max()
        assert near > 20 * np.median(spectrum), frequency

    await home.act("media_player", "play_media", entity_id=VOICE, **media)
    await press(kitchen.page, "Hang up")
    await eventually(partial(home.state, VOICE), "idle".__eq__)
    await reads_nothing(house)


async def test_a_greeting_is_heard_by_who_is_let_in(
    house: House, kitchen: Person, clip: None
) -> None:
    media = {"media_content_id": CLIP, "media_content_type": "audio/x-wav"}
    await change_the_door(house.home, greeting=media)
    await press(kitchen.page, f"Call {DOOR}")
    await eventually(
        partial(tones, kitchen.page, [CLIP_FREQUENCY]),
        lambda heard: heard[CLIP_FREQUENCY] > -60,
    )
    await press(kitchen.page, "Hang up")
    await reads_nothing(house)
