"""The self-test of the engine room notices what has changed."""

import logging
from unittest.mock import patch

from aiortc import RTCDtlsTransport, RTCRtpSender
import pytest

from custom_components.mesh_call.media import engine_room


def test_all_is_well() -> None:
    assert engine_room.available, engine_room.reasons


def test_missing_and_changed_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(RTCDtlsTransport, "_send_rtp")
    monkeypatch.setattr(RTCRtpSender, "stop", lambda self, now: None)

    def set_nothing(self: object) -> None:
        """Leave out what was set once."""

    with patch.object(RTCRtpSender, "__init__", set_nothing):
        reasons = engine_room.self_test()

    assert "RTCDtlsTransport._send_rtp is missing" in reasons
    assert "RTCRtpSender.stop takes other arguments" in reasons
    assert "RTCRtpSender._ssrc is missing" in reasons


def test_addresses_are_not_logged() -> None:
    for name in ("aioice.ice", "aiortc.rtcpeerconnection"):
        assert not logging.getLogger(name).isEnabledFor(logging.INFO)
