"""Signals as XML: what the SDK puts into `extraParams` of a headline message.

Everything that comes in may be hostile: what is no signal gives None, never an
error, and nothing of it is kept beyond fixed sizes.
"""

from collections.abc import Container, Iterator, Mapping
from datetime import UTC, datetime
import re
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from ....calls.errors import CallError
from ....calls.extension import MAX_LEVELS, validated
from ....calls.model import NO_EXTENSION, Candidate, Extension
from .signals import Signal, SignalType

NAMESPACE: Final = "jabber:client"
MESSAGE: Final = f"{{{NAMESPACE}}}message"
EXTRA_PARAMS: Final = f"{{{NAMESPACE}}}extraParams"
MODULE: Final = "WebRTCVideoChat"

MAX_SDP: Final = 200_000
MAX_CANDIDATES: Final = 128
MAX_CANDIDATE: Final = 2 * 1024
MAX_OPPONENTS: Final = 64
MAX_CHILDREN: Final = 64
"""Of `extraParams`: the SDK has some ten."""

MAX_VALUES: Final = 1024
"""Of an extension, before its size is looked at."""

MAX_DELAY: Final = 60.0
"""Seconds: what waited for a lost connection to be back is of use no longer."""

_DELAY = "{urn:xmpp:delay}delay"
_OLD_DELAY = "{jabber:x:delay}x"
_SESSION_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_NUMBER = re.compile(r"[0-9]{1,16}")
_CALL_TYPES = {"1": True, "2": False}
_WITH_SDP = {
    SignalType.CALL,
    SignalType.ACCEPT,
    SignalType.RESTART,
    SignalType.RESTART_ACCEPT,
}
_UNFIT = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML 1.0 document may hold; it would end the stream for all."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]+")


def read_signal(message: Element, servers: Container[str] = ()) -> Signal | None:
    """Read the signal that a message stanza carries; None if it carries none.

    What was stored for later is none (XEP-0203), except what our own server, under
    one of these names, kept while the connection was lost for a moment (XEP-0198).
    A call is none even then: who still calls repeats it.
    """
    if message.get("type") != "headline":
        return None
    delays = [c for c in message if _name(c) == "delay" or c.tag == _OLD_DELAY]
    if not all(_is_resent(delay, servers) for delay in delays):
        return None
    signal = _read_params(message.find(EXTRA_PARAMS))
    if signal and signal.type is SignalType.CALL and delays:
        return None
    return signal


def _is_resent(delay: Element, servers: Container[str]) -> bool:
    if delay.tag != _DELAY or delay.get("from") not in servers:
        return False
    try:
        age = datetime.now(UTC) - datetime.fromisoformat(delay.get("stamp", ""))
    except ValueError, TypeError:
        return False
    return abs(age.total_seconds()) <= MAX_DELAY


def _read_params(params: Element | None) -> Signal | None:
    if params is None or len(params) > MAX_CHILDREN:
        return None
    fields = {_name(child): child for child in params}
    if _text(fields, "moduleIdentifier") != MODULE:
        return None
    return _signal(fields)


def write_signal(to: str, signal: Signal) -> Element:
    """Return the message stanza that carries a signal to a bare JID."""
    message = Element(MESSAGE, {"to": to, "type": "headline"})
    params = SubElement(message, EXTRA_PARAMS)
    if signal.extension:
        _add_mapping(params, "userInfo", signal.extension)
    _add(params, "sessionID", signal.session_id)
    if signal.video is not None:
        _add(params, "callType", "1" if signal.video else "2")
    if signal.initiator is not None:
        _add(params, "callerID", str(signal.initiator))
    if signal.opponents:
        opponents = _add(params, "opponentsIDs")
        for opponent in signal.opponents:
            _add(opponents, "opponentID", str(opponent))
    if signal.sdp is not None:
        _add(params, "sdp", signal.sdp)
    if signal.candidates:
        _add_candidates(params, signal.candidates)
    _add(params, "moduleIdentifier", MODULE)
    _add(params, "signalType", signal.type)
    _add(params, "platform", "node")
    return message


def _signal(fields: dict[str, Element]) -> Signal | None:
    kind, session_id = _text(fields, "signalType"), _text(fields, "sessionID")
    if kind not in SignalType or not _SESSION_ID.fullmatch(session_id):
        return None
    signal = Signal(
        type=SignalType(kind),
        session_id=session_id,
        initiator=_number(_text(fields, "callerID")) or None,
        opponents=_opponents(fields),
        video=_CALL_TYPES.get(_text(fields, "callType")),
        sdp=_text(fields, "sdp") or None,
        candidates=tuple(_candidates(fields)),
        extension=_extension(fields),
    )
    return signal if _is_whole(signal) else None


def _is_whole(signal: Signal) -> bool:
    """Tell whether a signal has what its type can't do without."""
    if signal.type in _WITH_SDP and not (
        signal.sdp and len(signal.sdp) <= MAX_SDP and signal.sdp.startswith("v=0")
    ):
        return False
    if signal.type is SignalType.CALL:
        return (
            signal.initiator is not None
            and signal.video is not None
            and 0 < len(signal.opponents) <= MAX_OPPONENTS
        )
    return True


def _opponents(fields: dict[str, Element]) -> tuple[int, ...]:
    """Read all callees, each once; one more than allowed tells that it's too many."""
    listed = fields.get("opponentsIDs")
    if listed is None:
        return ()
    numbers = (_number((child.text or "").strip()) for child in listed)
    return tuple(dict.fromkeys(n for n in numbers if n))[: MAX_OPPONENTS + 1]


def _candidates(fields: dict[str, Element]) -> Iterator[Candidate]:
    for element in list(fields.get("iceCandidates", ()))[:MAX_CANDIDATES]:
        parts = {_name(child): child for child in element}
        text = _text(parts, "candidate")
        # The SDK's empty number is 0.
        line = _number(_text(parts, "sdpMLineIndex") or "0")
        mid = _text(parts, "sdpMid")
        if "candidate" in parts and len(text) + len(mid) <= MAX_CANDIDATE:
            yield Candidate(text, mid or None, line)


def _extension(fields: dict[str, Element]) -> Extension:
    """Read the extension; one that no call may have is none."""
    info = fields.get("userInfo")
    if info is None or sum(1 for _ in info.iter()) > MAX_VALUES:
        return NO_EXTENSION
    try:
        return validated(_mapping(info, 1)) or NO_EXTENSION
    except CallError:
        return NO_EXTENSION


def _mapping(element: Element, level: int) -> dict[str, object]:
    """Read names and values; as deep as it takes to see that it's too deep."""
    return {
        _name(child): _mapping(child, level + 1)
        if len(child) and level <= MAX_LEVELS
        else _CONTROL.sub(" ", child.text or "")
        for child in element
    }


def _name(element: Element) -> str:
    """Return the name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def _text(fields: dict[str, Element], name: str) -> str:
    element = fields.get(name)
    if element is None or element.text is None:
        return ""
    # Line ends are part of an SDP's last line.
    return element.text if name == "sdp" else element.text.strip()


def _number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def _add(parent: Element, name: str, text: str = "") -> Element:
    child = SubElement(parent, f"{{{NAMESPACE}}}{name}")
    child.text = _UNFIT.sub("", text)
    return child


def _add_candidates(params: Element, candidates: tuple[Candidate, ...]) -> None:
    listed = _add(params, "iceCandidates")
    for candidate in candidates:
        element = _add(listed, "iceCandidate")
        _add(element, "sdpMLineIndex", str(candidate.sdp_m_line_index or 0))
        _add(element, "sdpMid", candidate.sdp_mid or "")
        _add(element, "candidate", candidate.candidate)


def _add_mapping(parent: Element, name: str, mapping: Extension) -> None:
    element = _add(parent, name)
    for key, value in mapping.items():
        match value:
            case Mapping():
                _add_mapping(element, key, value)
            case bool():
                _add(element, key, "true" if value else "false")
            case None:
                _add(element, key)
            case _:
                _add(element, key, str(value))
