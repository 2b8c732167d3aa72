"""A ConnectyCube account: its connection, as the dialect wants it."""

from collections import Counter
from collections.abc import Callable
import logging
import re
from typing import Final
from xml.etree.ElementTree import Element

from ..connection import Connection
from ..login import ChatState, Login
from .signals import Receiver, Signal
from .stanzas import EXTRA_PARAMS, MESSAGE, read_signal, write_signal

_CARBONS: Final = ("{urn:xmpp:carbons:2}sent", "{urn:xmpp:carbons:2}received")
_FORWARDED: Final = "{urn:xmpp:forward:0}forwarded"
_JID = re.compile(r"([1-9][0-9]{0,15})-([^@/]+)@([^/]+)(?:/.*)?", re.DOTALL)
"""The localpart is `<user id>-<app id>`."""

_LOGGER = logging.getLogger(__name__)


type SeePresence = Callable[[int, str, bool], None]
"""Takes a user id, one of the user's devices, and whether it is there."""


class ConnectyCubeAccount:
    """Carries signals between users of one app on one server; a `Wire`.

    What comes from elsewhere, from the account's own user, too late or too often,
    or is no signal, ends here.
    """

    def __init__(
        self,
        login: Login,
        receive: Receiver,
        changed: Callable[[ChatState], None],
        seen: SeePresence = lambda user_id, device, present: None,
        knows: Callable[[int], bool] = lambda user_id: False,
    ) -> None:
        """Prepare the account.

        Args:
            login: Who logs in; the JID is `<user id>-<app id>@<host>`.
            receive: Takes the signals of others.
            changed: Told how the connection stands, in the event loop.
            seen: Told that a device of a user is there, or no longer.
            knows: Tells whether a user is somebody to hear from, whoever floods us.

        Raises:
            ValueError: The JID is none of a user.
        """
        if not (match := _JID.fullmatch(login.jid)):
            raise ValueError("Not the JID of a ConnectyCube user")
        self.user_id = int(match[1])
        self._app_id, self._domain = match[2], match[3].lower()
        self._jid = login.jid.lower()
        self._receive = receive
        self._seen = seen
        self._knows = knows
        self._counts: Counter[str] = Counter()
        carbons = {f"{MESSAGE}/{kind}": self._take_carbon for kind in _CARBONS}
        self._connection = Connection(
            login,
            {f"{MESSAGE}/{EXTRA_PARAMS}": self._take, **carbons},
            changed,
            self._take_presence,
            self._expects,
        )

    @property
    def connected(self) -> bool:
        """Whether signals leave now; while it is not they wait, in order."""
        return self._connection.connected

    @property
    def statistics(self) -> dict[str, int]:
        """What was sent, received and dropped since the start; tells no address."""
        return {
            "sent": self._counts["sent"],
            "waiting": self._connection.waiting,
            "received": self._counts["received"],
            "dropped_foreign": self._counts["foreign"],
            "dropped_malformed": self._counts["malformed"],
            "dropped_flood": self._connection.flooded,
        }

    async def start(self) -> None:
        """Log in; from then on the connection is kept up.

        Raises:
            LoginError: It can't be done; nothing is left behind.
        """
        await self._connection.start()

    async def close(self) -> None:
        """Log out and wait until nothing is left."""
        await self._connection.close()

    def send(self, user_id: int, signal: Signal) -> None:
        """Send a signal to all devices of a user, now or as soon as possible."""
        self._counts["sent"] += 1
        to = f"{user_id}-{self._app_id}@{self._domain}"
        self._connection.send(write_signal(to, signal))

    def ask_presence(self, user_id: int) -> None:
        """Ask a user to show when they are there; their app decides."""
        self._connection.ask_presence(f"{user_id}-{self._app_id}@{self._domain}")

    def _expects(self, jid: str) -> bool:
        user_id = self._sender(jid)
        return user_id is not None and self._knows(user_id)

    def _take_presence(self, presence: Element) -> None:
        jid, type_ = presence.get("from", ""), presence.get("type")
        user_id = self._sender(jid)
        if user_id is not None and type_ in (None, "unavailable"):
            self._seen(user_id, jid.partition("/")[2], type_ is None)

    def _take_carbon(self, message: Element) -> None:
        """Unwrap what another device of ours sent or got (XEP-0280)."""
        if message.get("from", "").lower() != self._jid:
            self._counts["foreign"] += 1
            return
        for kind in _CARBONS:
            inner = message.find(f"{kind}/{_FORWARDED}/{MESSAGE}")
            if inner is not None:
                self._take(inner)

    def _take(self, message: Element) -> None:
        sender = self._sender(message.get("from", ""))
        if sender is None:
            self._counts["foreign"] += 1
            return
        # Servers name themselves or the account as who delayed a stanza.
        signal = read_signal(message, (self._domain, self._jid))
        if signal is None:
            self._counts["malformed"] += 1
            return
        self._counts["received"] += 1
        try:
            self._receive(sender, signal)
        except Exception:
            _LOGGER.exception("A signal could not be processed")

    def _sender(self, jid: str) -> int | None:
        """Return the user id of another user of our app on our server."""
        match = _JID.fullmatch(jid)
        if not match or match[2] != self._app_id or match[3].lower() != self._domain:
            return None
        user_id = int(match[1])
        return user_id if user_id != self.user_id else None
