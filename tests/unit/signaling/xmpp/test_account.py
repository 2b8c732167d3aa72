"""Two accounts talk through Prosody, whatever happens to the connection."""

import asyncio
from dataclasses import replace
import logging
from xml.etree.ElementTree import fromstring

import pytest

from custom_components.mesh_call.signaling.xmpp import (
    connection,
    stream as stream_module,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.account import (
    ConnectyCubeAccount,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import (
    Signal,
    SignalType,
)
from custom_components.mesh_call.signaling.xmpp.login import ChatState, Login
from custom_components.mesh_call.signaling.xmpp.stream import Stream
from tests.ports import free_port
from tests.prosody import Prosody
from tests.waiting import until

from .conftest import User, Users

HANG_UP = Signal(SignalType.HANG_UP, "a-session", 101, (102,), True)


def numbered(number: int) -> Signal:
    """Return a signal that can be told from others."""
    return Signal(SignalType.HANG_UP, f"session-{number}", 101, (102,), True)


def stream_of(user: User) -> Stream:
    """Return what a user is connected by."""
    stream = user.account._connection._stream
    assert stream
    return stream


async def test_signals_arrive_whole_and_in_order(users: Users) -> None:
    alice, bob = await users(101), await users(102)
    extension = {"text": "<b>Grüße</b> & 👋", "deep": {"er": {"yes": "x"}}}
    signals = [
        Signal(
            SignalType.CALL,
            "a-session",
            101,
            (102,),
            True,
            sdp="v=0\r\ns=-\r\n",
            extension=extension,
        ),
        *(numbered(number) for number in range(50)),
    ]
    for signal in signals:
        alice.account.send(102, signal)
    got = await bob.gets(len(signals))
    assert [sender for sender, _ in got] == [101] * len(signals)
    first = got[0][1]
    assert first.sdp == "v=0\ns=-\n", "XML has no CR"
    assert first.extension == extension
    assert [signal for _, signal in got[1:]] == signals[1:]
    assert alice.account.statistics["sent"] == len(signals)
    assert bob.account.statistics["received"] == len(signals)
    await until(lambda: not stream_of(alice).unacknowledged)


def cut(user: User) -> None:
    """Cut the connection for good; `mend` lets it come back."""
    stream = stream_of(user)
    stream._login = replace(stream._login, port=free_port())
    assert stream.transport
    stream.transport.abort()


async def mend(user: User, server: Prosody) -> None:
    """Let the connection come back and wait until it is."""
    stream = stream_of(user)
    stream._login = replace(stream._login, port=server.port)
    await user.reaches(ChatState.CONNECTED)


@pytest.mark.parametrize("resumes", [True, False])
async def test_what_is_sent_while_offline_leaves_later_and_in_order(
    users: Users, server: Prosody, resumes: bool
) -> None:
    alice, bob = await users(101), await users(102)
    cut(alice)
    await alice.reaches(ChatState.LOST)
    assert not alice.account.connected
    for number in range(5):
        alice.account.send(102, numbered(number))
    assert alice.account.statistics["waiting"] == 5
    if not resumes:
        stream_of(alice).plugin["xep_0198"].sm_id = None
    await mend(alice, server)
    got = await bob.gets(5)
    assert [signal for _, signal in got] == [numbered(number) for number in range(5)]


async def test_what_a_crashed_server_lost_is_sent_again(
    users: Users, server: Prosody
) -> None:
    alice, bob = await users(101), await users(102)
    transport = stream_of(alice).transport
    assert transport
    transport.write = lambda data: None  # type: ignore[method-assign]
    alice.account.send(102, numbered(0))
    await until(lambda: stream_of(alice).unacknowledged)
    cut(alice)
    # The server knows nothing of the session any more.
    await alice.reaches(ChatState.LOST)
    stream_of(alice).plugin["xep_0198"].sm_id = "forgotten"
    alice.account.send(102, numbered(1))
    await mend(alice, server)
    got = await bob.gets(2)
    assert [signal for _, signal in got] == [numbered(0), numbered(1)]


async def test_the_account_comes_back_when_the_server_does(
    users: Users, server: Prosody, caplog: pytest.LogCaptureFixture
) -> None:
    alice, bob = await users(101), await users(102)
    await server.stop()
    await alice.reaches(ChatState.LOST)
    await bob.reaches(ChatState.LOST)
    # However often it is tried, once is said why it can't be.
    await until(lambda: caplog.text.count("cannot_connect") == 2)
    await server.start()
    await alice.reaches(ChatState.CONNECTED)
    await bob.reaches(ChatState.CONNECTED)
    alice.account.send(102, HANG_UP)
    assert await bob.gets(1) == [(101, HANG_UP)]


async def test_a_cut_connection_is_resumed_and_loses_nothing(users: Users) -> None:
    """XEP-0198: what is sent into the void is sent again, what came meanwhile comes."""
    alice, bob = await users(101), await users(102)
    stream = stream_of(alice)
    resumed = asyncio.Event()
    stream.add_event_handler("session_resumed", lambda _: resumed.set())
    before = stream.boundjid.full
    transport = stream.transport
    assert transport
    # The line is dead but nobody has noticed yet.
    transport.pause_reading()
    write, transport.write = transport.write, lambda data: None  # type: ignore[method-assign]
    alice.account.send(102, numbered(0))
    await asyncio.sleep(0.1)
    bob.account.send(101, HANG_UP)
    await asyncio.sleep(0.1)
    transport.write = write  # type: ignore[method-assign]
    transport.abort()
    alice.account.send(102, numbered(1))
    await alice.reaches(ChatState.LOST)
    alice.account.send(102, numbered(2))
    await alice.reaches(ChatState.CONNECTED)
    assert resumed.is_set()
    assert stream.boundjid.full == before
    assert [s for _, s in await bob.gets(3)] == [numbered(n) for n in range(3)]
    assert await alice.gets(1) == [(102, HANG_UP)]
    await until(lambda: not stream_of(alice).unacknowledged)
    assert len(bob.got) == 3, "something was sent twice"


async def test_a_silent_server_is_noticed(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PING_INTERVAL", 0.2)
    monkeypatch.setattr(stream_module, "PING_TIMEOUT", 2)
    alice = await users(101)
    transport = stream_of(alice).transport
    assert transport
    transport.pause_reading()
    await alice.reaches(ChatState.LOST)
    await alice.reaches(ChatState.CONNECTED)
    # A server that answers is left in peace.
    await asyncio.sleep(1)
    assert alice.states.count(ChatState.LOST) == 1


async def test_a_loss_is_noticed_while_a_ping_is_on_its_way(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "PING_INTERVAL", 0.1)
    monkeypatch.setattr(stream_module, "PING_TIMEOUT", 1000)
    alice = await users(101)
    transport = stream_of(alice).transport
    assert transport
    transport.pause_reading()
    await asyncio.sleep(0.5)
    assert alice.account.connected
    transport.abort()
    await alice.reaches(ChatState.LOST)
    await alice.reaches(ChatState.CONNECTED)


async def test_a_password_that_was_changed_is_told(
    users: Users, server: Prosody
) -> None:
    alice = await users(101)
    await server.stop()
    for account in (server.folder / "data" / "localhost" / "accounts").iterdir():
        account.write_text('return { password = "another" };')
    await server.start()
    await alice.reaches(ChatState.REFUSED)
    assert alice.states == [ChatState.CONNECTED, ChatState.LOST, ChatState.REFUSED]


async def test_closing_while_the_server_is_away(users: Users, server: Prosody) -> None:
    alice = await users(101)
    await server.stop()
    await alice.reaches(ChatState.LOST)
    alice.account.send(102, HANG_UP)
    await alice.account.close()


async def test_strangers_do_not_learn_that_the_account_is_there(
    users: Users, server: Prosody
) -> None:
    alice, bob = await users(101), await users(102)
    curious = stream_of(bob)
    seen: list[str] = []
    for event in ("presence_subscribed", "presence_available"):
        curious.add_event_handler(event, lambda p: seen.append(p["from"].bare))
    curious.send_presence_subscription(pto="101-1@localhost")
    alice.account.send(102, HANG_UP)
    await bob.gets(1)
    await curious.ping()
    assert "101-1@localhost" not in seen
    assert not [
        jid for jid in stream_of(alice).client_roster if str(jid).startswith("102")
    ]


async def test_carbons_of_our_own_devices_are_no_calls(users: Users) -> None:
    kitchen, hall, bob = await users(101), await users(101), await users(102)
    kitchen.account.send(102, HANG_UP)
    await bob.gets(1)
    bob.account.send(101, HANG_UP)
    assert await kitchen.gets(1) == await hall.gets(1) == [(102, HANG_UP)]


async def test_only_our_own_server_wraps_carbons(users: Users) -> None:
    alice = await users(101)
    inner = (
        "<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client'"
        " from='103-1@localhost/x' type='headline'><extraParams>"
        "<sessionID>s</sessionID>"
        "<moduleIdentifier>WebRTCVideoChat</moduleIdentifier>"
        "<signalType>hangUp</signalType></extraParams></message></forwarded>"
    )
    for outer in ("102-1@localhost/evil", "101-1@localhost"):
        message = fromstring(
            f"<message xmlns='jabber:client' from='{outer}'>"
            f"<received xmlns='urn:xmpp:carbons:2'>{inner}</received></message>"
        )
        alice.account._take_carbon(message)
    assert alice.got == [(103, Signal(SignalType.HANG_UP, "s"))]


@pytest.mark.parametrize(
    "sender",
    [
        "102-2@localhost/x",
        "102-1@elsewhere.example/x",
        "102-1@localhost.evil/x",
        "101-1@localhost/x",
        "0-1@localhost/x",
        "x102-1@localhost",
        "102@localhost",
        "localhost",
        "",
    ],
)
def test_foreign_senders_count_but_are_not_heard(sender: str) -> None:
    got: list[object] = []
    account = ConnectyCubeAccount(
        Login("101-1@localhost", "x", "localhost", 1),
        lambda sender, signal: got.append((sender, signal)),
        lambda state: None,
    )
    message = fromstring(
        "<message xmlns='jabber:client' type='headline'><extraParams>"
        "<sessionID>s</sessionID><moduleIdentifier>WebRTCVideoChat</moduleIdentifier>"
        "<signalType>hangUp</signalType></extraParams></message>"
    )
    message.set("from", sender)
    account._take(message)
    assert not got
    assert account.statistics["dropped_foreign"] == 1
    message.set("from", "102-1@LOCALHOST/x")
    account._take(message)
    assert len(got) == 1


async def test_a_flood_is_dropped_and_the_others_are_heard(
    users: Users, server: Prosody, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    alice, bob, mallory = await users(101), await users(102), await users(103)
    flooder = stream_of(mallory)
    stanza = (
        "<message xmlns='jabber:client' to='101-1@localhost' type='headline'>"
        "<extraParams><sessionID>s</sessionID><moduleIdentifier>WebRTCVideoChat"
        "</moduleIdentifier><signalType>hangUp</signalType></extraParams></message>"
    )
    for _ in range(2000):
        flooder.send_raw(stanza)
    bob.account.send(101, HANG_UP)
    await until(lambda: (102, HANG_UP) in alice.got)
    await until(lambda: alice.account.statistics["dropped_flood"] > 1500)
    assert len(alice.got) < 400
    # asyncio has its own to say of a slow machine.
    [told] = [r.getMessage() for r in caplog.records if "mesh_call" in r.name]
    assert "floods" in told
    assert "103" not in told
