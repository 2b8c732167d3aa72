"""The queue of what is to be sent, and the limit of what is listened to."""

from xml.etree.ElementTree import Element

from custom_components.mesh_call.signaling.xmpp.flood import (
    BURST,
    MAX_SENDERS,
    RATE,
    FloodLimiter,
)
from custom_components.mesh_call.signaling.xmpp.outgoing import (
    MAX_AGE,
    MAX_STANZAS,
    Outgoing,
)


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        """Begin at zero."""
        self.time = 0.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.time


def stanzas(count: int) -> list[Element]:
    """Return some that can be told from each other."""
    return [Element(f"message-{number}") for number in range(count)]


def test_what_is_too_old_is_not_sent() -> None:
    clock, sent = Clock(), list[Element]()
    outgoing = Outgoing(sent.append, clock)
    old, young = stanzas(2)
    outgoing.put(old)
    clock.time = MAX_AGE / 2
    outgoing.put(young)
    clock.time = MAX_AGE + 1
    outgoing.open(tracked=True)
    assert sent == [young]


def test_the_queue_is_bounded() -> None:
    sent: list[Element] = []
    outgoing = Outgoing(sent.append)
    many = stanzas(MAX_STANZAS + 5)
    for stanza in many:
        outgoing.put(stanza)
    assert outgoing.waiting == MAX_STANZAS
    outgoing.open(tracked=False)
    assert sent == many[5:]
    assert not outgoing.waiting


def test_what_the_server_does_not_have_comes_first() -> None:
    sent: list[Element] = []
    outgoing = Outgoing(sent.append)
    outgoing.open(tracked=True)
    first, second, third, fourth = stanzas(4)
    for stanza in (first, second, third):
        outgoing.put(stanza)
    outgoing.acknowledge(first)
    outgoing.close()
    outgoing.put(fourth)
    sent.clear()
    outgoing.open(tracked=True, on_the_way=[second])
    assert sent == [third, fourth]
    outgoing.acknowledge(Element("unknown"))
    outgoing.close()
    sent.clear()
    outgoing.open(tracked=True)
    assert sent == [second, third, fourth]


def test_nothing_is_sent_twice_where_the_server_tells_nothing() -> None:
    sent: list[Element] = []
    outgoing = Outgoing(sent.append)
    outgoing.open(tracked=False)
    [stanza] = stanzas(1)
    outgoing.put(stanza)
    outgoing.close()
    outgoing.open(tracked=False)
    assert sent == [stanza]


def test_who_sends_too_much_is_heard_again_when_calmer() -> None:
    clock = Clock()
    limiter = FloodLimiter(lambda sender: True, clock)
    assert sum(limiter.admits("loud") for _ in range(2000)) == BURST
    assert limiter.admits("calm")
    assert limiter.dropped == 2000 - BURST
    clock.time = 1
    assert sum(limiter.admits("loud") for _ in range(2000)) == RATE
    clock.time = 1000
    assert sum(limiter.admits("loud") for _ in range(2000)) == BURST


def test_many_who_send_little_crowd_nobody_out() -> None:
    clock = Clock()
    limiter = FloodLimiter(lambda sender: sender == "family", clock)
    strangers = [f"stranger {number}" for number in range(1000)]
    for _ in range(20):
        clock.time += 0.5
        assert sum(map(limiter.admits, strangers)) <= BURST
        assert limiter.admits("family")
    assert limiter.dropped >= 20_000 - BURST - 10 * RATE
    assert len(limiter._buckets) == 1


def test_few_senders_are_remembered() -> None:
    limiter = FloodLimiter(lambda sender: True)
    for number in range(10 * MAX_SENDERS):
        assert limiter.admits(f"{number}")
    assert len(limiter._buckets) == MAX_SENDERS
