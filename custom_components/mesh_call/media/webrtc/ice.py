"""ICE servers and candidates (RFC 8839)."""

from dataclasses import dataclass
import ipaddress
import re

from aiortc import (
    RTCConfiguration,
    RTCIceCandidate,
    RTCIceServer,
    RTCIceTransportPolicy,
)

from ...calls.errors import CallError
from .servers import IceServer

_SERVER = re.compile(r"(stuns?|turns?):[^?:\[\]]+(:\d+)?(\?transport=(udp|tcp))?")
_TYPES = ("host", "srflx", "prflx", "relay")
_CANDIDATE = re.compile(
    r"(?:a=)?(?:candidate:)?(?P<foundation>[\w+/.:-]{1,64}) (?P<component>\d{1,3})"
    r" (?P<protocol>\w+) (?P<priority>\d{1,10}) (?P<address>\S+) (?P<port>\d{1,5})"
    r" typ (?P<type>\w+)(?: .*)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class IceConfiguration:
    """What one connection may use to find its way.

    `relay_only`: only relayed candidates, so that the other end learns no address.
    """

    servers: tuple[IceServer, ...] = ()
    relay_only: bool = False


def engine_configuration(configuration: IceConfiguration) -> RTCConfiguration:
    """The configuration as aiortc takes it; what it can't use is left out."""
    servers = [
        RTCIceServer(urls, username=server.username, credential=server.credential)
        for server in configuration.servers
        if (urls := [url for url in server.urls if _SERVER.fullmatch(url)])
    ]
    # Never None: aiortc would ask a public server that nobody chose.
    return RTCConfiguration(
        iceServers=servers,
        iceTransportPolicy=RTCIceTransportPolicy.RELAY
        if configuration.relay_only
        else RTCIceTransportPolicy.ALL,
    )


def parse_candidate(text: str) -> RTCIceCandidate | None:
    """Read a candidate as browsers and SDP write it.

    Returns None for one that is valid but of no use here: TCP, a second
    component, or a name of mDNS. Browsers hide their addresses behind such names;
    they find us by ours, and their checks show where they are.

    Raises:
        CallError: `invalid_candidate`, if it is none.
    """
    match = _CANDIDATE.fullmatch(text.strip())
    if match is None or match["type"] not in _TYPES or int(match["port"]) > 65535:
        raise CallError("invalid_candidate")
    if match["protocol"].lower() != "udp" or match["component"] != "1":
        return None
    if match["address"].lower().endswith(".local") or match["type"] == "prflx":
        return None
    return RTCIceCandidate(
        component=1,
        foundation=match["foundation"],
        ip=_address(match["address"]),
        port=int(match["port"]),
        priority=int(match["priority"]),
        protocol="udp",
        type=match["type"],
    )


def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as error:
        raise CallError("invalid_candidate") from error
