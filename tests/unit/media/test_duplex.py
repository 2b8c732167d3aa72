"""A microphone is silent while the loudspeaker beside it plays."""

import numpy as np
import pytest

from custom_components.mesh_call.media import duplex
from custom_components.mesh_call.media.black import as_silent
from custom_components.mesh_call.media.decoder import decoder
from custom_components.mesh_call.media.duplex import EchoGate
from custom_components.mesh_call.media.opus import (
    packet_duration,
    silence as silent_opus,
)
from custom_components.mesh_call.media.sinks.speaker import FRAME_SAMPLES, Samples
from custom_components.mesh_call.media.stream import OPUS, PCMA, PCMU, Codec

from .webrtc.fakes import FakeSpeaker
from .webrtc.synthetic import Tone

FRAME = 0.02


def tone(level: int) -> Samples:
    at = np.arange(FRAME_SAMPLES) * 2 * np.pi * 500 / 48_000
    return (np.sin(at) * level).astype(np.int16)


VOICE, NOISE = tone(3_000), tone(150)


class Room:
    """A loudspeaker, a microphone beside it and a clock."""

    def __init__(self) -> None:
        self.now = 1_000.0
        self.speaker = FakeSpeaker()
        self.gate = EchoGate(lambda: self.now)

    def play(self, samples: Samples, seconds: float = FRAME) -> list[bool]:
        """Play something; tells when the microphone is silent."""
        closed = []
        for _ in range(round(seconds / FRAME)):
            self.gate.played(samples, self.speaker)
            closed.append(self.gate.is_closed)
            self.now += FRAME
        return closed


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_voice_closes_it_until_it_is_heard_no_more(room: Room) -> None:
    assert not room.gate.is_closed
    assert not any(room.play(VOICE, duplex.ATTACK - FRAME))
    assert all(room.play(VOICE, 1))
    after = room.play(NOISE, 1)
    assert sum(after) * FRAME == pytest.approx(
        duplex.DELAY + duplex.RELEASE, abs=2 * FRAME
    )
    assert after == sorted(after, reverse=True)


def test_noise_and_clicks_leave_it_open(room: Room) -> None:
    assert not any(room.play(NOISE, 2))
    for _ in range(20):
        assert not any(room.play(VOICE) + room.play(NOISE, 0.1))


def test_pauses_between_words_keep_it_closed(room: Room) -> None:
    room.play(VOICE, 0.5)
    for _ in range(3):
        assert all(room.play(NOISE, 0.3))
        assert all(room.play(VOICE, 0.3))


def test_the_room_is_never_cut_off_for_long(room: Room) -> None:
    closed = room.play(VOICE, 3 * (duplex.LONGEST + duplex.RESPITE))
    opened = len(closed) - sum(closed)
    assert opened * FRAME == pytest.approx(3 * duplex.RESPITE, abs=0.2)
    longest = max(len(run) for run in "".join("01"[c] for c in closed).split("0"))
    assert longest * FRAME == pytest.approx(duplex.LONGEST, abs=0.1)


def test_a_late_speaker_keeps_it_closed_for_longer(room: Room) -> None:
    room.speaker.late = True
    room.play(VOICE, 0.5)
    assert all(room.play(NOISE, 3.9))
    assert not any(room.play(NOISE, 1)[-5:])


def test_the_delay_can_be_set(room: Room) -> None:
    room.speaker.late = True
    room.gate.delay = 1.0
    room.play(VOICE, 0.5)
    assert sum(room.play(NOISE, 2)) * FRAME == pytest.approx(
        1 + duplex.RELEASE, abs=2 * FRAME
    )


def test_full_duplex_leaves_it_open(room: Room) -> None:
    room.play(VOICE, 0.5)
    room.gate.half_duplex = False
    assert not any(room.play(VOICE, 1))
    room.gate.half_duplex = True
    assert all(room.play(VOICE, 1))


def test_a_device_that_cancels_echo_leaves_it_open(room: Room) -> None:
    room.speaker.cancels_echo = True
    assert not any(room.play(VOICE, 1))


@pytest.mark.parametrize("milliseconds", [2.5, 5, 10, 20, 40, 60, 100, 120])
def test_silent_opus_of_any_length(milliseconds: float) -> None:
    samples = round(48 * milliseconds)
    payload = silent_opus(samples)
    assert packet_duration(payload) == samples
    decode = decoder(OPUS)
    assert decode is not None
    # What was heard before is over with it.
    speech = Tone(OPUS, 440)
    heard = [decode(speech.packet().payload) for _ in range(20)]
    assert np.abs(heard[-1]).max() > 5_000
    silent = [decode(payload) for _ in range(20)]
    assert {len(one) for one in silent} == {samples}
    assert np.abs(silent[-1]).max() < 3


@pytest.mark.parametrize("codec", [PCMA, PCMU, OPUS], ids=lambda codec: codec.name)
def test_silence_takes_the_time_of_what_it_stands_for(codec: Codec) -> None:
    payload = Tone(codec, 440).packet().payload
    decode = decoder(codec)
    assert decode is not None
    silent = as_silent(codec, payload)
    assert len(decode(payload)) == FRAME_SAMPLES
    fading, silence = decode(silent), decode(silent)
    assert len(fading) == len(silence) == FRAME_SAMPLES
    assert np.abs(silence).max() < 10


def test_what_is_no_packet_is_nothing() -> None:
    assert as_silent(OPUS, b"") == b""
