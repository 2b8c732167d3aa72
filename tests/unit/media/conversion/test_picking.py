"""Which picture is picked."""

import pytest

from custom_components.mesh_call.media.conversion.picking import Need, Pick, pick
from custom_components.mesh_call.media.conversion.switching import StreamSwitch
from custom_components.mesh_call.media.conversion.variant import Form
from custom_components.mesh_call.media.stream import (
    H264,
    H265,
    VP8,
    Codec,
    MediaKind,
    Packet,
    Stream,
)

ODD = Codec(MediaKind.VIDEO, "Cinepak", 90_000)


def stream(
    codec: Codec = H264, bandwidth: float | None = None, *, reordered: bool = False
) -> Stream:
    """Make a picture that takes so many kbit/s."""
    made = Stream(codec)
    made.bandwidth, made.reordered = bandwidth, reordered
    return made


MAIN, SMALL = stream(bandwidth=2_000), stream(bandwidth=250)
UNMEASURED = stream()
FOREIGN, REORDERED = stream(H265), stream(reordered=True)


@pytest.mark.parametrize(
    ("need", "main", "small", "current", "picked"),
    [
        (Need(), MAIN, SMALL, None, Pick(MAIN)),
        (Need((VP8,)), MAIN, None, None, Pick(MAIN, Form(VP8))),
        (Need((VP8, H264)), FOREIGN, None, None, Pick(FOREIGN, Form(H264))),
        (Need(), FOREIGN, SMALL, None, Pick(SMALL)),
        (Need(), REORDERED, None, None, Pick(REORDERED, Form(H264))),
        (Need(), None, SMALL, None, Pick(SMALL)),
        (Need(), None, None, Pick(MAIN), None),
        (Need((ODD,)), MAIN, None, None, None),
        (Need(), stream(ODD), None, None, None),
        (Need((H264,), 2_700), MAIN, None, None, Pick(MAIN)),
        (Need((H264,), 2_200), MAIN, None, Pick(MAIN), Pick(MAIN)),
        (Need((H264,), 2_200), MAIN, None, None, Pick(MAIN, Form(H264, 2_200))),
        (Need((H264,), 2_000), MAIN, None, Pick(MAIN), Pick(MAIN, Form(H264, 2_000))),
        (Need((H264,), 500), MAIN, SMALL, None, Pick(SMALL)),
        (Need((H264,), 100), MAIN, SMALL, None, Pick(MAIN, Form(H264, 100))),
        (Need((H264,), 500), UNMEASURED, None, None, Pick(UNMEASURED, Form(H264, 500))),
        (Need((H264,), 500), MAIN, UNMEASURED, None, Pick(UNMEASURED)),
    ],
)
def test_pick(
    need: Need,
    main: Stream | None,
    small: Stream | None,
    current: Pick | None,
    picked: Pick | None,
) -> None:
    assert pick(need, main, small, current, waiting=False) == picked


def test_the_small_picture_is_waited_for() -> None:
    need = Need((H264,), 500)
    assert pick(need, MAIN, None, Pick(MAIN), waiting=True) == Pick(MAIN)
    assert pick(need, MAIN, None, None, waiting=True) is None
    assert pick(Need(), MAIN, None, None, waiting=True) == Pick(MAIN)


class Used:
    """Keeps what a switch uses and releases."""

    def __init__(self) -> None:
        self.streams: list[Stream | None] = []
        self.released: list[str] = []
        self.switch = StreamSwitch(self.streams.append)

    def to(self, stream: Stream | None, name: str) -> None:
        """Switch, and note the release under this name."""
        self.switch.switch(stream, lambda: self.released.append(name))


KEY_FRAME = Packet(b"key", 0, True, True)


def test_a_switch_waits_for_the_next_key_frame() -> None:
    used = Used()
    one, two, three = Stream(H264), Stream(H264), Stream(H264)
    used.to(one, "one")
    used.to(two, "two")
    used.to(three, "three")
    assert used.streams == [one]
    assert used.released == ["two"]
    two.push(KEY_FRAME)
    three.push(Packet(b"delta", 0, True))
    assert used.streams == [one]
    three.push(KEY_FRAME)
    assert used.streams == [one, three]
    assert used.released == ["two", "one"]
    three.push(KEY_FRAME)
    used.switch.close()
    assert used.released == ["two", "one", "three"]
    assert used.streams == [one, three]


def test_a_switch_does_not_wait_where_there_is_nothing_to_wait_with() -> None:
    used = Used()
    one, two = Stream(H264), Stream(H264)
    two.push(KEY_FRAME)
    used.to(one, "one")
    used.to(two, "two")
    used.to(None, "none")
    assert used.streams == [one, two, None]
    assert used.released == ["one", "two"]
