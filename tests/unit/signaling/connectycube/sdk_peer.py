"""What an app built on ConnectyCube's SDK does, as its source says.

A plain retelling of `WebRTCSession` and `WebRTCPeerConnection` of the package
`connectycube` 6.1.2, with its flaws, and with peer connections that only remember
what was agreed: each description has a name of its own.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from custom_components.mesh_call.calls.model import Candidate
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import (
    Signal,
    SignalType,
)

_numbers = count(1)

type Send = Callable[[int, Signal], None]


def make_sdp(owner: str, *, candidates: int = 0) -> str:
    """Return a description that can be told from every other one."""
    lines = ["v=0", f"s={owner}-{next(_numbers)}", "m=video 9 UDP/TLS/RTP/SAVPF 96"]
    lines += ["a=mid:0", "a=ice-ufrag:u", "a=fingerprint:sha-256 00"]
    lines += [f"a=candidate:{number} typ host" for number in range(candidates)]
    return "\n".join(lines) + "\n"


def name_of(sdp: str | None) -> str | None:
    """Return which description it is, whatever candidates it has got since."""
    lines = sdp.splitlines() if sdp else []
    return next((line[2:] for line in lines if line.startswith("s=")), None)


@dataclass(eq=False)
class Pc:
    """A peer connection of the SDK."""

    user_id: int
    offers: bool
    local: str | None = None
    remote: str | None = None
    remote_sdp: str | None = None
    """An offer that waits for the user to accept."""

    state: str = "stable"
    released: bool = False
    candidates: list[Candidate] = field(default_factory=list)
    dialled: float = 0.0
    timer: asyncio.TimerHandle | None = None
    errors: list[str] = field(default_factory=list)

    @property
    def agreed(self) -> tuple[str | None, str | None] | None:
        """The names of both descriptions, None while they aren't agreed on."""
        if self.released or self.state != "stable" or not (self.local and self.remote):
            return None
        return name_of(self.local), name_of(self.remote)

    def release(self) -> None:
        """Close it."""
        self.released = True
        self.stop_dialing()

    def stop_dialing(self) -> None:
        """Clear the dialing timer."""
        if self.timer:
            self.timer.cancel()
            self.timer = None
        self.dialled = 0.0

    def set_remote(self, kind: str, sdp: str) -> bool:
        """Take a description of the other side; False where browsers throw."""
        wanted = "have-local-offer" if kind == "answer" else "stable"
        if self.released or self.state != wanted:
            self.errors.append(f"{kind} in {self.state}")
            return False
        self.remote = sdp
        self.state = "stable" if kind == "answer" else "have-remote-offer"
        return True

    def set_local(self, owner: str) -> str | None:
        """Make the description that its type asks for; None where browsers throw."""
        wanted = "stable" if self.offers else "have-remote-offer"
        if self.released or self.state != wanted:
            self.errors.append(f"local description in {self.state}")
            return None
        self.local = make_sdp(owner)
        self.state = "have-local-offer" if self.offers else "stable"
        return self.local


@dataclass(eq=False)
class SdkSession:
    """A session of the SDK."""

    id: str
    initiator: int
    opponents: tuple[int, ...]
    video: bool
    state: str = "new"
    pcs: dict[int, Pc] = field(default_factory=dict)
    answer_timer: asyncio.TimerHandle | None = None


class SdkPeer:
    """An app: its user is played by the test."""

    def __init__(
        self, user_id: int, send: Send, *, dialing: float = 5, answering: float = 60
    ) -> None:
        self.user_id = user_id
        self.events: list[tuple[Any, ...]] = []
        self.sessions: dict[str, SdkSession] = {}
        self._send = send
        self._dialing = dialing
        self._answering = answering

    # What the user does

    def call(
        self,
        *opponents: int,
        session_id: str,
        video: bool = True,
        **extension: Any,
    ) -> SdkSession:
        session = SdkSession(session_id, self.user_id, opponents, video)
        self.sessions[session.id] = session
        session.state = "active"
        for user_id in opponents:
            self._call(session, user_id, extension)
        return session

    def accept(self, session: SdkSession, **extension: Any) -> None:
        if session.state in {"active", "closed"}:
            return
        session.state = "active"
        self._clear_answer_timer(session)
        self._answer(session, session.initiator, extension)
        for user_id in session.opponents:
            if user_id < self.user_id:
                self._call(session, user_id, extension)

    def reject(self, session: SdkSession, **extension: Any) -> None:
        self._clear_answer_timer(session)
        self._tell_all(session, SignalType.REJECT, extension)
        self._close(session)

    def stop(self, session: SdkSession, **extension: Any) -> None:
        self._clear_answer_timer(session)
        self._tell_all(session, SignalType.HANG_UP, extension)
        self._close(session)

    def restart(self, session: SdkSession, user_id: int) -> None:
        pc = session.pcs[user_id]
        if sdp := pc.set_local(str(self.user_id)):
            signal = Signal(SignalType.RESTART, session.id, sdp=sdp)
            self._send(user_id, signal)

    def disappear(self) -> None:
        """Let the app be gone without a word."""
        for session in self.sessions.values():
            self._clear_answer_timer(session)
            for pc in session.pcs.values():
                pc.release()

    # What there is to see

    @property
    def ringing(self) -> list[SdkSession]:
        """The sessions whose call the user hasn't answered."""
        return [session for session in self.sessions.values() if session.state == "new"]

    @property
    def active(self) -> list[SdkSession]:
        """The sessions that go on."""
        return [s for s in self.sessions.values() if s.state == "active"]

    def names(self) -> list[str]:
        """Return which listeners were called, in order."""
        return [name for name, *_ in self.events]

    # What the wire brings

    def receive(self, user_id: int, signal: Signal) -> None:
        session = self.sessions.get(signal.session_id)
        if signal.type is SignalType.CALL:
            self._on_call(session, user_id, signal)
        elif session is None or session.state == "closed":
            if signal.type is SignalType.HANG_UP:
                self.events.append(("invalid", user_id))
        else:
            self._on_signal(session, user_id, signal)

    def _on_call(
        self, session: SdkSession | None, user_id: int, signal: Signal
    ) -> None:
        if session is None:
            assert signal.initiator is not None
            session = SdkSession(
                signal.session_id,
                signal.initiator,
                signal.opponents,
                bool(signal.video),
            )
            self.sessions[session.id] = session
            self.events.append(("call", session.id, dict(signal.extension)))
        others = (u for u in session.opponents if u != self.user_id)
        for other in (session.initiator, *others):
            self._expect(session, other, user_id, signal)

    def _expect(
        self, session: SdkSession, other: int, caller: int, signal: Signal
    ) -> None:
        pc = session.pcs.get(other)
        if pc is None:
            offers = other != caller and self.user_id > other
            session.pcs[other] = pc = Pc(other, offers)
            if other == caller:
                pc.remote_sdp = signal.sdp
                self._start_answer_timer(session)
        elif other == caller:
            pc.remote_sdp = signal.sdp
            if caller != session.initiator and session.state == "active":
                self._answer(session, caller, dict(signal.extension))

    def _on_signal(self, session: SdkSession, user_id: int, signal: Signal) -> None:
        pc = session.pcs.get(user_id)
        match signal.type:
            case SignalType.ACCEPT:
                self._tell("accept", session, user_id, signal)
                if pc:
                    pc.stop_dialing()
                    self._on_answer(session, pc, signal)
            case SignalType.REJECT:
                self._tell("reject", session, user_id, signal)
                if pc:
                    pc.release()
                self._close_if_empty(session)
            case SignalType.HANG_UP:
                self._on_stop(session, user_id)
                self._tell("stop", session, user_id, signal)
            case _ if session.state == "active" and pc:
                self._on_media(session, pc, signal)

    def _on_media(self, session: SdkSession, pc: Pc, signal: Signal) -> None:
        match signal.type:
            case SignalType.CANDIDATES:
                if pc.remote is None:
                    pc.errors.append("candidates before a description")
                pc.candidates += signal.candidates
            case SignalType.RESTART if pc.set_remote("offer", signal.sdp or ""):
                if sdp := pc.set_local(str(self.user_id)):
                    answer = Signal(SignalType.RESTART_ACCEPT, session.id, sdp=sdp)
                    self._send(pc.user_id, answer)
            case SignalType.RESTART_ACCEPT:
                self._on_answer(session, pc, signal)

    def _on_answer(self, session: SdkSession, pc: Pc, signal: Signal) -> None:
        if pc.set_remote("answer", signal.sdp or ""):
            self._tell_candidates(session, pc)

    def _tell(
        self, name: str, session: SdkSession, user_id: int, signal: Signal
    ) -> None:
        self.events.append((name, session.id, user_id, dict(signal.extension)))

    def _on_stop(self, session: SdkSession, user_id: int) -> None:
        self._clear_answer_timer(session)
        initiated = user_id == session.initiator
        for pc in session.pcs.values():
            if initiated or pc.user_id == user_id:
                pc.release()
        self._close_if_empty(session)

    # Its inner workings

    def _call(
        self, session: SdkSession, user_id: int, extension: dict[str, Any]
    ) -> None:
        pc = session.pcs[user_id] = Pc(user_id, offers=True)
        pc.set_local(str(self.user_id))
        self._send_call(session, pc, extension)
        self._dial(session, pc, extension)

    def _dial(self, session: SdkSession, pc: Pc, extension: dict[str, Any]) -> None:
        def again() -> None:
            pc.dialled += self._dialing
            if pc.dialled >= self._answering:
                pc.release()
                self.events.append(("not-answer", session.id, pc.user_id))
                self._close_if_empty(session)
                return
            self._send_call(session, pc, extension)
            self._dial(session, pc, extension)

        pc.timer = asyncio.get_running_loop().call_later(self._dialing, again)

    def _send_call(
        self, session: SdkSession, pc: Pc, extension: dict[str, Any]
    ) -> None:
        call = self._signal(session, SignalType.CALL, extension, sdp=pc.local)
        self._send(pc.user_id, call)

    def _answer(
        self, session: SdkSession, user_id: int, extension: dict[str, Any]
    ) -> None:
        pc = session.pcs[user_id]
        if pc.remote_sdp is None or not pc.set_remote("offer", pc.remote_sdp):
            return
        sdp = pc.set_local(str(self.user_id))
        self._send(
            user_id, self._signal(session, SignalType.ACCEPT, extension, sdp=sdp)
        )
        self._tell_candidates(session, pc)

    def _tell_candidates(self, session: SdkSession, pc: Pc) -> None:
        candidates = (Candidate(f"candidate:{self.user_id} typ host", "0", 0),)
        signal = self._signal(session, SignalType.CANDIDATES, {}, candidates=candidates)
        self._send(pc.user_id, signal)

    def _tell_all(
        self, session: SdkSession, type_: SignalType, extension: dict[str, Any]
    ) -> None:
        for user_id in session.pcs:
            self._send(user_id, self._signal(session, type_, extension))

    def _signal(
        self,
        session: SdkSession,
        type_: SignalType,
        extension: dict[str, Any],
        **fields: Any,
    ) -> Signal:
        return Signal(
            type_,
            session.id,
            session.initiator,
            session.opponents,
            session.video,
            extension=extension,
            **fields,
        )

    def _start_answer_timer(self, session: SdkSession) -> None:
        def expire() -> None:
            self._close(session)

        loop = asyncio.get_running_loop()
        session.answer_timer = loop.call_later(self._answering, expire)

    def _clear_answer_timer(self, session: SdkSession) -> None:
        if session.answer_timer:
            session.answer_timer.cancel()
            session.answer_timer = None

    def _close_if_empty(self, session: SdkSession) -> None:
        if all(pc.released for pc in session.pcs.values()):
            self._close(session)

    def _close(self, session: SdkSession) -> None:
        self._clear_answer_timer(session)
        for pc in session.pcs.values():
            pc.release()
        session.state = "closed"
        self.events.append(("close", session.id))
