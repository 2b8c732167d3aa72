"""Switching devices and sharing a screen: asked for here, done at a party's end."""

import pytest

from custom_components.mesh_call.calls.devices import (
    SCREEN,
    Device,
    DeviceChoice,
    DeviceKind,
    Devices,
)
from custom_components.mesh_call.calls.errors import CallError
from custom_components.mesh_call.calls.events import CallChanged, Cause
from custom_components.mesh_call.calls.model import Call

from .fakes import House

CAMERAS = DeviceChoice(
    (Device("a", "Front"), Device("b", "Front"), Device("c"), Device("d", "Rear")), "b"
)


@pytest.fixture
def call(house: House) -> Call:
    """Return a call of two."""
    return house.talk("door", "tablet")


class TestNames:
    """What users call devices."""

    def test_no_two_have_the_same(self) -> None:
        assert CAMERAS.names == ("Front", "Front (2)", "c", "Rear")
        assert CAMERAS.used_name == "Front (2)"
        assert DeviceChoice().names == ()
        assert DeviceChoice().used_name is None

    @pytest.mark.parametrize(
        ("text", "id_"),
        [("d", "d"), ("rear ", "d"), ("Front", "a"), ("front (2)", "b"), ("c", "c")],
    )
    def test_id_and_name_find_one(self, text: str, id_: str) -> None:
        assert CAMERAS.find(text) == next(d for d in CAMERAS.devices if d.id == id_)

    def test_others_find_none(self) -> None:
        assert CAMERAS.find("side") is None

    def test_kinds(self) -> None:
        microphones, speakers = (
            DeviceChoice((Device("m"),)),
            DeviceChoice((Device("s"),)),
        )
        devices = Devices(CAMERAS, microphones, speakers)
        found = [devices.of(kind) for kind in DeviceKind]
        assert found == [CAMERAS, microphones, speakers]


class TestSwitching:
    """Another camera, microphone or speaker."""

    def test_the_end_is_asked_for_the_device_that_is_meant(self, house: House) -> None:
        house.change("tablet", devices=Devices(camera=CAMERAS))
        house.do(house.exchange.switch, "tablet", DeviceKind.CAMERA, "rear")
        assert house.media["tablet"].of("switch") == [
            ("tablet", DeviceKind.CAMERA, "d")
        ]

    def test_an_unknown_one_is_an_error_that_lists_what_there_is(
        self, house: House
    ) -> None:
        house.change("tablet", devices=Devices(camera=CAMERAS))
        switch = house.exchange.switch
        refusal = house.refused(switch, "tablet", DeviceKind.CAMERA, "side")
        assert refusal.key == "unknown_device"
        assert refusal.placeholders["fits"] == "Front, Front (2), c, Rear"
        refusal = house.refused(switch, "tablet", DeviceKind.SPEAKER, "side")
        assert refusal.key == "no_devices"
        assert not house.media["tablet"].of("switch")

    def test_who_told_of_none_may_know_it(self, house: House) -> None:
        house.media["door"].errors["switch"] = CallError("cannot_switch")
        refusal = house.refused(house.exchange.switch, "door", DeviceKind.CAMERA, "x")
        assert refusal.key == "cannot_switch"

    def test_nobody_can_not_switch(self, house: House) -> None:
        refusal = house.refused(house.exchange.switch, "nobody", DeviceKind.CAMERA, "x")
        assert refusal.key == "unknown_party"


class TestSharing:
    """A screen in place of the camera."""

    def test_it_is_asked_for_and_is_so_when_it_is_told(
        self, house: House, call: Call
    ) -> None:
        house.do(house.exchange.share, call.id, "tablet", SCREEN)
        assert house.media["tablet"].of("share") == [(call.id, "tablet", SCREEN)]
        assert not house.member(call, "tablet").sharing
        house.told.clear()
        cause = Cause(context="why")
        house.do(house.exchange.report_sharing, call.id, "tablet", on=True, cause=cause)
        assert house.member(call, "tablet").sharing
        assert any(isinstance(event, CallChanged) for event in house.told)
        house.do(house.exchange.report_sharing, call.id, "tablet", on=False)
        assert not house.member(call, "tablet").sharing

    def test_who_can_not_share(self, house: House, call: Call) -> None:
        share, report = house.exchange.share, house.exchange.report_sharing
        assert house.refused(share, call.id, "phone", SCREEN).key == "not_in_call"
        assert house.refused(share, "x", "tablet", SCREEN).key == "unknown_call"
        assert house.refused(report, call.id, "phone", on=True).key == "not_in_call"
        assert house.refused(report, "x", "tablet", on=True).key == "unknown_call"
        house.media["door"].errors["share"] = CallError("cannot_share")
        assert house.refused(share, call.id, "door", SCREEN).key == "cannot_share"

    def test_a_call_without_pictures_shows_none(self, house: House) -> None:
        call = house.talk("tablet", "phone", video=False)
        share = house.exchange.share
        assert house.refused(share, call.id, "phone", SCREEN).key == "cannot_share"
        house.do(share, call.id, "phone", None)

    def test_who_goes_shares_no_longer(self, house: House, call: Call) -> None:
        report = house.exchange.report_sharing
        house.do(report, call.id, "tablet", on=True)
        house.do(house.exchange.suspend, "tablet")
        assert not house.member(call, "tablet").sharing
        house.do(house.exchange.resume, "tablet")
        house.do(report, call.id, "tablet", on=True)
        house.hang_up(call)
        assert not house.member(call, "tablet").sharing
