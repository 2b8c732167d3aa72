"""Who may look: Basic and Digest (RFC 7616), and what devices make of them."""

from base64 import b64encode
import hashlib
import re

from .manners import Manners

_REALM = 'Bad "Manners"'


class Doorman:
    """Lets the requests of one connection pass, or not."""

    def __init__(self, manners: Manners) -> None:
        """Begin with a fresh nonce."""
        self._manners = manners
        self._nonce = 1
        self._nonce_uses = 0

    def admits(self, method: str, uri: str, fields: dict[str, str]) -> bool:
        """Whether a request says who asks."""
        manners = self._manners
        given = fields.get("authorization", "")
        if manners.authentication == "none":
            return True
        if manners.authentication == "basic":
            pair = f"{manners.user}:{manners.password}".encode()
            return given == f"Basic {b64encode(pair).decode()}"
        self._nonce_uses += 1
        if self._nonce_uses > manners.nonce_lives:
            self._nonce += 1
            self._nonce_uses = 0
            return False
        return self._is_digest(method, uri, given)

    def challenges(self) -> list[str]:
        """Give what is asked of those who may not pass."""
        manners = self._manners
        stale = ', stale="true"' if self._nonce > 1 and manners.says_stale else ""
        realm = _REALM.replace('"', '\\"')
        digest = f'Digest realm="{realm}", nonce="n{self._nonce}"{stale}'
        return {
            "basic": ['Basic realm="x"'],
            "digest": [digest],
            "sha256": [f'{digest}, qop="auth", algorithm=SHA-256, {digest}'],
            "both": ['Basic realm="x"', f'{digest}, qop="auth,auth-int"'],
        }[manners.authentication]

    def _is_digest(self, method: str, uri: str, given: str) -> bool:
        manners = self._manners
        pairs = re.findall(r"(\w+)=(?:\"((?:[^\"\\]|\\.)*)\"|([^,\s]+))", given)
        answer = {name: re.sub(r"\\(.)", r"\1", a) or b for name, a, b in pairs}
        if answer.get("nonce") != f"n{self._nonce}" or answer.get("uri") != uri:
            return False
        name = "sha256" if answer.get("algorithm") == "SHA-256" else "md5"
        if manners.authentication == "sha256" and name != "sha256":
            return False

        def hashed(text: str) -> str:
            return hashlib.new(name, text.encode()).hexdigest()

        secret = hashed(f"{manners.user}:{_REALM}:{manners.password}")
        middle = f"n{self._nonce}"
        if "qop" in answer:
            middle += f":{answer['nc']}:{answer['cnonce']}:{answer['qop']}"
        expected = hashed(f"{secret}:{middle}:{hashed(f'{method}:{uri}')}")
        return answer["response"] == expected
