"""The logbook puts both events of the bus into words."""

from collections.abc import Callable
from typing import Any

from homeassistant.core import Event, HomeAssistant
import pytest

from custom_components.mesh_call import logbook
from custom_components.mesh_call.calls.events import CallEventType
from custom_components.mesh_call.calls.model import EndReason
from custom_components.mesh_call.const import EVENT_CALL, EVENT_CONNECTION_STATE
from custom_components.mesh_call.home import Home

from .conftest import FRONT_DOOR

type Describe = Callable[..., dict[str, str]]


@pytest.fixture
def describe(hass: HomeAssistant, home: Home) -> Describe:
    """Put an event into words."""
    described: dict[str, logbook.Describe] = {}
    logbook.async_describe_events(
        hass, lambda _domain, name, function: described.update({name: function})
    )

    def put(name: str, **data: Any) -> dict[str, str]:
        names = {"party_name": "Front door", "peer_name": "Tablet"}
        event: Event[dict[str, Any]] = Event(
            name, {"party": FRONT_DOOR, **names, **data}
        )
        return described[name](event)

    return put


@pytest.mark.parametrize("type_", CallEventType)
def test_every_type_has_words(describe: Describe, type_: CallEventType) -> None:
    entry = describe(EVENT_CALL, type=type_.value)
    assert entry["name"] == "Front door"
    assert entry["entity_id"] == "event.front_door_call"
    assert entry["message"]
    assert "{" not in entry["message"]


@pytest.mark.parametrize("reason", EndReason)
def test_every_reason_has_words(describe: Describe, reason: EndReason) -> None:
    entry = describe(EVENT_CALL, type="ended", reason=reason.value)
    assert entry["message"].startswith("call ended: ")
    assert "_" not in entry["message"]


def test_nameless_parties(describe: Describe) -> None:
    entry = describe(
        EVENT_CALL,
        type="incoming",
        party="screen:guest",
        party_name=None,
        peer_name=None,
    )
    assert entry == {"name": "Mesh Call", "message": "was called by somebody"}


def test_connection(describe: Describe) -> None:
    entry = describe(EVENT_CONNECTION_STATE, state="connected")
    assert entry["message"] == "connection to Tablet is connected"
