"""Browsers: signals and the media port of links that end in a page.

A page is reached by a function that sends it one message. The messages and their
meaning are described in `docs/websocket.md`.
"""

import asyncio
from collections.abc import Callable
from typing import Any, Final, override

from ..calls.devices import SCREEN, DeviceKind
from ..calls.errors import CallError
from ..calls.exchange import Exchange
from ..calls.model import (
    NO_EXTENSION,
    Call,
    Candidate,
    Connection,
    ConnectionState,
    Description,
    EndReason,
    Extension,
)
from ..calls.ports import Channel, MediaPort
from .screen_link import PageConnection, PageStatistics, ScreenLink, Send
from .screen_state import ScreenState, Sight

MAX_SDP: Final = 64 * 1024
MAX_CANDIDATE: Final = 2 * 1024
MAX_CANDIDATES: Final = 200
"""For one connection; browsers send some ten."""


class Screens(Channel, MediaPort):
    """The channel and media port of every screen.

    A screen without a page is silent: what is meant for it is dropped, what waits
    for it fails. The exchange opens its connections anew when the page is back.
    """

    def __init__(
        self,
        exchange: Exchange,
        ice_servers: Callable[[Connection], list[dict[str, Any]]],
        problem: Callable[[str], str | None],
        source: Callable[[str], dict[str, Any] | None],
    ) -> None:
        """Serve no screen yet."""
        self._exchange = exchange
        self._ice_servers = ice_servers
        self._state = ScreenState(exchange, problem, source)
        self._links: dict[str, ScreenLink] = {}
        self._next_push: asyncio.Handle | None = None
        self._stop_listening = exchange.subscribe(lambda _event: self.push())

    def attach(self, party_id: str, send: Send, sight: Sight) -> None:
        """Reach a screen by `send` from now on; it is told the state at once."""
        self.detach(party_id)
        self._links[party_id] = ScreenLink(send, sight)
        self.push()

    def detach(self, party_id: str) -> None:
        """Forget the page of a screen: it is gone or replaced."""
        if link := self._links.pop(party_id, None):
            link.close()

    def shut_down(self) -> None:
        """Forget every page."""
        self._stop_listening()
        for party_id in tuple(self._links):
            self.detach(party_id)
        if self._next_push:
            self._next_push.cancel()

    def push(self) -> None:
        """Tell every page the state, once however much changes in this turn."""
        if self._links and not self._next_push:
            self._next_push = asyncio.get_running_loop().call_soon(self._push)

    def _push(self) -> None:
        self._next_push = None
        for party_id, link in tuple(self._links.items()):
            link.send(self._state.message(party_id, link.sight))

    # The channel

    @override
    def invite(self, call: Call, party_id: str) -> None:
        """Let the page ring: the state that follows says so."""
        self.push()

    @override
    def dismiss(
        self,
        call: Call,
        party_id: str,
        reason: EndReason,
        extension: Extension = NO_EXTENSION,
    ) -> None:
        """Tell the page that a call is over for it, and why."""
        self._send(party_id, type="dismiss", call_id=call.id, reason=reason.value)

    # The media port

    @override
    async def join(self, call: Call, party_id: str) -> None:
        """Let the page prepare microphone and camera."""
        await self._request(party_id, type="join", call_id=call.id, video=call.video)

    @override
    def leave(self, call_id: str, party_id: str) -> None:
        """Let the page release microphone and camera."""
        self._send(party_id, type="leave", call_id=call_id)

    @override
    def open(self, connection: Connection, party_id: str) -> None:
        """Let the page make a peer connection, and describe it if it offers."""
        if link := self._links.get(party_id):
            link.connections[connection.id] = PageConnection()
        self._send(
            party_id,
            type="open",
            connection_id=connection.id,
            call_id=connection.call_id,
            peer=connection.other(party_id),
            offer=connection.offerer == party_id,
            preview=connection.preview,
            recording=connection.recording,
            video=connection.video,
            ice_servers=self._ice_servers(connection),
            relay=connection.relay,
        )

    @override
    async def describe(
        self, connection_id: str, party_id: str, description: Description
    ) -> None:
        """Pass the other end's description on to the page."""
        self._send(
            party_id,
            type="description",
            connection_id=connection_id,
            description={"type": description.type, "sdp": description.sdp},
        )

    @override
    async def candidate(
        self, connection_id: str, party_id: str, candidate: Candidate
    ) -> None:
        """Pass one of the other end's candidates on to the page."""
        self._send(
            party_id,
            type="candidate",
            connection_id=connection_id,
            candidate=_to_page(candidate),
        )

    @override
    def close(self, connection_id: str, party_id: str) -> None:
        """Let the page close a peer connection."""
        if link := self._links.get(party_id):
            link.connections.pop(connection_id, None)
        self._send(party_id, type="close", connection_id=connection_id)

    @override
    async def mute(
        self, call_id: str, party_id: str, *, audio: bool, video: bool
    ) -> None:
        """Let the page send silence or black from now on, or no longer."""
        await self._request(
            party_id, type="mute", call_id=call_id, audio=audio, video=video
        )

    @override
    async def limit(self, call_id: str, party_id: str, max_bandwidth: int) -> None:
        """Let the page cap the picture it sends."""
        await self._request(
            party_id, type="limit", call_id=call_id, max_bandwidth=max_bandwidth
        )

    @override
    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        """Let the page use another camera, microphone or speaker."""
        await self._request(party_id, type="switch", kind=kind.value, device=device)

    @override
    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        """Let the page ask its user whether to share the screen, or stop it."""
        if source not in {SCREEN, None}:
            raise CallError("cannot_share")
        on = source is not None
        await self._request(party_id, type="share", call_id=call_id, on=on)

    def statistics(self, connection_id: str, party_id: str) -> PageStatistics | None:
        """Return what the page at one end of a connection measured last."""
        link = self._links.get(party_id)
        connection = link.connections.get(connection_id) if link else None
        return connection.statistics if connection else None

    # What pages say

    def page_reported(self, party_id: str, request_id: str, error: str | None) -> None:
        """Take a page's answer to a request."""
        if link := self._links.get(party_id):
            link.reported(request_id, error)

    async def page_described(
        self, party_id: str, connection_id: str, description: Description
    ) -> None:
        """Hand a page's description to the other end; raises CallError."""
        connection = self._connection(party_id, connection_id)
        if len(description.sdp) > MAX_SDP:
            raise CallError("too_large")
        async with connection.order:
            await self._exchange.describe(connection_id, party_id, description)

    async def page_found(
        self, party_id: str, connection_id: str, candidate: Candidate
    ) -> None:
        """Hand a page's candidate to the other end; raises CallError."""
        connection = self._connection(party_id, connection_id)
        connection.candidates += 1
        if connection.candidates > MAX_CANDIDATES:
            raise CallError("too_many_candidates")
        if len(candidate.candidate) > MAX_CANDIDATE:
            raise CallError("too_large")
        async with connection.order:
            await self._exchange.candidate(connection_id, party_id, candidate)

    def page_connection(
        self, party_id: str, connection_id: str, state: ConnectionState
    ) -> None:
        """Take the state a page sees its connection in; raises CallError."""
        self._connection(party_id, connection_id)
        self._exchange.report_state(connection_id, party_id, state)

    def page_media(self, party_id: str, connection_id: str) -> None:
        """Take a page's word that picture or sound came; raises CallError."""
        self._connection(party_id, connection_id)
        self._exchange.report_media(connection_id, party_id)

    def page_silence(self, party_id: str, connection_id: str, *, silent: bool) -> None:
        """Take a page's word that it gets digital silence, or not; raises CallError."""
        self._connection(party_id, connection_id)
        self._exchange.report_silence(connection_id, party_id, silent=silent)

    def page_measured(
        self, party_id: str, connection_id: str, statistics: PageStatistics
    ) -> None:
        """Take a page's numbers of a connection; raises CallError."""
        self._connection(party_id, connection_id).statistics = statistics

    def _connection(self, party_id: str, connection_id: str) -> PageConnection:
        """Return a connection this very page was told to open."""
        link = self._links.get(party_id)
        if link is None or connection_id not in link.connections:
            raise CallError("unknown_connection")
        return link.connections[connection_id]

    async def _request(self, party_id: str, **message: Any) -> None:
        if not (link := self._links.get(party_id)):
            raise CallError("screen_not_responding")
        await link.request(message)

    def _send(self, party_id: str, **message: Any) -> None:
        if link := self._links.get(party_id):
            link.send(message)


def _to_page(candidate: Candidate) -> dict[str, Any] | None:
    """Write a candidate as browsers take it; None ends the gathering."""
    if not candidate.candidate:
        return None
    return {
        "candidate": candidate.candidate,
        "sdpMid": candidate.sdp_mid,
        "sdpMLineIndex": candidate.sdp_m_line_index,
    }
