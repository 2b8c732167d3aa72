"""How an account logs in, and why it may fail. Nothing here is slow to import."""

from dataclasses import dataclass, field
from enum import StrEnum


class Tls(StrEnum):
    """How the connection to the server is encrypted."""

    STARTTLS = "starttls"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Login:
    """Who logs in where.

    `host` is an address; the certificate must name the domain of the JID.
    `ca_certificate` is PEM text that is trusted in place of the system's roots.
    """

    jid: str
    """The bare JID."""

    password: str = field(repr=False)
    host: str
    port: int
    tls: Tls = Tls.STARTTLS
    ca_certificate: str | None = field(default=None, repr=False)


class LoginProblem(StrEnum):
    """Why nobody could log in."""

    INVALID_AUTH = "invalid_auth"
    CANNOT_CONNECT = "cannot_connect"
    INVALID_CERTIFICATE = "invalid_certificate"


class LoginError(Exception):
    """The login failed; its text tells no address and no secret."""

    def __init__(self, problem: LoginProblem) -> None:
        """Say why."""
        super().__init__(problem)
        self.problem = problem


class ChatState(StrEnum):
    """How a connection that is kept up stands."""

    CONNECTED = "connected"
    LOST = "lost"
    """It comes back by itself as soon as that is possible."""

    REFUSED = "refused"
    """The server takes the password no more; nothing is tried again."""
