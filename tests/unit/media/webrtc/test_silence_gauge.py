"""Who is muted is known by the level that comes with each packet."""

from custom_components.mesh_call.media.webrtc.silence_gauge import SilenceGauge

WORD, ROOM, SILENCE = 30, 126, 127


def heard(*levels: int | None) -> list[bool | None]:
    """Return what is known after each of packets that come every half second."""
    gauge = SilenceGauge()
    known = []
    for number, level in enumerate(levels):
        gauge.packet(level, 10 + number / 2)
        known.append(gauge.silent)
    return known


def test_long_silence_is_a_muted_microphone() -> None:
    assert heard(WORD, *[SILENCE] * 5, WORD) == [*[False] * 5, True, False]


def test_a_pause_and_a_quiet_room_are_none() -> None:
    assert set(heard(WORD, SILENCE, SILENCE, SILENCE, WORD, *[ROOM] * 9)) == {False}


def test_who_is_muted_from_the_start_is_known_after_a_while() -> None:
    assert heard(*[SILENCE] * 6) == [None, None, None, None, True, True]


def test_without_levels_nothing_is_known() -> None:
    assert set(heard(*[None] * 9)) == {None}
