"""Names that more than one part of the front uses.

Sentences of errors live in the translations under `exceptions`; the key of a
`CallError` is the key of its sentence.
"""

import logging
from typing import Final

from homeassistant.const import Platform

PACKAGE: Final = __name__.rpartition(".")[0]
LOGGER: Final = logging.getLogger(PACKAGE)

DOMAIN: Final = "mesh_call"

ACCOUNT_PLATFORMS: Final = (Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT)
HOME_PLATFORMS: Final = (
    Platform.BUTTON,
    Platform.CAMERA,
    Platform.EVENT,
    Platform.MEDIA_PLAYER,
    Platform.NUMBER,
    Platform.SELECT,
    Platform.SENSOR,
    Platform.SWITCH,
)

HOME_UNIQUE_ID: Final = "home"
"""There is one exchange in a home, so there is one such config entry."""

SUBENTRY_CONTACT: Final = "contact"
SUBENTRY_STATION: Final = "station"

# Options of the home
CONF_GUEST_SCREENS: Final = "guest_screens"
CONF_NOTIFY: Final = "notify"
CONF_RING_TIMEOUT: Final = "ring_timeout"
CONF_RING_USERS: Final = "ring_users"
CONF_RECORDINGS_FOLDER: Final = "recordings_folder"

# Data of a station
CONF_AUTO_ANSWER: Final = "auto_answer"
CONF_CAMERA: Final = "camera"
CONF_DO_NOT_DISTURB: Final = "do_not_disturb"
CONF_DOORBELL: Final = "doorbell"
CONF_DUPLEX: Final = "duplex"
CONF_GREETING: Final = "greeting"
CONF_MAX_BANDWIDTH: Final = "max_bandwidth"
CONF_RECORD: Final = "record"
CONF_RING: Final = "ring"
CONF_RING_MODE: Final = "ring_mode"
CONF_SPEAKER: Final = "speaker"
CONF_SPEAKER_DELAY: Final = "speaker_delay"
CONF_STREAM_URL: Final = "stream_url"
CONF_SUB_STREAM_URL: Final = "sub_stream_url"
CONF_TALK_BACK: Final = "talk_back"

DEFAULT_RING_TIMEOUT: Final = 60

# Data of an account
CONF_API_LOGIN: Final = "api_login"
CONF_API_URL: Final = "api_url"
CONF_APP_ID: Final = "app_id"
CONF_AUTH_KEY: Final = "auth_key"
CONF_AUTH_SECRET: Final = "auth_secret"  # noqa: S105  # a name, no secret
CONF_CA_CERTIFICATE: Final = "ca_certificate"
CONF_DIALECT: Final = "dialect"
CONF_SERVER: Final = "server"
CONF_TLS: Final = "tls"
CONF_TURN_PASSWORD: Final = "turn_password"  # noqa: S105  # nor is this
CONF_TURN_URL: Final = "turn_url"
CONF_TURN_USERNAME: Final = "turn_username"
CONF_USER_ID: Final = "user_id"

DIALECT_CONNECTYCUBE: Final = "connectycube"

# Options of an account, besides whom it rings
CONF_ANSWER_TIMEOUT: Final = "answer_timeout"
CONF_CALL_ANYONE: Final = "call_anyone"
CONF_DIALING_INTERVAL: Final = "dialing_interval"
CONF_DISCONNECT_TIMEOUT: Final = "disconnect_timeout"
CONF_PUSH_ENVIRONMENT: Final = "push_environment"
CONF_PUSH_PAYLOAD: Final = "push_payload"
CONF_RELAY: Final = "relay"

# Data of a contact
CONF_MAY_DROP_IN: Final = "may_drop_in"
CONF_MAY_RING: Final = "may_ring"

ACCOUNT_PREFIX: Final = "account:"
CONTACT_PREFIX: Final = "contact:"
STATION_PREFIX: Final = "station:"
SCREEN_PREFIX: Final = "screen:"

ALL_SCREENS: Final = "screens"
"""Stands for every screen of the home wherever parties are named."""

EVENT_CALL: Final = "mesh_call_call"
EVENT_CONNECTION_STATE: Final = "mesh_call_connection_state"
