"""Addresses of RTSP streams: credentials apart from what goes on the wire."""

from dataclasses import dataclass, field, replace
from typing import Self
from urllib.parse import unquote, urljoin

_PORTS = {"rtsp": 554, "rtsps": 322}


@dataclass(frozen=True, slots=True)
class RtspUrl:
    """A stream's address in its parts.

    `target` is what requests name: the URL without credentials and fragment.
    """

    scheme: str
    host: str = field(repr=False)
    port: int = field(repr=False)
    target: str = field(repr=False)
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @property
    def secure(self) -> bool:
        """Whether the connection is by TLS."""
        return self.scheme == "rtsps"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Take a URL apart; `@` and `#` may stand in a password unescaped.

        Raises:
            ValueError: it is no RTSP URL; the text does not repeat it.
        """
        scheme, mark, rest = text.strip().partition("://")
        scheme = scheme.lower()
        if not mark or scheme not in _PORTS:
            raise ValueError("not an RTSP URL")
        authority, path = _split_authority(rest)
        credentials, _, place = authority.rpartition("@")
        host, port = _split_place(place, _PORTS[scheme])
        username, _, password = credentials.partition(":")
        return cls(
            scheme,
            host,
            port,
            f"{scheme}://{place}{_printable(path)}",
            unquote(username) if credentials else None,
            unquote(password) if credentials else None,
        )

    def redirected(self, location: str) -> Self:
        """Follow a redirect (RFC 2326, section 11.3).

        The scheme must stay, so that nobody is led from TLS to plain text; on
        another host the credentials are dropped.

        Raises:
            ValueError: the location can't be followed.
        """
        there = self.parse(absolute(self.target, location))
        if there.scheme != self.scheme:
            raise ValueError("redirect to another scheme")
        same_host = there.host.lower() == self.host.lower()
        return replace(
            there,
            username=self.username if same_host else None,
            password=self.password if same_host else None,
        )


def is_rtsp(text: str) -> bool:
    """Whether this is the address of an RTSP stream."""
    try:
        RtspUrl.parse(text)
    except ValueError:
        return False
    return True


def absolute(base: str, reference: str) -> str:
    """Resolve a reference as RFC 3986 says, for the schemes of RTSP, too."""
    reference = reference.strip()
    if "://" in reference:
        return reference
    scheme, _, rest = base.partition("://")
    joined = urljoin(f"http://{rest}", reference)
    return f"{scheme}://{joined.partition('://')[2]}"


def join_control(base: str, control: str) -> str:
    """Give the URL of a track or of the whole session (RFC 2326, C.1.1).

    Unlike RFC 3986 the last part of the base stays and the control value goes
    after its query, with one slash between: that is what devices expect.
    """
    control = control.strip()
    if control in {"", "*"}:
        return base
    if "://" in control:
        return control
    if control.startswith("?"):
        return base + control
    if control.startswith("/") and control.startswith(_path(base).rstrip("/") + "/"):
        return absolute(base, control)
    return f"{base.rstrip('/')}/{control.lstrip('/')}"


def _path(url: str) -> str:
    return "/" + url.partition("://")[2].partition("/")[2].partition("?")[0]


def _split_authority(rest: str) -> tuple[str, str]:
    """Cut at the slash (or question mark) behind the host."""
    authority, slash, path = rest.partition("/")
    path = slash + path
    credentials, at, place = authority.rpartition("@")
    for mark in "?#":
        place, found, tail = place.partition(mark)
        path = found + tail + path
    return credentials + at + place, path.partition("#")[0]


def _split_place(place: str, default_port: int) -> tuple[str, int]:
    if place.startswith("["):
        host, _, tail = place[1:].partition("]")
        port = tail.removeprefix(":")
    else:
        host, _, port = place.partition(":")
    if not host or _printable(place) != place:
        raise ValueError("no host in the URL")
    if port and not (port.isdecimal() and 0 < int(port) < 65_536):
        raise ValueError("bad port in the URL")
    return host, int(port) if port else default_port


def _printable(text: str) -> str:
    """Escape what would break a request line."""
    return "".join(
        char if "!" <= char <= "~" else "".join(f"%{b:02X}" for b in char.encode())
        for char in text
    )
