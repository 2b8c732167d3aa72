"""What accounts do by HTTP, against a stand-in for the service."""

import asyncio
import base64
from collections.abc import AsyncGenerator
import hashlib
import hmac
import json
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.mesh_call.accounts.line import OutgoingCall
from custom_components.mesh_call.const import DOMAIN
from custom_components.mesh_call.home import Home

from .accounts import ACCOUNT_DATA, PASSWORD, FakeLine
from .entities import state

CALL = OutgoingCall(102, "5271110c-0ac6", None, True, (102,))


class Service:
    """The HTTP service as far as it is used: it notes requests and may fail."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, Any, dict[str, str]]] = []
        self.refusals: list[int] = []
        self.sessions = 0
        self.arrived = asyncio.Event()

    async def answer(self, request: web.Request) -> web.Response:
        """Take any request."""
        self.requests.append(
            (request.path, await request.json(), dict(request.headers))
        )
        if request.path == "/session.json":
            self.sessions += 1
            return web.json_response(
                {"session": {"token": f"token {self.sessions}"}}, status=201
            )
        self.arrived.set()
        status = self.refusals.pop(0) if self.refusals else 200
        return web.json_response({}, status=status)

    def of(self, path: str) -> list[tuple[Any, dict[str, str]]]:
        """Return bodies and headers of the requests to a path."""
        return [(body, headers) for p, body, headers in self.requests if p == path]


@pytest.fixture
async def service(socket_enabled: None) -> AsyncGenerator[tuple[Service, str]]:
    """Run the service; returns it with its address."""
    service = Service()
    app = web.Application()
    app.router.add_post("/{path:.*}", service.answer)
    async with TestServer(app, host="127.0.0.1") as server:
        yield service, f"http://127.0.0.1:{server.port}"


@pytest.fixture
async def keyed(
    hass: HomeAssistant,
    line: FakeLine,
    account_entry: MockConfigEntry,
    service: tuple[Service, str],
) -> Service:
    """Let the account have a key and return its service."""
    await change(hass, account_entry, api_url=service[1], auth_key="key of the app")
    return service[0]


async def change(
    hass: HomeAssistant, account_entry: MockConfigEntry, **server: Any
) -> None:
    """Change the server's settings."""
    known = {**account_entry.data["server"], **server}
    hass.config_entries.async_update_entry(
        account_entry, data={**ACCOUNT_DATA, "server": known}
    )
    await hass.async_block_till_done()


async def reject(hass: HomeAssistant, **fields: Any) -> None:
    """Reject a call that a push told of."""
    target = {"call_id": "from a push", "account": "ConnectyCube 101"}
    await hass.services.async_call(
        DOMAIN, "reject", {**target, "recipient": "Anna", **fields}, blocking=True
    )


async def wake(hass: HomeAssistant, line: FakeLine, service: Service) -> None:
    """Let the line tell of a call and wait for the push."""
    service.arrived.clear()
    line.listener.calling(CALL)
    async with asyncio.timeout(5):
        await service.arrived.wait()


@pytest.mark.parametrize("recipient", ["Anna", "102", "connectycube:102"])
async def test_a_rejection_goes_by_http(
    hass: HomeAssistant, line: FakeLine, keyed: Service, recipient: str
) -> None:
    await reject(hass, recipient=recipient, reason="busy", extension={"why": "asleep"})
    [(body, headers)] = keyed.of("/session.json")
    assert body == {
        "application_id": 1,
        "auth_key": "key of the app",
        "user": {"login": "101", "password": PASSWORD},
    }
    [(body, headers)] = keyed.of("/calls/reject.json")
    assert body == {
        "sessionID": "from a push",
        "recipientId": 102,
        "platform": "web",
        "userInfo": {"why": "asleep", "busy": "true"},
    }
    assert headers["CB-Token"] == "token 1"
    assert headers["CB-SDK"] == "JS 6.1.2 - Client"
    assert not line.dialect.refused


async def test_without_a_key_a_signal_rejects(
    hass: HomeAssistant, line: FakeLine
) -> None:
    await reject(hass, extension={"why": "asleep"})
    assert line.dialect.refused == [("from a push", 102, {"why": "asleep"})]


async def test_a_call_that_rings_is_rejected_as_usual(
    hass: HomeAssistant, home: Home, line: FakeLine, keyed: Service
) -> None:
    call = await line.dialect.calls("connectycube:102", "Front door")
    answer = await hass.services.async_call(
        DOMAIN, "list_calls", {}, blocking=True, return_response=True
    )
    assert answer
    with pytest.raises(ServiceValidationError):
        await reject(hass, call_id=call.id)
    assert not keyed.requests


async def test_a_session_is_kept_and_renewed_when_it_is_over(
    hass: HomeAssistant, keyed: Service
) -> None:
    await reject(hass)
    await reject(hass)
    assert keyed.sessions == 1
    keyed.refusals = [401]
    await reject(hass)
    assert keyed.sessions == 2
    assert [h["CB-Token"] for _, h in keyed.of("/calls/reject.json")] == [
        *["token 1"] * 3,
        "token 2",
    ]


@pytest.mark.parametrize("refusals", [[403], [500], [302]])
async def test_a_refusal_is_an_error(
    hass: HomeAssistant, keyed: Service, refusals: list[int]
) -> None:
    keyed.refusals = refusals
    with pytest.raises(HomeAssistantError) as error:
        await reject(hass)
    assert error.value.translation_key == "rest_failed"
    assert "key of the app" not in str(error.value)


@pytest.mark.usefixtures("socket_enabled")
async def test_a_service_that_is_down_is_an_error(
    hass: HomeAssistant, account_entry: MockConfigEntry, line: FakeLine
) -> None:
    await change(hass, account_entry, api_url="http://127.0.0.1:1", auth_key="key")
    with pytest.raises(HomeAssistantError) as error:
        await reject(hass)
    assert error.value.translation_key == "rest_failed"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"recipient": "Cleo"}, "unknown_party"),
        ({"recipient": "Front door"}, "unknown_party"),
        ({"recipient": "7"}, "not_a_contact"),
        ({"account": "Work"}, "unknown_account"),
        ({"extension": {"1": "x"}}, "invalid_extension"),
    ],
)
async def test_nonsense_puts_nothing_on_the_wire(
    hass: HomeAssistant,
    line: FakeLine,
    keyed: Service,
    fields: dict[str, Any],
    key: str,
) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await reject(hass, **fields)
    assert error.value.translation_key == key
    assert not keyed.requests
    assert not line.dialect.refused


async def test_a_call_id_is_needed(hass: HomeAssistant, line: FakeLine) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await hass.services.async_call(
            DOMAIN,
            "reject",
            {"account": "ConnectyCube 101", "recipient": "Anna"},
            blocking=True,
        )
    assert error.value.translation_key == "call_id_missing"


async def test_a_call_wakes_the_app(
    hass: HomeAssistant, line: FakeLine, keyed: Service
) -> None:
    await wake(hass, line, keyed)
    [(body, headers)] = keyed.of("/events.json")
    event = body["event"]
    assert headers["CB-Token"] == "token 1"
    payload = json.loads(base64.b64decode(event.pop("message")))
    assert event == {
        "notification_type": "push",
        "user": {"ids": [102]},
        "environment": "production",
    }
    caller = hass.config.location_name
    assert payload == {
        "message": f"Incoming call from {caller}",
        "ios_voip": 1,
        "handle": caller,
        "initiatorId": 101,
        "opponentsIds": [102],
        "uuid": CALL.session_id,
        "callType": "video",
        "signal_type": "startCall",
        "session_id": CALL.session_id,
        "caller_id": 101,
        "caller_name": caller,
        "call_opponents": "102",
        "call_type": 1,
    }


async def test_options_say_what_a_push_carries(
    hass: HomeAssistant, account_entry: MockConfigEntry, line: FakeLine, keyed: Service
) -> None:
    form = await hass.config_entries.options.async_init(account_entry.entry_id)
    form = await hass.config_entries.options.async_configure(
        form["flow_id"], {"push_payload": ["no", "object"]}
    )
    assert form["errors"] == {"push_payload": "not_an_object"}
    await hass.config_entries.options.async_configure(
        form["flow_id"],
        {
            "push_environment": "development",
            "push_payload": {"ios_voip": None, "title": "Door"},
        },
    )
    await hass.async_block_till_done()
    await wake(hass, line, keyed)
    event = keyed.of("/events.json")[0][0]["event"]
    assert event["environment"] == "development"
    payload = json.loads(base64.b64decode(event["message"]))
    assert payload["title"] == "Door"
    assert "ios_voip" not in payload


async def test_a_push_that_fails_stops_no_call(
    hass: HomeAssistant,
    line: FakeLine,
    keyed: Service,
    caplog: pytest.LogCaptureFixture,
) -> None:
    keyed.refusals = [500]
    await wake(hass, line, keyed)
    async with asyncio.timeout(5):
        while "No push could be sent" not in caplog.text:
            await asyncio.sleep(0)
    assert "key of the app" not in caplog.text
    assert state(hass, "event.anna_call") == STATE_UNKNOWN


async def test_without_a_key_nothing_is_posted(
    hass: HomeAssistant,
    line: FakeLine,
    account_entry: MockConfigEntry,
    service: tuple[Service, str],
) -> None:
    await change(hass, account_entry, api_url=service[1])
    line.listener.calling(CALL)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not service[0].requests


async def test_a_secret_signs_the_session(
    hass: HomeAssistant, account_entry: MockConfigEntry, keyed: Service
) -> None:
    await change(hass, account_entry, auth_secret="shh", api_login="door@example.org")
    await reject(hass)
    [(body, _)] = keyed.of("/session.json")
    assert body["user"] == {"email": "door@example.org", "password": PASSWORD}
    text = (
        f"application_id=1&auth_key=key of the app&nonce={body['nonce']}"
        f"&timestamp={body['timestamp']}&user[email]=door@example.org"
        f"&user[password]={PASSWORD}"
    )
    expected = hmac.new(b"shh", text.encode(), hashlib.sha1).hexdigest()
    assert body["signature"] == expected
