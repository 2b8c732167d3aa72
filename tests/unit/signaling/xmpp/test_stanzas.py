"""Signals as XML: what the real SDK was seen to send, and what nobody should."""

from datetime import UTC, datetime, timedelta
import re
from xml.etree.ElementTree import Element, SubElement, fromstring

from hypothesis import given, strategies as st
import pytest
from slixmpp.xmlstream.tostring import tostring

from custom_components.mesh_call.calls.extension import validated
from custom_components.mesh_call.calls.model import Candidate, Extension
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import (
    Signal,
    SignalType,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.stanzas import (
    EXTRA_PARAMS,
    MAX_CANDIDATES,
    MAX_SDP,
    MESSAGE,
    read_signal,
    write_signal,
)

SESSION = "5271110c-59a3-4a1c-92cd-0ac6729ce0e5"
SERVERS = ("localhost", "101-1@localhost")
MODULE = "<moduleIdentifier>WebRTCVideoChat</moduleIdentifier>"


def message(params: str, kind: str = "headline", more: str = "") -> Element:
    """Return a message stanza as a server delivers it."""
    return fromstring(
        f"<message xmlns='jabber:client' from='102-1@localhost/mx' type='{kind}'>"
        f"<extraParams>{params}</extraParams>{more}</message>"
    )


def call(more: str = "", sdp: str = "v=0") -> str:
    """Return what a call consists of, as the SDK orders it."""
    return (
        f"{more}<sessionID>{SESSION}</sessionID><callType>1</callType>"
        "<callerID>101</callerID>"
        "<opponentsIDs><opponentID>102</opponentID></opponentsIDs>"
        f"<sdp>{sdp}</sdp>{MODULE}<signalType>call</signalType>"
        "<platform>web</platform>"
    )


def hang_up(more: str = "") -> str:
    """Return the least a signal consists of."""
    return (
        f"<sessionID>{SESSION}</sessionID>{MODULE}<signalType>hangUp</signalType>{more}"
    )


def test_a_call_as_captured() -> None:
    info = "<userInfo><hello>world</hello><n>5</n><nested><a>1</a></nested></userInfo>"
    assert read_signal(message(call(info, "v=0\no=- 1\n"))) == Signal(
        SignalType.CALL,
        SESSION,
        initiator=101,
        opponents=(102,),
        video=True,
        sdp="v=0\no=- 1\n",
        extension={"hello": "world", "n": "5", "nested": {"a": "1"}},
    )


def test_candidates_as_captured() -> None:
    line = "candidate:830885024 1 udp 2122260223 127.0.0.1 45211 typ host"
    signal = read_signal(
        message(
            f"<sessionID>{SESSION}</sessionID><callType>2</callType>"
            "<callerID>101</callerID>"
            "<opponentsIDs><opponentID>102</opponentID></opponentsIDs><iceCandidates>"
            f"<iceCandidate><sdpMLineIndex/><sdpMid>0</sdpMid>"
            f"<candidate>{line}</candidate></iceCandidate>"
            f"<iceCandidate><sdpMLineIndex>1</sdpMLineIndex><sdpMid>1</sdpMid>"
            f"<candidate>{line}</candidate></iceCandidate></iceCandidates>"
            f"{MODULE}<signalType>iceCandidates</signalType><platform>web</platform>"
        )
    )
    assert signal
    assert signal.video is False
    assert signal.candidates == (Candidate(line, "0", 0), Candidate(line, "1", 1))


@pytest.mark.parametrize("kind", ["reject", "hangUp"])
def test_a_reject_and_a_hang_up_of_a_group_as_captured(kind: str) -> None:
    assert read_signal(
        message(
            f"<sessionID>{SESSION}</sessionID><callType>1</callType>"
            "<callerID>101</callerID><opponentsIDs><opponentID>102</opponentID>"
            f"<opponentID>103</opponentID></opponentsIDs>{MODULE}"
            f"<signalType>{kind}</signalType><platform>web</platform>"
        )
    ) == Signal(SignalType(kind), SESSION, 101, (102, 103), True)


@pytest.mark.parametrize("kind", ["iceRestart", "iceRestartAccept"])
def test_a_restart_as_captured(kind: str) -> None:
    assert read_signal(
        message(
            f"<sessionID>{SESSION}</sessionID><sdp>v=0 …</sdp>{MODULE}"
            f"<signalType>{kind}</signalType><platform>web</platform>"
        )
    ) == Signal(SignalType(kind), SESSION, sdp="v=0 …")


@pytest.mark.parametrize(
    "stanza",
    [
        message(hang_up(), kind="chat"),
        message(hang_up(), kind="error"),
        message(hang_up().replace("WebRTCVideoChat", "SystemNotifications")),
        message(hang_up().replace("hangUp", "update")),
        message(hang_up().replace(SESSION, "")),
        message(hang_up().replace(SESSION, "x" * 65)),
        message(hang_up().replace(SESSION, "../secret")),
        message(hang_up("<a/>" * 100)),
        message(call(sdp="")),
        message(call(sdp="hello")),
        message(call(sdp="v=0" + "x" * MAX_SDP)),
        message(call().replace("<callerID>101", "<callerID>nobody")),
        message(call().replace("<callType>1", "<callType>3")),
        message(call().replace("<opponentID>102</opponentID>", "")),
        message(
            call().replace(
                "<opponentID>102</opponentID>",
                "".join(f"<opponentID>{n}</opponentID>" for n in range(1, 90)),
            )
        ),
        message(call().replace("<callerID>101", f"<callerID>{'9' * 5000}")),
        fromstring("<message xmlns='jabber:client' type='headline'/>"),
        fromstring("<message xmlns='jabber:client' type='headline'><body/></message>"),
    ],
)
def test_what_is_no_signal(stanza: Element) -> None:
    assert read_signal(stanza) is None


def test_what_is_too_much_of_a_signal_is_left_out() -> None:
    candidate = "<iceCandidate><candidate>candidate:1</candidate></iceCandidate>"
    long = "<iceCandidate><candidate>" + "x" * 5000 + "</candidate></iceCandidate>"
    deep = "<a>" * 2000 + "</a>" * 2000
    for more in (
        f"<userInfo><a>{'x' * 9000}</a></userInfo>",
        f"<userInfo>{deep}</userInfo>",
        f"<userInfo>{'<a/>' * 3000}</userInfo>",
    ):
        signal = read_signal(message(hang_up(more)))
        assert signal
        assert not signal.extension
    signal = read_signal(
        message(hang_up(f"<iceCandidates>{long}{candidate * 5000}</iceCandidates>"))
    )
    assert signal
    assert len(signal.candidates) == MAX_CANDIDATES - 1


def delayed(mark: str) -> str:
    """Return how a server marks what it kept: `STAMP-3` is three seconds ago."""

    def stamp(match: re.Match[str]) -> str:
        return (datetime.now(UTC) - timedelta(seconds=int(match[1]))).isoformat()

    return re.sub(r"STAMP-(\d+)", stamp, mark)


@pytest.mark.parametrize(
    ("delay", "heard"),
    [
        ("<delay xmlns='urn:xmpp:delay' from='localhost' stamp='STAMP-3'/>", True),
        (
            "<delay xmlns='urn:xmpp:delay' from='101-1@localhost' stamp='STAMP-3'/>",
            True,
        ),
        ("<delay xmlns='urn:xmpp:delay' from='localhost' stamp='STAMP-300'/>", False),
        (
            "<delay xmlns='urn:xmpp:delay' from='102-1@localhost' stamp='STAMP-3'/>",
            False,
        ),
        ("<delay xmlns='urn:other' from='localhost' stamp='STAMP-3'/>", False),
        ("<delay xmlns='urn:xmpp:delay' from='localhost'/>", False),
        ("<delay xmlns='urn:xmpp:delay' from='localhost' stamp='2020'/>", False),
        ("<delay/>", False),
        ("<x xmlns='jabber:x:delay' from='localhost'/>", False),
    ],
)
def test_only_our_server_may_have_kept_a_signal_and_no_call(
    delay: str, heard: bool
) -> None:
    mark = delayed(delay)
    assert bool(read_signal(message(hang_up(), more=mark), SERVERS)) is heard
    assert read_signal(message(call(), more=mark), SERVERS) is None


NAMES = st.from_regex(r"[a-zA-Z_ä][a-zA-Z0-9_.\-]{0,8}", fullmatch=True)
TEXTS = st.text(
    st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"),
    max_size=30,
)


def mappings(levels: int, least: int) -> st.SearchStrategy[Extension]:
    """Return extensions; XML can't tell an empty mapping from an empty text."""
    values = TEXTS | mappings(levels - 1, 1) if levels > 1 else TEXTS
    return st.dictionaries(NAMES, values, min_size=least, max_size=3)


USERS = st.integers(1, 2**53 - 1)
SIGNALS = st.builds(
    Signal,
    type=st.sampled_from(SignalType),
    session_id=st.uuids().map(str),
    initiator=USERS,
    opponents=st.lists(USERS, min_size=1, max_size=3, unique=True).map(tuple),
    video=st.booleans(),
    sdp=st.lists(TEXTS).map(lambda lines: "v=0\n" + "\n".join(lines)),
    candidates=st.lists(
        st.builds(
            Candidate,
            candidate=TEXTS.map(str.strip),
            sdp_mid=st.sampled_from(["0", "audio"]),
            sdp_m_line_index=st.integers(0, 9),
        ),
        max_size=4,
    ).map(tuple),
    extension=mappings(4, 0),
)


@given(SIGNALS)
def test_what_is_written_reads_the_same(signal: Signal) -> None:
    assert read_signal(over_the_wire(write_signal("102-1@localhost", signal))) == signal


def over_the_wire(stanza: Element) -> Element:
    """Return a stanza as it arrives."""
    return fromstring(tostring(stanza))


def test_values_become_text_as_the_sdk_does_it() -> None:
    extension = validated({"yes": True, "no": False, "none": None, "n": 7, "f": 1.5})
    stanza = write_signal("102-1@localhost", Signal(SignalType.HANG_UP, "s"))
    assert stanza.find(f"{EXTRA_PARAMS}/{{jabber:client}}userInfo") is None
    stanza = write_signal(
        "102-1@localhost", Signal(SignalType.HANG_UP, "s", extension=extension)
    )
    signal = read_signal(over_the_wire(stanza))
    assert signal
    assert signal.extension == {
        "yes": "true",
        "no": "false",
        "none": "",
        "n": "7",
        "f": "1.5",
    }


def test_what_no_xml_may_hold_does_not_break_the_stream() -> None:
    sdp = "v=0\r\na=\x00\x1b\ud800\ufffeend"
    signal = Signal(SignalType.RESTART, "s", sdp=sdp)
    read = read_signal(over_the_wire(write_signal("102-1@localhost", signal)))
    assert read
    assert read.sdp == "v=0\na=end"


def test_line_breaks_in_an_extension_become_spaces() -> None:
    signal = read_signal(message(hang_up("<userInfo><a>1\n\n2</a></userInfo>")))
    assert signal
    assert signal.extension == {"a": "1 2"}


TAGS = st.sampled_from(
    [
        f"{{jabber:client}}{name}"
        for name in (
            *("userInfo", "sessionID", "callType", "callerID", "opponentsIDs"),
            *("opponentID", "sdp", "iceCandidates", "iceCandidate", "candidate"),
            *("sdpMLineIndex", "sdpMid", "moduleIdentifier", "signalType", "delay"),
        )
    ]
    + ["noNamespace", "{}empty", "{urn:xmpp:delay}delay", "{x}sdp"]
)
VALUES = st.none() | st.text() | st.sampled_from([*SignalType, "1", "v=0", SESSION])
TREES = st.recursive(
    st.tuples(TAGS, VALUES, st.just([])),
    lambda inner: st.tuples(TAGS, VALUES, st.lists(inner, max_size=6)),
    max_leaves=30,
)


@given(st.lists(TREES, max_size=12), st.lists(TREES, max_size=2), st.booleans())
def test_whatever_comes_in_is_a_signal_or_nothing(
    params: list[tuple[str, str | None, list[object]]],
    beside: list[tuple[str, str | None, list[object]]],
    likely: bool,
) -> None:
    stanza = Element(MESSAGE, {"type": "headline"})
    for tree in beside:
        grow(stanza, tree)
    extra = SubElement(stanza, EXTRA_PARAMS)
    if likely:
        for name, text in (("sessionID", SESSION), ("signalType", "hangUp")):
            SubElement(extra, f"{{jabber:client}}{name}").text = text
    for tree in params:
        grow(extra, tree)
    if likely:
        module = SubElement(extra, "{jabber:client}moduleIdentifier")
        module.text = "WebRTCVideoChat"
    signal = read_signal(stanza, SERVERS)
    if signal:
        # Whatever was understood can be passed on.
        assert read_signal(write_signal("1-1@x", signal)) is not None
        assert validated(signal.extension) == signal.extension


def grow(parent: Element, tree: tuple[str, str | None, list[object]]) -> None:
    """Add a tree of elements."""
    tag, text, children = tree
    element = SubElement(parent, tag)
    element.text = text
    for child in children:
        grow(element, child)  # type: ignore[arg-type]
