"""Authentication towards a device: Basic and Digest (RFC 7617, RFC 7616, RFC 2617)."""

from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
import hashlib
import re
import secrets

_ALGORITHMS: Mapping[str, str] = {"md5": "md5", "sha-256": "sha256"}
_TOKEN = re.compile(
    r"([\w-]+)\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"|([^\s,]+))"  # name="value", name=value
    r"|([A-Za-z][\w-]*)(?=[\s,]|$)"  # the name of a scheme
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way to authenticate that a device offers."""

    scheme: str
    parameters: Mapping[str, str]

    @property
    def stale(self) -> bool:
        """Whether only the nonce was too old (RFC 7616, section 3.3)."""
        return self.parameters.get("stale", "").lower() == "true"

    @property
    def realm(self) -> str:
        """The realm that goes into the hash."""
        return self.parameters.get("realm", "")

    @property
    def nonce(self) -> str:
        """The device's nonce."""
        return self.parameters.get("nonce", "")

    @property
    def algorithm(self) -> str:
        """The digest algorithm in lower case, without `-sess`."""
        return self.parameters.get("algorithm", "MD5").lower().removesuffix("-sess")

    @property
    def is_session(self) -> bool:
        """Whether it is a `-sess` variant (RFC 7616, section 3.4.2)."""
        return self.parameters.get("algorithm", "").lower().endswith("-sess")

    @property
    def with_qop(self) -> bool:
        """Whether quality of protection `auth` is offered."""
        options = self.parameters.get("qop", "").lower().split(",")
        return "auth" in {option.strip() for option in options}

    @property
    def kind(self) -> tuple[str, str]:
        """What tells it from the other ways of the same device."""
        return self.scheme, self.algorithm if self.scheme == "digest" else ""

    @property
    def strength(self) -> int:
        """Higher is better; 0 can't be used."""
        if self.scheme == "basic":
            return 1
        if self.scheme == "digest":
            return {"md5": 2, "sha-256": 3}.get(self.algorithm, 0)
        return 0


def parse_challenges(values: Iterable[str]) -> list[Challenge]:
    """Read WWW-Authenticate fields; each may hold several challenges."""
    challenges: list[Challenge] = []
    for value in values:
        parameters: dict[str, str] = {}
        for name, quoted, plain, scheme in _TOKEN.findall(value):
            if scheme:
                parameters = {}
                challenges.append(Challenge(scheme.lower(), parameters))
            else:
                parameters[name.lower()] = re.sub(r"\\(.)", r"\1", quoted) or plain
    return challenges


class Authenticator:
    """Answers the challenges of one device with one user name and password."""

    def __init__(
        self,
        username: str | None,
        password: str | None,
        make_nonce: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        """Start without a challenge; without a user name every 401 is final."""
        self._username = username
        self._password = password
        self._make_nonce = make_nonce
        self._challenge: Challenge | None = None
        self._taken = False
        self._refused: set[tuple[str, str]] = set()
        self._nonce_count = 0

    def accept(self, values: Iterable[str]) -> bool:
        """Choose among the challenges of a 401; False means: give up.

        A challenge that was answered and comes again was refused, unless only its
        nonce was too old. A weaker digest is tried then, but Basic only if no digest
        was offered.
        """
        if self._username is None:
            return False
        offered = parse_challenges(values)
        if self._challenge is not None and not self._is_renewal(offered):
            self._refused.add(self._challenge.kind)
        if any(challenge.scheme == "digest" for challenge in offered):
            offered = [c for c in offered if c.scheme == "digest"]
        usable = [c for c in offered if c.strength and c.kind not in self._refused]
        self._challenge = max(usable, key=lambda c: c.strength, default=None)
        self._taken = False
        self._nonce_count = 0
        return self._challenge is not None

    def confirm(self) -> None:
        """Note that the device took the last answer: a later 401 is a new nonce."""
        self._taken = True

    def authorization(self, method: str, uri: str) -> str | None:
        """Give the Authorization field for a request, None before a challenge."""
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            pair = f"{self._username}:{self._password}".encode()
            return f"Basic {b64encode(pair).decode()}"
        return self._digest(self._challenge, method, uri)

    def _is_renewal(self, offered: list[Challenge]) -> bool:
        """Whether a 401 asks for a new nonce instead of refusing the password."""
        if any(challenge.stale for challenge in offered):
            return True
        # Some devices forget `stale`: a nonce that worked before was replaced.
        nonces = {challenge.nonce for challenge in offered}
        assert self._challenge is not None
        return self._taken and self._challenge.nonce not in nonces

    def _digest(self, challenge: Challenge, method: str, uri: str) -> str:
        client_nonce = self._make_nonce()
        self._nonce_count += 1
        count = f"{self._nonce_count:08x}"
        hashed = _hasher(challenge.algorithm)
        secret = hashed(f"{self._username}:{challenge.realm}:{self._password}")
        if challenge.is_session:
            secret = hashed(f"{secret}:{challenge.nonce}:{client_nonce}")
        middle = challenge.nonce
        if challenge.with_qop:
            middle += f":{count}:{client_nonce}:auth"
        response = hashed(f"{secret}:{middle}:{hashed(f'{method}:{uri}')}")
        fields = [
            ("username", _quote(self._username or "")),
            ("realm", _quote(challenge.realm)),
            ("nonce", _quote(challenge.nonce)),
            ("uri", _quote(uri)),
            ("response", _quote(response)),
        ]
        if (algorithm := challenge.parameters.get("algorithm")) is not None:
            fields.append(("algorithm", algorithm))
        if (opaque := challenge.parameters.get("opaque")) is not None:
            fields.append(("opaque", _quote(opaque)))
        if challenge.with_qop:
            fields += [("qop", "auth"), ("nc", count), ("cnonce", _quote(client_nonce))]
        return "Digest " + ", ".join(f"{name}={value}" for name, value in fields)


def _hasher(algorithm: str) -> Callable[[str], str]:
    name = _ALGORITHMS[algorithm]

    def hashed(text: str) -> str:
        return hashlib.new(name, text.encode(), usedforsecurity=False).hexdigest()

    return hashed


def _quote(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
