"""The measured camera: the simulated one, which tells when each picture leaves.

It runs in the system's Python and uses no syntax newer than Python 3.11. It prints
`READY <port>` and then for every picture
`<nanoseconds since 1970> <checksum> <number>`, see `h264_mark` and `pictures`.
"""

import argparse
from pathlib import Path
import signal
import sys
import threading
import time
from typing import Any

import gi

gi.require_version("Gst", "1.0")
from gi.repository import GLib, Gst  # noqa: E402

from benchmark.h264_mark import PictureMarks  # noqa: E402
from demo.camera import gstreamer_camera  # noqa: E402

_VIDEO = (
    "appsrc name=pictures is-live=true format=time stream-type=seekable"
    " max-bytes=0 max-buffers=5 leaky-type=downstream"
    " caps=video/x-raw,format=I420,width=1280,height=720,framerate=25/1"
)
_RATE = 25
_REMEMBERED = 50
_LEAD = Gst.SECOND // 10
"""The server holds what is not due by its own latency: let all be overdue."""

_RTP_HEADER = 12


class Player:
    """Shows the pictures in turn, on time, for as long as somebody watches."""

    def __init__(self, pictures: list[bytes], source: Any) -> None:
        """Begin when the first picture is wanted."""
        self._pictures = pictures
        self._numbers: dict[int, int] = {}
        self._shift = 0
        self._started = False
        source.connect("need-data", self._start)
        # Whoever comes next asks for the beginning and gets what there is now.
        source.connect("seek-data", lambda _source, _offset: True)

    def number(self, timestamp: int) -> int:
        """Return the number of the picture with this time stamp of the encoder."""
        pushed = tuple(self._numbers.items())
        if timestamp - self._shift not in dict(pushed):
            # It gives time stamps an origin of its own: the newest is the first.
            self._shift = timestamp - pushed[-1][0]
        for old, _ in pushed[:-_REMEMBERED]:
            del self._numbers[old]
        return self._numbers[timestamp - self._shift]

    def _start(self, source: Any, _size: int) -> None:
        if not self._started:
            self._started = True
            threading.Thread(target=self._play, args=(source,), daemon=True).start()

    def _play(self, source: Any) -> None:
        due = time.monotonic()
        number = 0
        while True:
            due = max(due + 1 / _RATE, time.monotonic())
            time.sleep(max(0, due - time.monotonic()))
            number = (number + 1) % len(self._pictures)
            buffer = Gst.Buffer.new_wrapped(self._pictures[number])
            # Not from one beginning: it moves whenever somebody comes.
            clock = source.get_clock()
            if clock is None:
                return
            running = clock.get_time() - source.get_base_time()
            if running < _LEAD:
                continue
            buffer.pts = running - _LEAD
            buffer.duration = Gst.SECOND // _RATE
            self._numbers[buffer.pts] = number
            source.emit("push-buffer", buffer)


class MeasuredCamera(gstreamer_camera.Camera):
    """Tells of every picture it sends."""

    def __init__(self, options: argparse.Namespace, pictures: list[bytes]) -> None:
        """Set everything up."""
        self._pictures = pictures
        self._marks = PictureMarks()
        super().__init__(options)

    # No override decorator: this Python has none.
    def _configure(  # type: ignore[explicit-override]
        self, factory: Any, media: Any
    ) -> None:
        super()._configure(factory, media)
        source = media.get_element().get_by_name("pictures")
        player = Player(self._pictures, source)
        pad = media.get_element().get_by_name("pay0").get_static_pad("src")
        kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST
        pad.add_probe(kinds, self._look, player)

    def _look(self, _pad: Any, info: Any, player: Player) -> Any:
        if info.type & Gst.PadProbeType.BUFFER_LIST:
            packets = info.get_buffer_list()
            for index in range(packets.length()):
                self._take(packets.get(index), player)
        else:
            self._take(info.get_buffer(), player)
        return Gst.PadProbeReturn.OK

    def _take(self, buffer: Any, player: Player) -> None:
        now = time.time_ns()
        packet = buffer.extract_dup(0, buffer.get_size())
        mark = self._marks.feed(packet[_RTP_HEADER:], packet[1] & 0x80 != 0)
        if mark is not None:
            print(now, mark, player.number(buffer.pts), flush=True)  # noqa: T201


def main() -> None:
    """Run until standard input ends or told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loop", type=Path, required=True, help="folder of pictures")
    own, others = parser.parse_known_args()
    options = gstreamer_camera.parse_arguments(others)
    pictures = [path.read_bytes() for path in sorted(own.loop.iterdir())]
    # Its own picture costs more to draw and too few bits to encode.
    gstreamer_camera._VIDEO = _VIDEO  # noqa: SLF001
    # One slice for each picture: libav takes more than one for more pictures.
    single = gstreamer_camera._H264.replace("x264enc", "x264enc threads=1")  # noqa: SLF001
    gstreamer_camera._H264 = single  # noqa: SLF001
    Gst.init(None)
    camera = MeasuredCamera(options, pictures)
    loop = GLib.MainLoop()
    print(f"READY {camera.attach()}", flush=True)  # noqa: T201

    def wait_for_end() -> None:
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=wait_for_end, daemon=True).start()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    try:
        loop.run()
    finally:
        camera.close()


if __name__ == "__main__":
    main()
