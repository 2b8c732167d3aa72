"""The speakers of a station: opened for a call, lost and tried again, closed."""

import asyncio

import pytest

from custom_components.mesh_call.media import loudspeaker
from custom_components.mesh_call.media.loudspeaker import SpeakerState, SpeakerStatus
from custom_components.mesh_call.media.sinks.speaker import SpeakerError
from tests.waiting import until

from .conftest import MakeStock
from .fakes import FakeExchange, FakeSpeaker, ToneTrack, make_call, make_connection
from .stations import MakeStation, link
from .synthetic import GREEN, SyntheticSource, power


async def test_busy_speaker_is_told(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    station = new_station(
        SyntheticSource(GREEN), lambda: FakeSpeaker(SpeakerError("busy"))
    )
    changes: list[SpeakerStatus] = []
    station.subscribe(lambda: changes.append(station.status.speaker))
    await station.join(make_call(), "station")
    stock = new_stock()

    await link(station, exchange, stock, make_connection())

    await stock.see(GREEN)
    assert station.status.speaker == SpeakerStatus(SpeakerState.FAILED, "busy")
    station.leave("call", "station")
    await until(lambda: station.status.speaker == SpeakerStatus())
    assert SpeakerStatus(SpeakerState.OPENING) in changes


async def test_speaker_that_was_busy_or_is_lost_is_opened_again(
    new_station: MakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loudspeaker, "RETRY_DELAY", 0.05)
    speaker = FakeSpeaker(SpeakerError("busy"))
    speaker.next_error = None
    station = new_station(None, lambda: speaker)
    seen: list[SpeakerStatus] = []
    station.subscribe(lambda: seen.append(station.status.speaker))
    await station.join(make_call(), "station")
    station.open(make_connection(), "station")
    await until(lambda: speaker.is_open)
    assert SpeakerStatus(SpeakerState.FAILED, "busy") in seen

    speaker.is_open = False
    speaker.lost.set()
    await until(lambda: speaker.is_open)
    assert SpeakerStatus(SpeakerState.FAILED, "cannot_connect") in seen

    station.leave("call", "station")
    await until(lambda: not speaker.is_open)


async def test_speaker_that_can_not_be_had_is_not_asked_again(
    new_station: MakeStation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loudspeaker, "RETRY_DELAY", 0.01)
    speaker = FakeSpeaker(SpeakerError("not_supported"))
    speaker.next_error = None
    station = new_station(None, lambda: speaker)
    await station.join(make_call(), "station")
    station.open(make_connection(), "station")
    await until(lambda: station.status.speaker.state is SpeakerState.FAILED)
    await asyncio.sleep(0.1)
    assert not speaker.is_open


async def test_slow_speaker_is_given_up_when_the_call_ends(
    new_station: MakeStation,
) -> None:
    speaker = FakeSpeaker(delay=30)
    station = new_station(None, lambda: speaker)
    await station.join(make_call(), "station")
    station.open(make_connection(), "station")
    await asyncio.sleep(0.05)
    assert station.status.speaker.state is SpeakerState.OPENING

    station.leave("call", "station")

    await until(lambda: station.status.speaker.state is SpeakerState.CLOSED)


async def test_two_talkers_are_both_heard(
    new_station: MakeStation, new_stock: MakeStock, exchange: FakeExchange
) -> None:
    speaker = FakeSpeaker()
    station = new_station(SyntheticSource(GREEN), lambda: speaker)
    await station.join(make_call(), "station")
    for name, frequency in (("one", 500), ("two", 900)):
        stock = new_stock()
        stock.send(ToneTrack(frequency))
        await link(station, exchange, stock, make_connection(name))

    # Both are there and none else; a busy machine leaves holes now and then.
    async with asyncio.timeout(20):
        while True:
            heard = await speaker.hear(0.5)
            both = min(power(heard, 500), power(heard, 900)) > 2500
            if both and power(heard, 700) < 800:
                break
