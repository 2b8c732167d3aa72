"""Which addresses libav reads; without libav, so that it can be asked anywhere."""

from typing import Final
from urllib.parse import urlsplit

PROTOCOLS: Final = {
    "rtmp": "rtmp,rtmpt,tcp",
    "rtmps": "rtmps,tls,tcp",
    "http": "http,tcp,crypto",
    "https": "https,tls,tcp,crypto",
    "file": "file",
}
"""By scheme, what an address may lead to: nowhere else, by whatever playlist or
redirect."""


def can_read(address: str) -> bool:
    """Whether this is the address of a stream on the network that libav reads."""
    if scheme(address) not in PROTOCOLS.keys() - {"file"}:
        return False
    return bool(urlsplit(address).hostname)


def scheme(address: str) -> str:
    """Give an address's scheme, `file` for a path, "" for what is none."""
    try:
        return urlsplit(address).scheme.lower() or "file"
    except ValueError:
        return ""
