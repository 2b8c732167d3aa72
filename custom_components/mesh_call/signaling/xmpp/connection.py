"""An account's connection to its server, kept up as long as it is wanted."""

import asyncio
from collections.abc import Callable, Mapping
import logging
import random
from xml.etree.ElementTree import Element

from .login import ChatState, Login, LoginError, LoginProblem
from .outgoing import Outgoing
from .stream import Stream, tls_context

PING_INTERVAL = 60.0
FIRST_DELAY = 1.0
LONGEST_DELAY = 60.0

_LOGGER = logging.getLogger(__name__)

type ReceiveStanza = Callable[[Element], None]
"""Takes a stanza in the event loop; must not raise."""


async def try_login(login: Login) -> None:
    """Log in once and out again.

    Raises:
        LoginError: It can't be done.
    """
    stream = await _make_stream(login)
    try:
        await stream.log_in()
    finally:
        await stream.close()


async def _make_stream(login: Login) -> Stream:
    loop = asyncio.get_running_loop()
    return Stream(login, await loop.run_in_executor(None, tls_context, login))


class Connection:
    """Logs in, comes back by itself when the connection is lost, sends in order."""

    def __init__(
        self,
        login: Login,
        receivers: Mapping[str, ReceiveStanza],
        changed: Callable[[ChatState], None],
        presence: ReceiveStanza = lambda stanza: None,
        expects: Callable[[str], bool] = lambda sender: False,
    ) -> None:
        """Remember what to do.

        Args:
            login: Who logs in where.
            receivers: Who takes the stanzas that fit an XPath.
            changed: Told about every change, in the event loop.
            presence: Takes what others say of their presence.
            expects: Tells of a bare JID whether it is somebody to hear from; all
                others together are heard as much as one of those.
        """
        self._presence = presence
        self._expects = expects
        self._login = login
        self._receivers = receivers
        self._changed = changed
        self._outgoing = Outgoing(self._transmit)
        self._stream: Stream | None = None
        self._keeping: asyncio.Task[None] | None = None
        self.connected = False

    @property
    def flooded(self) -> int:
        """How many stanzas were dropped because a sender sent too many."""
        return self._stream.flood.dropped if self._stream else 0

    @property
    def waiting(self) -> int:
        """How many stanzas wait for the connection."""
        return self._outgoing.waiting

    async def start(self) -> None:
        """Log in; from then on the connection is kept up.

        Raises:
            LoginError: It can't be done; nothing is left behind.
        """
        stream = await _make_stream(self._login)
        for xpath, receive in self._receivers.items():
            stream.listen(xpath, receive)
        stream.presence = self._presence
        stream.flood.expects = self._expects
        stream.acknowledged = self._outgoing.acknowledge
        stream.lost = self._lost
        self._stream = stream
        try:
            await self._log_in(stream)
        except BaseException:
            await stream.close()
            raise
        self._keeping = asyncio.create_task(self._keep_up(stream))

    async def close(self) -> None:
        """Log out and wait until nothing is left; no change is told any more."""
        self.connected = False
        self._outgoing.close()
        if self._keeping:
            self._keeping.cancel()
            await asyncio.gather(self._keeping, return_exceptions=True)
            self._keeping = None
        if self._stream:
            await self._stream.close()

    def ask_presence(self, jid: str) -> None:
        """Ask somebody to show when they are there; not while it is disconnected."""
        if self.connected and self._stream:
            self._stream.ask_presence(jid)

    def send(self, message: Element) -> None:
        """Send a message now, or when the connection is back if that is soon."""
        self._outgoing.put(message)

    def _transmit(self, message: Element) -> None:
        assert self._stream
        self._stream.transmit(message)

    async def _log_in(self, stream: Stream) -> None:
        resumed = await stream.log_in()
        self.connected = True
        if not resumed:
            stream.begin()
        self._outgoing.open(
            tracked=stream.tracks, on_the_way=stream.unacknowledged if resumed else ()
        )
        self._changed(ChatState.CONNECTED)

    def _lost(self) -> None:
        self._outgoing.close()
        if self.connected:
            self.connected = False
            self._changed(ChatState.LOST)

    async def _keep_up(self, stream: Stream) -> None:
        while True:
            await self._stay(stream)
            _LOGGER.info("The connection to the chat server is lost")
            if not await self._come_back(stream):
                return

    async def _stay(self, stream: Stream) -> None:
        """Return when the connection is lost; notice it also if nothing tells."""
        while True:
            try:
                async with asyncio.timeout(PING_INTERVAL):
                    return await stream.wait_until_lost()
            except TimeoutError:
                if not await stream.ping():
                    stream.abort()

    async def _come_back(self, stream: Stream) -> bool:
        """Try until it works; say whether it did, or never will."""
        delay, told = FIRST_DELAY, None
        while True:
            # Many clients of one server must not come back at the same time.
            await asyncio.sleep(delay * random.uniform(0.5, 1.5))
            try:
                await self._log_in(stream)
            except LoginError as error:
                if error.problem is not told:
                    _LOGGER.warning("Can't log in to the chat: %s", error.problem)
                told = error.problem
                if error.problem is LoginProblem.INVALID_AUTH:
                    self._changed(ChatState.REFUSED)
                    return False
                delay = min(2 * delay, LONGEST_DELAY)
            else:
                _LOGGER.info("The connection to the chat server is back")
                return True
