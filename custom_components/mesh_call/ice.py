"""Which STUN and TURN servers calls of this home may use.

Home Assistant's list starts with a public server of its own as long as nobody
configured one. A call must not tell a stranger that it takes place, so that one is
left out, for Home Assistant's own connections and for browsers alike.
"""

from typing import Any

from homeassistant.components.web_rtc import (
    DATA_ICE_SERVERS_USER,
    DOMAIN as WEB_RTC_DOMAIN,
    async_get_ice_servers,
)
from homeassistant.core import HomeAssistant

from .accounts.config import ServerConfig
from .media.webrtc.servers import IceServer as OwnIceServer

type IceServer = dict[str, Any]
"""A server as browsers take it: `urls`, `username`, `credential`."""


def configured_ice_servers(hass: HomeAssistant) -> list[IceServer]:
    """Return what the user configured and what other integrations registered."""
    if WEB_RTC_DOMAIN not in hass.config.components:
        return []
    servers = async_get_ice_servers(hass)
    if not _configured_by_user(hass):
        # The list begins with Home Assistant's public default then.
        del servers[0]
    return [server.to_dict() for server in servers]


def configured_of(hass: HomeAssistant, servers: list[IceServer]) -> list[IceServer]:
    """Leave Home Assistant's public default out of what a camera's clients get."""
    if WEB_RTC_DOMAIN not in hass.config.components or _configured_by_user(hass):
        return servers
    default = async_get_ice_servers(hass)[0].to_dict()
    return [server for server in servers if server != default]


def ice_server(server: IceServer) -> OwnIceServer:
    """Return a server as connections that end here take it."""
    return OwnIceServer(
        tuple(_urls(server)), server.get("username"), server.get("credential")
    )


def _configured_by_user(hass: HomeAssistant) -> bool:
    return bool(hass.config.webrtc.ice_servers) or DATA_ICE_SERVERS_USER in hass.data


def has_relay(servers: list[IceServer]) -> bool:
    """Tell whether any of these servers relays: whether it is a TURN server."""
    return any(
        url.startswith(("turn:", "turns:"))
        for server in servers
        for url in _urls(server)
    )


def relay_server(config: ServerConfig) -> IceServer | None:
    """Return the TURN server of an account."""
    if config.turn_url is None:
        return None
    server: IceServer = {"urls": config.turn_url}
    if config.turn_username is not None:
        server["username"] = config.turn_username
    if config.turn_password is not None:
        server["credential"] = config.turn_password
    return server


def _urls(server: IceServer) -> list[str]:
    urls = server["urls"]
    return [urls] if isinstance(urls, str) else list(urls)
