"""How well links work, in the numbers of the end that measures them.

An end in Home Assistant measures itself; of a link between two screens the report of
the offering page counts, of a link with a contact the end of this home. Over a bridged
link what is sent takes two ways, one after the other.
"""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from .calls.model import Link

if TYPE_CHECKING:
    from .home import Home


@dataclass(frozen=True, slots=True)
class Quality:
    """How well a party is connected, by its worst link; None while unknown."""

    round_trip_time: float | None = None
    """Seconds."""

    packet_loss: float | None = None
    """0 to 1."""

    bitrate: float | None = None
    """kbit/s that it sends over all its links."""

    picture_size: tuple[int, int] | None = None
    """Width and height in pixels of the smallest picture it receives."""

    frame_rate: float | None = None
    """Pictures per second of the slowest picture it receives."""


def link_statistics(home: Home, link: Link) -> dict[str, Any] | None:
    """Return a link's numbers as its `party` sees it; None while there are none."""
    if not link.connections:
        return None
    if link.bridge:
        return _bridged(home, link, link.bridge)
    party = home.party(link.party)
    if party is None or party.ours:
        return _measured(home, link.connections[-1], link.party)
    return _turned(_measured(home, link.connections[-1], link.peer))


def _bridged(home: Home, link: Link, bridge: str) -> dict[str, Any] | None:
    """Add what the contact's connection does to what the party measures."""
    party = home.party(link.party)
    if party is not None and not party.ours:
        numbers = _turned(_measured(home, link.connections[-1], bridge))
    else:
        numbers = _measured(home, link.connections[-1], link.party)
    seat = _measured(home, link.connections[0], bridge)
    if numbers is None or seat is None:
        return numbers
    names = ("round_trip_time", "packet_loss")
    times, losses = ((numbers[name], seat[name]) for name in names)
    return {**numbers, "round_trip_time": _sum(times), "packet_loss": _worst(losses)}


def _turned(numbers: dict[str, Any] | None) -> dict[str, Any] | None:
    """Turn the other end's view round: what a contact measures nobody tells us."""
    if numbers is None:
        return None
    sent, received = numbers["bitrate_out"], numbers["bitrate_in"]
    return {**numbers, "bitrate_out": received, "bitrate_in": sent}


def _measured(home: Home, connection_id: str, party_id: str) -> dict[str, Any] | None:
    if ends := home.ends_at(party_id):
        return asdict(ends.statistics(connection_id))
    reported = home.screen_links.statistics(connection_id, party_id)
    return asdict(reported) if reported else None


def quality_of(home: Home, party_id: str) -> Quality:
    """Return how well a party is connected now."""
    links = _working_links(home, party_id)
    measured = [
        (link, numbers) for link in links if (numbers := link_statistics(home, link))
    ]
    received = [
        numbers for link in links if (numbers := _received(home, link, party_id))
    ]
    # A contact sends once over its seat, however many links run over that.
    sent = {
        _own_connection(link, party_id): _sent(home, party_id, link, numbers)
        for link, numbers in measured
    }
    return Quality(
        _worst(numbers["round_trip_time"] for _link, numbers in measured),
        _worst(numbers["packet_loss"] for _link, numbers in measured),
        _sum(sent.values()),
        _smallest((numbers["width"], numbers["height"]) for numbers in received),
        min(_known(numbers["frame_rate"] for numbers in received), default=None),
    )


def _working_links(home: Home, party_id: str) -> list[Link]:
    call_id = home.exchange.status(party_id).call_id
    if call_id is None:
        return []
    links = home.exchange.call_by_id(call_id).links.values()
    return [link for link in links if party_id in link.pair and link.state.working]


def _own_connection(link: Link, party_id: str) -> str:
    """Return by which of a link's connections a party is in it."""
    return link.connections[0 if link.peer == party_id else -1]


def _received(home: Home, link: Link, party_id: str) -> dict[str, Any] | None:
    """Return what a party's own end measures of a link, if that is in this home."""
    if not link.connections:
        return None
    return _measured(home, _own_connection(link, party_id), party_id)


def _sent(
    home: Home, party_id: str, link: Link, numbers: Mapping[str, Any]
) -> float | None:
    """Return what a party sends over a link that the other end may measure."""
    if link.bridge and link.peer == party_id:
        numbers = _measured(home, link.connections[0], link.bridge) or numbers
    sent: float | None = numbers[
        "bitrate_out" if link.party == party_id else "bitrate_in"
    ]
    return sent


def _worst(values: Iterable[float | None]) -> float | None:
    return max(_known(values), default=None)


def _sum(values: Iterable[float | None]) -> float | None:
    known = _known(values)
    return sum(known) if known else None


def _known(values: Iterable[float | None]) -> list[float]:
    return [value for value in values if value is not None]


def _smallest(
    sizes: Iterable[tuple[int | None, int | None]],
) -> tuple[int, int] | None:
    known = [(width, height) for width, height in sizes if width and height]
    return min(known, key=lambda size: size[0] * size[1], default=None)
