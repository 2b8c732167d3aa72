"""What can go wrong on an RTSP connection.

No text here ever holds an address, a URL or a password: texts of the operating
system and of the device are replaced, not passed on.
"""

from http import HTTPStatus
from typing import override

_PHRASES = {
    451: "Parameter Not Understood",
    453: "Not Enough Bandwidth",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    457: "Invalid Range",
    459: "Aggregate Operation Not Allowed",
    460: "Only Aggregate Operation Allowed",
    461: "Unsupported Transport",
    505: "RTSP Version Not Supported",
    551: "Option not supported",
}


class RtspError(Exception):
    """Base of everything this package raises on purpose."""


class ConnectError(RtspError):
    """The device could not be reached; the text says why in a few words."""


class ConnectionLostError(RtspError):
    """The connection ended, by the device or by a broken message."""


class TimedOutError(RtspError):
    """The device did not answer in time."""


class ProtocolError(RtspError):
    """The device answered something that can't be used."""


class StatusError(RtspError):
    """The device refused a request with a status of 300 or above."""

    def __init__(self, status: int) -> None:
        """Remember the status code of RFC 2326, section 7.1.1."""
        super().__init__(status)
        self.status = status

    @override
    def __str__(self) -> str:
        """Give the code and its standard phrase, never the device's own text."""
        return f"{self.status} {status_phrase(self.status)}".strip()


def status_phrase(status: int) -> str:
    """Give the phrase RFC 2326 or HTTP has for a status, "" for unknown ones."""
    if phrase := _PHRASES.get(status):
        return phrase
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
