"""The line of a ConnectyCube account: what is needed to speak with its contacts.

The XMPP library takes long to import, so this is itself imported in the executor,
when there is an account.
"""

from collections import deque
from typing import Final

from homeassistant.core import HomeAssistant, callback

from ..calls.exchange import Exchange
from ..const import LOGGER
from ..signaling.xmpp.connection import try_login
from ..signaling.xmpp.connectycube.account import ConnectyCubeAccount
from ..signaling.xmpp.connectycube.sessions import ConnectyCubeSessions
from ..signaling.xmpp.connectycube.settings import AccountSettings, Targets
from ..signaling.xmpp.connectycube.signals import Signal, SignalType
from ..signaling.xmpp.login import ChatState, Login, LoginError, Tls
from .config import AccountConfig, AccountOptions
from .form import AccountRefusedError
from .line import FindCallees, LineListener, OutgoingCall

MAX_PRESENT: Final = 500
MAX_DEVICES: Final = 16
MAX_TOLD: Final = 100
"""Calls that may ring at once, and then some."""


async def async_try_login(config: AccountConfig) -> None:
    """Log in once and out again; raises AccountRefusedError."""
    try:
        await try_login(_login(config))
    except LoginError as error:
        raise AccountRefusedError(error.problem) from None


class ConnectyCubeLine:
    """The login of one account and the dialect of its calls.

    To the dialect it is the wire, which stays the same when the login changes.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        entry_id: str,
        config: AccountConfig,
        options: AccountOptions,
        listener: LineListener,
    ) -> None:
        """Make a line that does nothing before its start."""
        self._entry_id = entry_id
        self._options = options
        self._listener = listener
        self._account = self._make_account(config)
        self._told: deque[tuple[str, int]] = deque(maxlen=MAX_TOLD)
        self._present: dict[int, set[str]] = {}
        """The devices that are there, of users who show it."""

        self._find_callees: FindCallees | None = None
        self._sessions: ConnectyCubeSessions | None = None

    # The wire

    @property
    def user_id(self) -> int:
        """The user id of the account itself."""
        return self._account.user_id

    @property
    def connected(self) -> bool:
        """Whether signals leave now; while it is not they wait for some time."""
        return self._account.connected

    def send(self, user_id: int, signal: Signal) -> None:
        """Send a signal to all devices of a user."""
        self._account.send(user_id, signal)
        if signal.type is SignalType.CALL and signal.initiator == self.user_id:
            self._tell_once(user_id, signal)

    # The line

    @property
    def statistics(self) -> dict[str, int]:
        """Counters for diagnostics; they name nobody."""
        strangers = self._sessions.strangers if self._sessions else 0
        return {**self._account.statistics, "strangers": strangers}

    def online(self, user_id: int) -> bool | None:
        """Tell whether a user has an app that is there; None if unknown."""
        devices = self._present.get(user_id)
        return None if devices is None else bool(devices)

    def ask_presence(self, user_id: int) -> None:
        """Ask a user's app to show when it is there."""
        self._account.ask_presence(user_id)

    async def start(self) -> None:
        """Log in; raises AccountRefusedError."""
        try:
            await self._account.start()
        except LoginError as error:
            raise AccountRefusedError(error.problem) from None

    async def change(self, config: AccountConfig) -> None:
        """Log in by other settings; calls go on."""
        await self._account.close()
        self._account = self._make_account(config)
        try:
            await self._account.start()
        except LoginError as error:
            LOGGER.warning("An account can't log in any more: %s", error.problem)
            self._listener.login_failed()

    def configure(self, options: AccountOptions) -> None:
        """Follow changed options from the next call on."""
        self._options = options
        if self._sessions:
            self._sessions.settings = self._settings()

    def join(
        self, exchange: Exchange, find_callees: FindCallees
    ) -> ConnectyCubeSessions:
        """Carry the calls of an exchange from now on."""
        self._find_callees = find_callees
        self._sessions = ConnectyCubeSessions(
            exchange, self, self._settings(), self._listener.sessions_changed
        )
        return self._sessions

    def leave(self) -> None:
        """End all sessions and carry no calls any more; safe to repeat."""
        if self._sessions:
            self._sessions.shut_down()
            self._sessions = None

    async def close(self) -> None:
        """Log out and release everything; safe to repeat."""
        self.leave()
        await self._account.close()

    def _make_account(self, config: AccountConfig) -> ConnectyCubeAccount:
        return ConnectyCubeAccount(
            _login(config), self._receive, self._changed, self._seen, self._knows
        )

    def _settings(self) -> AccountSettings:
        return AccountSettings(
            account=self._entry_id,
            ring=self._targets,
            ring_mode=self._options.ring_mode,
            answer_timeout=self._options.answer_timeout,
            disconnect_timeout=self._options.disconnect_timeout,
            dialing_interval=self._options.dialing_interval,
            relay=self._options.relay,
        )

    def _tell_once(self, user_id: int, signal: Signal) -> None:
        """Tell of a call, not of its repetitions."""
        key = (signal.session_id, user_id)
        if key in self._told:
            return
        self._told.append(key)
        session_id = signal.session_id
        self._listener.calling(
            OutgoingCall(
                user_id,
                session_id,
                self._sessions.call_id(session_id) if self._sessions else None,
                signal.video is not False,
                signal.opponents,
            )
        )

    def _targets(self, wanted: str | None) -> Targets:
        assert self._find_callees
        to, everyone = self._find_callees(wanted)
        return Targets(to, everyone)

    def _receive(self, user_id: int, signal: Signal) -> None:
        """Take a signal; without a home nobody is here to be called."""
        if self._sessions:
            self._sessions.receive(user_id, signal)

    def _knows(self, user_id: int) -> bool:
        return self._sessions is not None and self._sessions.knows(user_id)

    @callback
    def _seen(self, user_id: int, device: str, present: bool) -> None:
        """Take a presence; nobody shows theirs whom the account did not ask."""
        if user_id not in self._present and len(self._present) >= MAX_PRESENT:
            return
        devices = self._present.setdefault(user_id, set())
        if not present:
            devices.discard(device)
        elif len(devices) < MAX_DEVICES:
            devices.add(device)
        self._listener.line_changed()

    @callback
    def _changed(self, state: ChatState) -> None:
        if state is not ChatState.CONNECTED:
            self._present.clear()
        self._listener.line_changed()
        if state is ChatState.REFUSED:
            self._listener.login_refused()


def _login(config: AccountConfig) -> Login:
    server = config.server
    return Login(
        jid=config.jid,
        password=config.password,
        host=server.host,
        port=server.port,
        tls=Tls(server.tls),
        ca_certificate=server.ca_certificate,
    )
