"""What the user set for an account and for its contacts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import re
from typing import Any, Final, Self

from homeassistant.const import CONF_ADDRESS, CONF_HOST, CONF_PASSWORD, CONF_PORT

from ..calls.model import RingMode
from ..const import (
    ALL_SCREENS,
    CONF_ANSWER_TIMEOUT,
    CONF_API_LOGIN,
    CONF_API_URL,
    CONF_APP_ID,
    CONF_AUTH_KEY,
    CONF_AUTH_SECRET,
    CONF_CA_CERTIFICATE,
    CONF_CALL_ANYONE,
    CONF_DIALING_INTERVAL,
    CONF_DISCONNECT_TIMEOUT,
    CONF_MAY_DROP_IN,
    CONF_MAY_RING,
    CONF_PUSH_ENVIRONMENT,
    CONF_PUSH_PAYLOAD,
    CONF_RELAY,
    CONF_RING,
    CONF_RING_MODE,
    CONF_SERVER,
    CONF_TLS,
    CONF_TURN_PASSWORD,
    CONF_TURN_URL,
    CONF_TURN_USERNAME,
    CONF_USER_ID,
)

DEFAULT_API_URL: Final = "https://api.connectycube.com"
DEFAULT_HOST: Final = "chat.connectycube.com"
DEFAULT_PORT: Final = 5222


USER_ID: Final = re.compile(r"[1-9][0-9]{0,15}")
"""A user id as it stands in a JID."""


class Tls(StrEnum):
    """How the connection to the server is encrypted."""

    STARTTLS = "starttls"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class ServerConfig:
    """Where an account's servers are.

    `host` is the domain of the JID, the address and the name in the certificate at
    once; `ca_certificate` is PEM text that is trusted in place of the system's roots.
    """

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT
    tls: Tls = Tls.STARTTLS
    ca_certificate: str | None = field(default=None, repr=False)
    turn_url: str | None = None
    turn_username: str | None = field(default=None, repr=False)
    turn_password: str | None = field(default=None, repr=False)
    api_url: str = DEFAULT_API_URL
    api_login: str | None = field(default=None, repr=False)
    """The user's login or e-mail address; None if it is the user id."""

    auth_key: str | None = field(default=None, repr=False)
    auth_secret: str | None = field(default=None, repr=False)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read the folded part of the form."""
        return cls(
            host=data.get(CONF_HOST, DEFAULT_HOST),
            port=int(data.get(CONF_PORT, DEFAULT_PORT)),
            tls=Tls(data.get(CONF_TLS, Tls.STARTTLS)),
            ca_certificate=data.get(CONF_CA_CERTIFICATE),
            turn_url=data.get(CONF_TURN_URL),
            turn_username=data.get(CONF_TURN_USERNAME),
            turn_password=data.get(CONF_TURN_PASSWORD),
            api_url=data.get(CONF_API_URL, DEFAULT_API_URL),
            api_login=data.get(CONF_API_LOGIN),
            auth_key=data.get(CONF_AUTH_KEY),
            auth_secret=data.get(CONF_AUTH_SECRET),
        )


@dataclass(frozen=True, slots=True)
class AccountConfig:
    """A login to ConnectyCube: the data of an account's entry."""

    user_id: int
    app_id: int
    password: str = field(repr=False)
    server: ServerConfig

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what the flow stored."""
        return cls(
            user_id=int(data[CONF_USER_ID]),
            app_id=int(data[CONF_APP_ID]),
            password=data[CONF_PASSWORD],
            server=ServerConfig.from_data(data.get(CONF_SERVER, {})),
        )

    @property
    def jid(self) -> str:
        """The bare JID, which identifies the account."""
        return f"{self.user_id}-{self.app_id}@{self.server.host}"


class PushEnvironment(StrEnum):
    """Which of an app's push certificates are used."""

    PRODUCTION = "production"
    DEVELOPMENT = "development"


@dataclass(frozen=True, slots=True)
class AccountOptions:
    """How an account behaves; times are seconds."""

    ring: tuple[str, ...] = (ALL_SCREENS,)
    """The parties that ring when it is called."""

    ring_mode: RingMode = RingMode.FIRST
    """What happens to the others once one of them has answered."""

    relay: bool = False
    """Whether each of its calls goes by a relay server only."""

    answer_timeout: float = 60
    dialing_interval: float = 5
    disconnect_timeout: float = 30
    call_anyone: bool = False
    """Whether addresses that are no contact may be called."""

    push_environment: PushEnvironment = PushEnvironment.PRODUCTION
    push_payload: Mapping[str, Any] = field(default_factory=dict)
    """What the push of a call says besides or instead of the default."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what the options flow stored; else the defaults count."""
        default = cls()
        return cls(
            ring=tuple(data.get(CONF_RING) or default.ring),
            ring_mode=RingMode(data.get(CONF_RING_MODE, default.ring_mode)),
            relay=data.get(CONF_RELAY, default.relay),
            answer_timeout=data.get(CONF_ANSWER_TIMEOUT, default.answer_timeout),
            dialing_interval=data.get(CONF_DIALING_INTERVAL, default.dialing_interval),
            disconnect_timeout=data.get(
                CONF_DISCONNECT_TIMEOUT, default.disconnect_timeout
            ),
            call_anyone=data.get(CONF_CALL_ANYONE, default.call_anyone),
            push_environment=PushEnvironment(
                data.get(CONF_PUSH_ENVIRONMENT, default.push_environment)
            ),
            push_payload=data.get(CONF_PUSH_PAYLOAD, {}),
        )


@dataclass(frozen=True, slots=True)
class ContactConfig:
    """Somebody outside: the data of a contact's subentry."""

    address: int
    """The user id."""

    may_ring: bool = True
    may_drop_in: bool = False
    """Whether stations that are set to do so answer by themselves."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what the flow stored."""
        return cls(
            address=int(data[CONF_ADDRESS]),
            may_ring=data.get(CONF_MAY_RING, True),
            may_drop_in=data.get(CONF_MAY_DROP_IN, False),
        )
