"""Calls of pages over the websocket."""

import asyncio
import logging

from homeassistant.core import HomeAssistant
import pytest

from custom_components.mesh_call.calls.model import Call
from custom_components.mesh_call.home import Home
from custom_components.mesh_call.signaling import screen_link

from .conftest import FRONT_DOOR, OpenPage
from .fakes import OFFER, FakeEquipment, FakePage, in_call


async def test_a_page_calls_the_door_and_hangs_up(
    hass: HomeAssistant, home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    answer = await page.command("call", to=[FRONT_DOOR])
    state = await page.wait_until(in_call)
    (call,) = state["calls"]
    assert call["call_id"] == answer["call_id"]
    assert call["my_state"] == "joined"
    assert call["caller"] == page.screen_id
    assert [member["id"] for member in call["members"]] == [page.screen_id, FRONT_DOOR]
    assert [link["state"] for link in call["links"]] == ["connected"]
    await page.command("hangup", call_id=answer["call_id"])
    await page.wait_until(lambda state: not state["calls"])
    assert page.of_type("close")
    assert page.of_type("leave")


async def test_the_page_is_told_all_it_needs_to_connect(
    home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    answer = await page.command("call", to=[FRONT_DOOR], video=False)
    await page.wait_until(in_call)
    joining = page.of_type("join")[0]
    assert (joining["call_id"], joining["video"]) == (answer["call_id"], False)
    opening = page.of_type("open")[0]
    assert opening == {
        "type": "open",
        "connection_id": opening["connection_id"],
        "call_id": answer["call_id"],
        "peer": FRONT_DOOR,
        "offer": False,
        "preview": False,
        "recording": False,
        "video": False,
        "ice_servers": [],
        "relay": False,
    }
    description = page.of_type("description")[0]
    assert description["connection_id"] == opening["connection_id"]
    assert description["description"] == {"type": "offer", "sdp": OFFER}


async def test_the_ring_of_the_door_is_answered(
    home: Home, open_page: OpenPage, ring: Call
) -> None:
    page = await open_page()
    call = await page.rings()
    assert call["caller"] == FRONT_DOOR
    preview = await page.wait_for("open", preview=True)
    assert preview["peer"] == FRONT_DOOR
    await page.command("accept", call_id=call["call_id"])
    await page.wait_until(in_call)
    await page.wait_for("close", connection_id=preview["connection_id"])


async def test_who_rejects_rings_no_more(
    home: Home, open_page: OpenPage, ring: Call
) -> None:
    page, other = await open_page(), await open_page()
    call = await page.rings()
    await other.rings()
    await page.command("reject", call_id=call["call_id"], reason="declined")
    await page.wait_until(lambda state: not state["calls"])
    assert other.state
    assert other.state["calls"]


async def test_the_first_of_two_answers_wins(
    home: Home, open_page: OpenPage, ring: Call
) -> None:
    pages = [await open_page(), await open_page()]
    calls = [await page.rings() for page in pages]
    call_id = calls[0]["call_id"]
    answers = await asyncio.gather(
        *(page.try_command("accept", call_id=call_id) for page in pages)
    )
    assert sorted(answer["success"] for answer in answers) == [False, True]
    winner = next(p for p, a in zip(pages, answers, strict=True) if a["success"])
    loser = next(p for p, a in zip(pages, answers, strict=True) if not a["success"])
    assert [a["error"]["code"] for a in answers if not a["success"]] == [
        "answered_elsewhere"
    ]
    dismissal = await loser.wait_for("dismiss")
    assert dismissal["reason"] == "answered_elsewhere"
    await winner.wait_until(in_call)


async def test_a_page_mutes_itself_once_it_has_done_so(
    home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    call_id = (await page.command("call", to=[FRONT_DOOR]))["call_id"]
    await page.wait_until(in_call)
    page.prompt = False
    answer = page.send("mute", call_id=call_id, audio=True)
    request = await page.wait_for("mute", call_id=call_id, audio=True, video=False)
    assert not home.exchange.status(page.screen_id).muted_audio
    page.send("report", request_id=request["request_id"])
    assert (await answer)["success"]
    assert home.exchange.status(page.screen_id).muted_audio
    assert not home.exchange.status(page.screen_id).muted_video


async def test_what_a_page_reports_is_the_error(
    home: Home, open_page: OpenPage
) -> None:
    page = await open_page()
    page.prompt = False
    answer = page.send("call", to=[FRONT_DOOR])
    request = await page.wait_for("join")
    page.send("report", request_id=request["request_id"], error="no_microphone")
    error = (await answer)["error"]
    assert error["code"] == "screen_failed"
    assert "no_microphone" in error["message"]
    assert not home.exchange.calls


async def test_a_page_that_does_not_report_is_not_waited_for(
    home: Home, open_page: OpenPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen_link, "REQUEST_TIMEOUT", 0.05)
    page = await open_page()
    page.prompt = False
    assert await page.refused("call", to=[FRONT_DOOR]) == "screen_not_responding"
    assert "did not respond" in page.errors[0]["message"]


async def test_a_screen_that_vanishes_while_it_rings_leaves_the_rest_alone(
    home: Home, open_page: OpenPage, ring: Call
) -> None:
    page, other = await open_page(), await open_page()
    await page.rings()
    call = await other.rings()
    await page.close()
    await other.command("accept", call_id=call["call_id"])
    await other.wait_until(in_call)


async def test_a_page_that_opens_while_it_rings_rings_too(
    home: Home, open_page: OpenPage, ring: Call
) -> None:
    late = await open_page()
    assert (await late.rings())["caller"] == FRONT_DOOR


async def test_candidates_go_both_ways(
    home: Home, open_page: OpenPage, equipment: dict[str, FakeEquipment]
) -> None:
    page = await open_page()
    await page.command("call", to=[FRONT_DOOR])
    await page.wait_until(in_call)
    connection_id = page.of_type("open")[0]["connection_id"]
    found = {"candidate": "candidate:1", "sdpMid": "0", "sdpMLineIndex": 0}
    await page.command(
        "candidate",
        connection_id=connection_id,
        candidate={**found, "usernameFragment": "x"},
    )
    await page.command("candidate", connection_id=connection_id, candidate=None)
    got = equipment[FRONT_DOOR].port.candidates
    assert [candidate.candidate for candidate in got] == ["candidate:1", ""]
    await home.exchange.candidate(connection_id, FRONT_DOOR, got[0])
    await home.exchange.candidate(connection_id, FRONT_DOOR, got[1])
    await page.wait_for("candidate", candidate=None)
    assert [event["candidate"] for event in page.of_type("candidate")] == [found, None]


async def test_two_screens_call_each_other(home: Home, open_page: OpenPage) -> None:
    page, other = await open_page(), await open_page()
    answer = await page.command("call", to=[other.screen_id])
    await other.rings()
    await other.command("accept", call_id=answer["call_id"])
    opening = await page.wait_for("open", peer=other.screen_id)
    assert opening["offer"]
    await page.wait_until(in_call)


class TestForeignConnections:
    """A page can only speak for connections it was told to open."""

    @pytest.fixture
    async def pages(
        self, home: Home, open_page: OpenPage
    ) -> tuple[str, FakePage, FakePage]:
        page, stranger = await open_page(), await open_page()
        await page.command("call", to=[FRONT_DOOR])
        await page.wait_until(in_call)
        return page.of_type("open")[0]["connection_id"], page, stranger

    @pytest.mark.parametrize(
        ("command", "fields"),
        [
            ("describe", {"description": {"type": "answer", "sdp": "v=0"}}),
            ("candidate", {"candidate": None}),
            ("connection", {"state": "failed"}),
            ("media", {}),
            ("silence", {"silent": True}),
        ],
    )
    async def test_everything_is_refused(
        self,
        home: Home,
        pages: tuple[str, FakePage, FakePage],
        command: str,
        fields: dict[str, object],
    ) -> None:
        connection_id, page, stranger = pages
        code = await stranger.refused(command, connection_id=connection_id, **fields)
        assert code == "unknown_connection"
        assert in_call(await page.wait_until(in_call))

    async def test_too_much_is_refused(
        self, pages: tuple[str, FakePage, FakePage]
    ) -> None:
        connection_id, page, _ = pages
        sdp = {"type": "answer", "sdp": "v" * 70_000}
        long = {"candidate": "c" * 3000}
        refused = page.refused
        assert (
            await refused("describe", connection_id=connection_id, description=sdp)
            == "too_large"
        )
        assert (
            await refused("candidate", connection_id=connection_id, candidate=long)
            == "too_large"
        )

    async def test_too_many_candidates_are_refused(
        self, pages: tuple[str, FakePage, FakePage]
    ) -> None:
        connection_id, page, _ = pages
        answers = [
            page.send(
                "candidate", connection_id=connection_id, candidate={"candidate": "c"}
            )
            for _ in range(205)
        ]
        codes = [
            answer["error"]["code"]
            for answer in await asyncio.gather(*answers)
            if not answer["success"]
        ]
        assert codes == ["too_many_candidates"] * 5


@pytest.mark.parametrize(
    ("command", "fields", "code"),
    [
        ("accept", {"call_id": "nonsense"}, "unknown_call"),
        ("reject", {"call_id": "nonsense"}, "unknown_call"),
        ("hangup", {"call_id": "nonsense"}, "unknown_call"),
        ("mute", {"call_id": "nonsense", "audio": True}, "unknown_call"),
        ("ringing", {"call_id": "nonsense"}, "unknown_call"),
        ("call", {"to": ["nobody"]}, "unknown_party"),
        ("call", {"to": []}, "invalid_message"),
        ("call", {"to": ["screens"], "ring_mode": "some"}, "invalid_message"),
        ("accept", {}, "invalid_message"),
        ("accept", {"call_id": 7}, "invalid_message"),
        ("candidate", {"connection_id": "x", "candidate": "c"}, "invalid_message"),
        ("connection", {"connection_id": "x", "state": "odd"}, "invalid_message"),
        ("report", {"request_id": "1", "error": "Not a key!"}, "invalid_message"),
        ("screen/name", {"name": " "}, "invalid_name"),
        ("screen/name", {"name": "a\nb"}, "invalid_name"),
        ("screen/forget", {"screen_id": "screen:x"}, "unknown_party"),
    ],
)
async def test_refusals_are_said_in_words(
    home: Home,
    open_page: OpenPage,
    command: str,
    fields: dict[str, object],
    code: str,
) -> None:
    page = await open_page()
    assert await page.refused(command, **fields) == code
    assert page.errors[0]["message"] not in ("", code)


async def test_errors_repeat_nothing_of_a_bad_message(
    home: Home, open_page: OpenPage, caplog: pytest.LogCaptureFixture
) -> None:
    page = await open_page()
    description = {"type": "offer", "sdp": 5, "more": "c=IN IP4 192.0.2.7"}
    code = await page.refused("describe", connection_id="x", description=description)
    assert code == "invalid_message"
    assert "192.0.2.7" not in str(page.errors)
    # Home Assistant itself writes every message into its debug log.
    logged = [r.getMessage() for r in caplog.records if r.levelno > logging.DEBUG]
    assert "192.0.2.7" not in str(logged)
