"""Names that more than one part of the front uses.

Sentences of errors live in the translations under `exceptions`; the key of a
`CallError` is the key of its sentence.
"""

import logging
from typing import Final

from homeassistant.const import Platform

LOGGER: Final = logging.getLogger(__package__)

DOMAIN: Final = "mesh_call"

PLATFORMS: Final = (
    Platform.BUTTON,
    Platform.EVENT,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)

HOME_UNIQUE_ID: Final = "home"
"""There is one exchange in a home, so there is one such config entry."""

SUBENTRY_STATION: Final = "station"

# Options of the home
CONF_GUEST_SCREENS: Final = "guest_screens"
CONF_RING_TIMEOUT: Final = "ring_timeout"
CONF_RING_USERS: Final = "ring_users"
CONF_RECORDINGS_FOLDER: Final = "recordings_folder"

# Data of a station
CONF_AUTO_ANSWER: Final = "auto_answer"
CONF_CAMERA: Final = "camera"
CONF_DO_NOT_DISTURB: Final = "do_not_disturb"
CONF_DOORBELL: Final = "doorbell"
CONF_MAX_BANDWIDTH: Final = "max_bandwidth"
CONF_RECORD: Final = "record"
CONF_RING: Final = "ring"
CONF_RING_MODE: Final = "ring_mode"
CONF_STREAM_URL: Final = "stream_url"
CONF_TALK_BACK: Final = "talk_back"

DEFAULT_RING_TIMEOUT: Final = 60

STATION_PREFIX: Final = "station:"
SCREEN_PREFIX: Final = "screen:"

ALL_SCREENS: Final = "screens"
"""Stands for every screen of the home wherever parties are named."""

EVENT_CALL: Final = "mesh_call_call"
EVENT_CONNECTION_STATE: Final = "mesh_call_connection_state"
