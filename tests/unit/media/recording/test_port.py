"""The port by which calls are recorded: what it holds, and lets go of again."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.model import (
    Call,
    Connection,
    ConnectionState,
    Direction,
    Member,
    MemberState,
    Party,
    PartyKind,
)
from custom_components.mesh_call.media.recorder import Recorder
from custom_components.mesh_call.media.recording.session import FindStation
from custom_components.mesh_call.media.webrtc.ice import IceConfiguration
from tests.unit.media.webrtc.fakes import FakeExchange

from .conftest import STARTED
from .studio import describe
from .test_disk import recording_threads

DOOR = Party("station:door", "Front door", PartyKind.STATION)
TABLET = Party("screen:tablet", "Tablet", PartyKind.SCREEN)
TALK = Call(
    "call-1",
    TABLET.id,
    Direction.OUTGOING,
    True,
    datetime.now(UTC),
    {party.id: Member(party, MemberState.JOINED) for party in (TABLET, DOOR)},
)


class Reports(FakeExchange):
    """Keeps what a recorder reports."""

    def recording_ended(self, call_id: str, *, saved: bool) -> None:
        raise AssertionError("no recording ends by itself here")


def make_recorder(
    folder: Path, reports: Reports, station: FindStation = lambda _id: None
) -> Recorder:
    """Make a recorder whose connections find no way."""

    def no_relay(connection: Connection) -> IceConfiguration:
        raise CallError("no_relay")

    return Recorder(
        reports,
        station=station,
        ends=lambda _: None,
        folder=lambda: folder,
        now=lambda: STARTED,
        configure_ice=no_relay,
        problem=lambda _problem: None,
    )


def recording_tasks() -> list[str]:
    """Name the tasks that record."""
    names = [task.get_name() for task in asyncio.all_tasks()]
    return [name for name in names if "recording" in name]


async def test_a_call_that_can_not_be_followed_leaves_nothing_behind(
    tmp_path: Path,
) -> None:
    def broken(party_id: str) -> NoReturn:
        raise RuntimeError(party_id)

    recorder = make_recorder(tmp_path, Reports(), broken)
    with pytest.raises(RuntimeError, match="station:door"):
        await recorder.start(TALK)
    assert not recording_tasks()
    assert not recording_threads()
    [folder] = (tmp_path / "mesh_call").glob("*/*")
    assert describe(folder)["reason"] == "cannot_write"


async def test_a_screen_without_a_way_fails(tmp_path: Path) -> None:
    reports = Reports()
    recorder = make_recorder(tmp_path, reports)
    path = await recorder.start(TALK)
    assert Path(path).name == "14-05-09 Tablet with Front door"
    recorder.open(Connection("c", TALK.id, "recorder", TABLET.id), "recorder")
    assert reports.states == {"c": [ConnectionState.FAILED]}
    await recorder.stop(TALK.id, "hung_up")
    await recorder.shut_down()
    assert not recording_tasks()
    assert describe(Path(path))["reason"] == "hung_up"
