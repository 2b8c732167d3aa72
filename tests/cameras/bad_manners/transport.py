"""Where the packets of a session go: channels of its connection, or ports."""

import re
import socket

_HOST = "127.0.0.1"


def interleaved(wanted: str, shift: int) -> tuple[int, str]:
    """Give channel and answer for a wanted transport (RFC 2326, 12.39)."""
    found = re.search(r"interleaved=(\d+)", wanted)
    assert found is not None
    channel = int(found[1]) + shift
    return channel, f"RTP/AVP/TCP;unicast;interleaved={channel}-{channel + 1}"


def datagrams(wanted: str, sockets: list[socket.socket]) -> tuple[int, str] | None:
    """The same by UDP, from new sockets; None where something else is wanted."""
    found = re.search(r"client_port=(\d+)-(\d+)", wanted)
    if found is None:
        return None
    assert int(found[1]) % 2 == 0
    assert int(found[2]) == int(found[1]) + 1
    ports = []
    for _ in range(2):
        own = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        own.bind((_HOST, 0))
        own.setblocking(False)
        sockets.append(own)
        ports.append(own.getsockname()[1])
    first, second = sorted(ports)
    answer = f"RTP/AVP;unicast;{found[0]};server_port={first}-{second}"
    return int(found[1]), answer
