"""Recordings of calls: how they begin, whom they follow, how they end."""

import pytest

from custom_components.mesh_call.calls.model import (
    RECORDER,
    Call,
    CallRequest,
    ConnectionState,
    EndReason,
)

from .fakes import House

SAVED = "recording_saved"


def start(house: House, call: Call) -> Call:
    """Begin to record a call."""
    path = house.do(house.exchange.start_recording, call.id)
    assert path == f"/media/{call.id}"
    return house.now(call)


def recorded(house: House, *party_ids: str) -> list[int]:
    """Return over how many connections parties are recorded."""
    return [len(house.media[party_id].recordings) for party_id in party_ids]


def test_a_call_is_recorded_and_saved(house: House) -> None:
    call = start(house, house.talk("door", "tablet"))
    assert call.recording == f"/media/{call.id}"
    (connection,) = house.media["tablet"].recordings
    assert (connection.offerer, connection.answerer) == (RECORDER, "tablet")
    assert connection.video
    # A station is recorded at its source.
    assert recorded(house, "door") == [0]
    path = house.do(house.exchange.stop_recording, call.id)
    assert house.now(call).recording is None
    assert recorded(house, "tablet") == [0]
    (saved,) = house.call_events(SAVED)
    assert (saved.party, saved.path) == ("door", path)
    assert house.recorder.of("stop") == [(call.id, "stopped")]
    assert not house.recorder.connections


def test_to_begin_twice_changes_nothing(house: House) -> None:
    call = house.talk("tablet", "phone")
    start(house, call)
    start(house, call)
    assert house.recorder.names().count("start") == 1
    assert recorded(house, "tablet", "phone") == [1, 1]


def test_two_that_begin_at_once_get_the_same(house: House) -> None:
    call = house.talk("tablet", "phone")
    house.recorder.delays["start"] = 1
    tasks = [house.begin(house.exchange.start_recording, call.id) for _ in range(2)]
    house.wait(2)
    assert len({task.result() for task in tasks}) == 1
    assert house.recorder.names().count("start") == 1


def test_what_is_not_recorded_can_not_be_stopped(house: House) -> None:
    call = house.talk("door", "tablet")
    assert house.refused(house.exchange.stop_recording, call.id).key == "not_recording"
    house.hang_up(call)
    assert house.refused(house.exchange.start_recording, call.id).key == "call_ended"


def test_it_follows_who_comes_and_goes(house: House) -> None:
    call = start(house, house.talk("tablet", "door"))
    house.do(house.exchange.add_party, call.id, ("phone",))
    house.accept(call, "phone")
    house.report_all(call, ConnectionState.CONNECTED)
    assert recorded(house, "tablet", "phone") == [1, 1]
    house.hang_up(call, "phone")
    assert recorded(house, "tablet", "phone") == [1, 0]
    states = [c.members["door"].muted_audio for (c,) in house.recorder.of("follow")]
    house.do(house.exchange.mute, call.id, "door", audio=True)
    (newest,) = house.recorder.of("follow")[-1]
    assert not any(states)
    assert newest.members["door"].muted_audio


def test_it_waits_for_a_page_that_reloads(house: House) -> None:
    call = start(house, house.talk("tablet", "door"))
    house.do(house.exchange.suspend, "tablet")
    assert recorded(house, "tablet") == [0]
    house.do(house.exchange.resume, "tablet")
    assert recorded(house, "tablet") == [1]
    assert house.now(call).recording


@pytest.mark.parametrize("end", ["tablet", RECORDER])
def test_a_connection_that_fails_is_tried_again(house: House, end: str) -> None:
    call = start(house, house.talk("tablet", "door"))
    (first,) = house.media["tablet"].recordings
    house.do(house.exchange.report_state, first.id, end, ConnectionState.FAILED)
    assert recorded(house, "tablet") == [0]
    house.wait(6)
    (second,) = house.media["tablet"].recordings
    assert second.id != first.id
    assert house.link(call, "tablet", "door").state == "connected"


def test_saved_comes_before_ended_when_all_is_written(house: House) -> None:
    call = start(house, house.talk("door", "tablet"))
    house.recorder.delays["stop"] = 2
    assert house.hang_up(call).ended
    assert not house.events(SAVED, "ended")
    house.wait(3)
    assert [type_ for type_, *_ in house.events(SAVED, "ended")] == [SAVED, "ended"]
    assert house.recorder.of("stop") == [(call.id, "hung_up")]


def test_a_disk_that_hangs_holds_up_no_end(house: House) -> None:
    call = start(house, house.talk("door", "tablet"))
    house.recorder.delays["stop"] = 1000
    house.hang_up(call)
    house.wait(31)
    assert house.events("ended")


def test_the_end_of_everything_waits_for_the_files(house: House) -> None:
    call = start(house, house.talk("door", "tablet"))
    house.recorder.delays["stop"] = 2
    house.do(house.exchange.close)
    assert house.events(SAVED)
    (ended,) = house.call_events("ended")
    assert ended.reason is EndReason.STOPPED
    assert not house.exchange._parts.recordings._recordings
    assert house.now(call).recording


@pytest.mark.parametrize("saved", [True, False])
def test_a_full_disk_ends_the_recording_only(house: House, saved: bool) -> None:
    call = start(house, house.talk("door", "tablet"))
    house.do(house.exchange.recording_ended, call.id, saved=saved)
    assert house.now(call).recording is None
    assert recorded(house, "tablet") == [0]
    assert len(house.events(SAVED)) == saved
    assert house.now(call).state == "in_call"
    house.hang_up(call)
    assert len(house.events("ended")) == 1
    assert len(house.events(SAVED)) == saved


@pytest.mark.parametrize(
    ("error", "key"), [(OSError("broken"), "cannot_write"), (None, "cannot_write")]
)
def test_what_can_not_begin_is_said(
    house: House, error: Exception | None, key: str
) -> None:
    call = house.talk("door", "tablet")
    if error:
        house.recorder.errors["start"] = error
    else:
        house.recorder.delays["start"] = 1000
    task = house.begin(house.exchange.start_recording, call.id)
    house.wait(31)
    assert getattr(task.exception(), "key", None) == key
    assert house.now(call).recording is None
    assert recorded(house, "tablet") == [0]


def test_a_call_that_ends_while_it_begins_is_not_recorded(house: House) -> None:
    call = house.talk("door", "tablet")
    house.recorder.delays["start"] = 2
    task = house.begin(house.exchange.start_recording, call.id)
    house.hang_up(call)
    assert house.events("ended")
    house.wait(3)
    assert getattr(task.exception(), "key", None) == "call_ended"
    assert house.recorder.names().count("stop") == 1


def test_a_station_wants_every_call_recorded(house: House) -> None:
    house.change("door", record=True)
    call = house.call("door", "tablet")
    assert house.now(call).recording is None
    assert house.accept(call, "tablet").recording
    house.do(house.exchange.stop_recording, call.id)
    house.do(house.exchange.mute, call.id, "tablet", audio=True)
    assert house.now(call).recording is None


def test_a_call_may_ask_for_it(house: House) -> None:
    call = house.call("tablet", "phone", record=True)
    assert not house.recorder.asked
    assert house.accept(call, "phone").recording


def test_a_recording_nobody_waits_for_tells_the_recorder(house: House) -> None:
    house.recorder.errors["start"] = OSError("broken")
    call = house.accept(house.call("tablet", "phone", record=True), "phone")
    assert call.recording is None
    assert house.recorder.of("refused") == [("cannot_write",)]


def test_a_call_that_ends_while_its_recording_is_stopped_saves_it_once(
    house: House,
) -> None:
    call = start(house, house.talk("door", "tablet"))
    house.recorder.delays["stop"] = 5
    house.begin(house.exchange.stop_recording, call.id)
    house.hang_up(call)
    house.wait(20)
    assert len(house.events(SAVED)) == len(house.events("ended")) == 1
    assert not house.exchange._parts.recordings._recordings


def test_what_goes_past_home_assistant_is_not_recorded(house: House) -> None:
    house.contact("friend")
    call = house.talk("tablet", "friend")
    refused = house.refused(house.exchange.start_recording, call.id)
    assert refused.key == "call_is_direct"
    house.hang_up(call)
    wish = CallRequest("tablet", ("friend",), record=True)
    assert house.refused(house.exchange.call, wish).key == "call_is_direct"
    assert "start" not in house.recorder.names()
    start(house, house.talk("door", "friend"))
