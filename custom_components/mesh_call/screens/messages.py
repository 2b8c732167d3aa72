"""What pages may send, checked without repeating any of it in an error.

Messages hold session descriptions, addresses and secrets: they must come back in no
sentence and reach no log.
"""

from typing import Any, Final

import voluptuous as vol

from ..calls.devices import Device, DeviceChoice, Devices
from ..calls.errors import CallError
from ..calls.model import (
    Candidate,
    ConnectionState,
    Description,
    RejectReason,
    RingMode,
)
from ..signaling.screen_link import PageStatistics

MAX_CALLEES: Final = 50
MAX_DEVICES: Final = 64

ID: Final = vol.All(str, vol.Length(min=1, max=255))
KEY: Final = vol.All(str, vol.Match(r"^[a-z0-9_]{1,64}$"))
CALL: Final = {vol.Required("call_id"): ID}
CONNECTION: Final = {vol.Required("connection_id"): ID}

SCREEN: Final = vol.Schema(
    {
        vol.Optional("screen_id"): vol.Any(None, ID),
        vol.Optional("secret"): vol.Any(None, ID),
    }
)
RINGING: Final = vol.Schema(CALL)
CALLEES: Final = {vol.Required("to"): vol.All([ID], vol.Length(min=1, max=MAX_CALLEES))}
START: Final = vol.Schema(
    {
        **CALLEES,
        vol.Optional("video", default=True): bool,
        vol.Optional("ring_mode", default=RingMode.FIRST): vol.Coerce(RingMode),
    }
)
ACCEPT: Final = vol.Schema({**CALL, vol.Optional("video", default=True): bool})
REJECT: Final = vol.Schema(
    {
        **CALL,
        vol.Optional("reason", default=RejectReason.DECLINED): vol.Coerce(RejectReason),
    }
)
HANGUP: Final = vol.Schema(CALL)
MUTE: Final = vol.Schema(
    {**CALL, vol.Optional("audio"): bool, vol.Optional("video"): bool}
)
DESCRIBE: Final = vol.Schema(
    {
        **CONNECTION,
        vol.Required("description"): vol.All(
            {
                vol.Required("type"): vol.In(("offer", "answer")),
                vol.Required("sdp"): str,
            },
            lambda value: Description(value["type"], value["sdp"]),
        ),
    }
)
CANDIDATE: Final = vol.Schema(
    {
        **CONNECTION,
        vol.Required("candidate"): vol.Any(
            vol.All(None, lambda _: Candidate("")),
            vol.All(
                vol.Schema(
                    {
                        vol.Required("candidate"): str,
                        vol.Optional("sdpMid", default=None): vol.Any(None, ID),
                        vol.Optional("sdpMLineIndex", default=None): vol.Any(
                            None, vol.All(int, vol.Range(min=0, max=255))
                        ),
                    },
                    extra=vol.REMOVE_EXTRA,
                ),
                lambda value: Candidate(
                    value["candidate"], value["sdpMid"], value["sdpMLineIndex"]
                ),
            ),
        ),
    }
)
CONNECTION_STATE: Final = vol.Schema(
    {**CONNECTION, vol.Required("state"): vol.Coerce(ConnectionState)}
)
MEDIA: Final = vol.Schema(CONNECTION)
SILENCE: Final = vol.Schema({**CONNECTION, vol.Required("silent"): bool})
REPORT: Final = vol.Schema(
    {
        vol.Required("request_id"): ID,
        vol.Optional("error", default=None): vol.Any(None, KEY),
    }
)
ADD: Final = vol.Schema({**CALL, **CALLEES})
RECORD: Final = vol.Schema({**CALL, vol.Required("on"): bool})
SHARING: Final = vol.Schema({**CALL, vol.Required("on"): bool})
SCREEN_ID: Final = {vol.Optional("screen_id", default=None): vol.Any(None, ID)}
NAME: Final = vol.Schema({**SCREEN_ID, vol.Required("name"): str})
FORGET: Final = vol.Schema(SCREEN_ID)


def _device_lists() -> dict[vol.Marker, Any]:
    """Browsers that must not tell their devices name some without an id."""
    text = vol.All(str, vol.Length(max=255))
    device = {vol.Required("id"): text, vol.Required("label"): text}
    listed = vol.All([device], vol.Length(max=MAX_DEVICES))
    names = ("cameras", "microphones", "speakers")
    return {vol.Required(name): listed for name in names}


def _devices(fields: dict[str, Any]) -> dict[str, Devices]:
    choices = {
        kind: DeviceChoice(
            tuple(
                Device(device["id"], device["label"].strip())
                for device in fields[f"{kind}s"]
                if device["id"]
            ),
            fields[kind],
        )
        for kind in ("camera", "microphone", "speaker")
    }
    return {"devices": Devices(**choices)}


DEVICES: Final = vol.Schema(
    vol.All(
        {
            **_device_lists(),
            vol.Required("camera"): vol.Any(None, ID),
            vol.Required("microphone"): vol.Any(None, ID),
            vol.Required("speaker"): vol.Any(None, ID),
        },
        _devices,
    )
)


def _measured(highest: float) -> vol.Any:
    number = vol.All(vol.Any(int, float), vol.Range(min=0, max=highest))
    return vol.Any(None, number)


STATISTICS: Final = vol.Schema(
    vol.All(
        {
            **CONNECTION,
            vol.Required("round_trip_time"): _measured(3600),
            vol.Required("packet_loss"): _measured(1),
            vol.Required("bitrate_in"): _measured(1e8),
            vol.Required("bitrate_out"): _measured(1e8),
            vol.Required("width"): _measured(1e5),
            vol.Required("height"): _measured(1e5),
            vol.Required("frame_rate"): _measured(1e4),
        },
        lambda fields: {
            "connection_id": fields.pop("connection_id"),
            "statistics": PageStatistics(**fields),
        },
    )
)


def checked(schema: vol.Schema, message: dict[str, Any]) -> dict[str, Any]:
    """Return what a page sent, apart from the envelope; raises CallError."""
    fields = {key: value for key, value in message.items() if key not in ("id", "type")}
    try:
        return dict(schema(fields))
    except vol.Invalid as error:
        field = ".".join(str(part) for part in error.path)
    # Outside of the handler: the value must not hang on to the error.
    raise CallError("invalid_message", field=field)
