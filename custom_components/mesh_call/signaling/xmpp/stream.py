"""One XMPP stream after another of one account: RFC 6120 and XEP-0198, by slixmpp.

slixmpp is taught here to keep secrets out of the log, to log in with nothing but
what is safe, and to leave nothing behind.
"""

import asyncio
from collections.abc import Callable
from ipaddress import ip_address
import logging
import ssl
from typing import override
from xml.etree.ElementTree import Element

from slixmpp import ClientXMPP
from slixmpp.stanza import Message, Presence, StreamFeatures
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath
from slixmpp.xmlstream.stanzabase import StanzaBase

from .flood import FloodLimiter
from .login import Login, LoginError, LoginProblem, Tls

LOGIN_TIMEOUT = 30.0
CLOSE_TIMEOUT = 2.0
PING_TIMEOUT = 20.0

_TEMPORARY = {"temporary-auth-failure", "aborted", "incorrect-encoding"}
"""Of the conditions of RFC 6120, section 6.5, those that blame no password."""

_REQUEST_ACK = "<r xmlns='urn:xmpp:sm:3'/>"


_KNOWN = ("CERT: Invalid certificate", "No appropriate login method")
"""What slixmpp calls an error at each attempt, and is told by LoginError."""


class _Discreet(logging.Filter):
    """Drops what tells passwords, session descriptions or addresses, or is known."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Let through only what tells no content of stanzas."""
        if record.levelno <= logging.DEBUG or str(record.msg).startswith(_KNOWN):
            return False
        if record.args and "%r" in str(record.msg):
            record.msg, record.args = "Unexpected data from the server", ()
        return True


for _name in ("xmlstream.xmlstream", "features.feature_mechanisms.mechanisms"):
    logging.getLogger(f"slixmpp.{_name}").addFilter(_Discreet())


def tls_context(login: Login) -> ssl.SSLContext:
    """Make what verifies the server's certificate; reads files, so not in the loop.

    Raises:
        LoginError: The private CA is no certificate.
    """
    try:
        context = ssl.create_default_context(cadata=login.ca_certificate)
    except (ssl.SSLError, ValueError) as error:
        raise LoginError(LoginProblem.INVALID_CERTIFICATE) from error
    if login.ca_certificate:
        # Certificates that people make themselves seldom have every extension.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


class Stream(ClientXMPP):
    """What is between an account and its server; logs in as often as it is told."""

    def __init__(self, login: Login, context: ssl.SSLContext) -> None:
        """Prepare to log in. Must be made in the event loop."""
        self._loopback = is_loopback(login.host)
        super().__init__(
            login.jid,
            login.password,
            plugin_config={
                "feature_mechanisms": {
                    "unencrypted_plain": self._loopback,
                    "unencrypted_scram": self._loopback,
                }
            },
            ssl_context=context,
        )
        self._login = login
        self._outcome: asyncio.Future[bool] | None = None
        self._refused = False
        self._gone = asyncio.Event()
        self._negotiations: set[asyncio.Task[object]] = set()
        self.lost: Callable[[], None] = lambda: None
        self.acknowledged: Callable[[Element], None] = lambda stanza: None
        self.presence: Callable[[Element], None] = lambda stanza: None
        """Takes what others say of their presence; must not raise."""

        self.flood = FloodLimiter()
        self.enable_starttls = login.tls is Tls.STARTTLS
        self.enable_direct_tls = login.tls is Tls.DIRECT
        # slixmpp would let who can't prove yet who he is send us to a host of his own.
        self.max_redirects = -1
        # Nobody learns whether the account is there without being asked for.
        self.auto_authorize = None
        self.auto_subscribe = False
        self.register_plugin("xep_0198", {"window": 2**31})
        self.register_plugin("xep_0199")
        self.add_filter("in", self._admitted)
        self._watch()

    def _watch(self) -> None:
        for event, handler in {
            "connection_failed": self._connection_failed,
            "ssl_invalid_chain": self._connection_failed,
            "failed_auth": self._mechanism_failed,
            "failed_all_auth": self._authentication_failed,
            "stream_negotiated": self._negotiated,
            "session_resumed": self._resumed,
            "disconnected": self._disconnected,
            "stanza_acked": self._acked,
        }.items():
            self.add_event_handler(event, handler)

    def listen(self, xpath: str, receive: Callable[[Element], None]) -> None:
        """Hand over the stanzas that fit; `receive` must not raise."""
        handler = Callback(
            xpath, MatchXPath(xpath), lambda stanza: receive(stanza.xml), instream=True
        )
        self.register_handler(handler)

    async def log_in(self) -> bool:
        """Connect and log in; say whether the last session goes on (XEP-0198).

        Raises:
            LoginError: It can't be done; the connection is closed.
        """
        self._outcome = asyncio.get_running_loop().create_future()
        self._refused = False
        self._gone.clear()
        self.connect(self._login.host, self._login.port)
        try:
            async with asyncio.timeout(LOGIN_TIMEOUT):
                return await self._outcome
        except TimeoutError:
            await self._drop()
            raise LoginError(LoginProblem.CANNOT_CONNECT) from None
        except BaseException:
            await self._drop()
            raise

    def begin(self) -> None:
        """Begin a fresh session: be available, hear what other devices say."""
        carbons = self.Iq()
        carbons["type"] = "set"
        carbons.append(Element("{urn:xmpp:carbons:2}enable"))
        # Where the server has no carbons, nothing is lost by it.
        self.send(carbons)
        self.send_presence()

    def ask_presence(self, jid: str) -> None:
        """Ask somebody to show when they are there (RFC 6121, section 3.1)."""
        self.send_presence(pto=jid, ptype="subscribe")

    def transmit(self, message: Element) -> None:
        """Send a message and ask the server whether it has it."""
        stanza: StanzaBase = Message(self, xml=message)  # type: ignore[no-untyped-call]
        self.send(stanza)
        if self.tracks:
            self.send(_REQUEST_ACK)

    @property
    def tracks(self) -> bool:
        """Whether the server tells what it has got."""
        return bool(self.plugin["xep_0198"].enabled_out)

    @property
    def unacknowledged(self) -> list[Element]:
        """What is on the way as far as stream management knows."""
        return [stanza.xml for _, stanza in self.plugin["xep_0198"].unacked_queue]

    async def ping(self) -> bool:
        """Tell whether the server answers (XEP-0199) before the connection is lost."""
        answer = asyncio.ensure_future(
            self.plugin["xep_0199"].ping(timeout=PING_TIMEOUT)
        )
        gone = asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait((answer, gone), return_when=asyncio.FIRST_COMPLETED)
            return answer.done() and answer.exception() is None
        finally:
            answer.cancel()
            gone.cancel()
            await asyncio.gather(answer, gone, return_exceptions=True)

    async def wait_until_lost(self) -> None:
        """Return when there is no connection any more."""
        await self._gone.wait()

    async def close(self) -> None:
        """Say goodbye and leave nothing behind."""
        if self.is_connected():
            await self.disconnect(CLOSE_TIMEOUT)
        await self._drop()
        for name in list(self.scheduled_events):
            self.cancel_schedule(name)
        if self._run_out_filters:
            self._run_out_filters.cancel()
            await asyncio.wait([self._run_out_filters])

    async def _drop(self) -> None:
        """Close the connection at once, however far it has come."""
        self.cancel_connection_attempt()
        if self.transport:
            self.abort()
            await self._wait_until_gone(CLOSE_TIMEOUT)
            self.transport = None
        await self._stop_negotiating()

    @override
    async def _handle_stream_features(self, features: StreamFeatures) -> bool | None:
        """Negotiate; what waits for the server then must not outlive the attempt."""
        task = asyncio.current_task()
        assert task
        self._negotiations.add(task)
        try:
            return await super()._handle_stream_features(features)
        finally:
            self._negotiations.discard(task)

    async def _stop_negotiating(self) -> None:
        tasks = tuple(self._negotiations)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait_until_gone(self, timeout: float) -> None:
        try:
            async with asyncio.timeout(timeout):
                await self._gone.wait()
        except TimeoutError:
            pass

    def _fail(self, problem: LoginProblem) -> None:
        if self._outcome and not self._outcome.done():
            self._outcome.set_exception(LoginError(problem))

    def _connection_failed(self, error: object) -> None:
        # slixmpp would try again by itself, and forgets what STARTTLS leaves open.
        self.cancel_connection_attempt()
        if self.transport:
            self.transport.abort()
            self.transport = None
        self._fail(_problem(error))

    def _mechanism_failed(self, failure: StanzaBase) -> None:
        self._refused |= failure["condition"] not in _TEMPORARY

    def _authentication_failed(self, _: object) -> None:
        self._fail(
            LoginProblem.INVALID_AUTH if self._refused else LoginProblem.CANNOT_CONNECT
        )

    def _negotiated(self, _: object) -> None:
        if self.sessionstarted:
            self._succeed(resumed=False)

    def _resumed(self, _: object) -> None:
        self._succeed(resumed=True)

    def _succeed(self, *, resumed: bool) -> None:
        if not self._encrypted and not self._loopback:
            self._fail(LoginProblem.CANNOT_CONNECT)
        elif self._outcome and not self._outcome.done():
            self._outcome.set_result(resumed)

    @property
    def _encrypted(self) -> bool:
        transport = self.transport
        return bool(transport and transport.get_extra_info("ssl_object"))

    def _disconnected(self, reason: object) -> None:
        self._fail(_problem(reason))
        self._gone.set()
        self.lost()

    def _acked(self, stanza: StanzaBase) -> None:
        self.acknowledged(stanza.xml)

    def _admitted(self, stanza: StanzaBase) -> StanzaBase | None:
        """Drop what nobody needs before it costs anything."""
        sender = stanza.xml.get("from", "").partition("/")[0]
        if not sender or sender in (self.boundjid.bare, self.boundjid.domain):
            return stanza
        if not self.flood.admits(sender):
            return None
        if isinstance(stanza, Presence):
            # slixmpp would remember everybody who ever said that he is there.
            self.presence(stanza.xml)
            return None
        return stanza


def _problem(error: object) -> LoginProblem:
    if isinstance(error, ssl.SSLCertVerificationError):
        return LoginProblem.INVALID_CERTIFICATE
    return LoginProblem.CANNOT_CONNECT


def is_loopback(host: str) -> bool:
    """Tell whether an address leads to this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
