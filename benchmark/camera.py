"""The measured camera: the simulated one, which tells when each picture leaves.

It runs in the system's Python and uses no syntax newer than Python 3.11. It prints
`READY <port>` and then for every picture
`<nanoseconds since 1970> <checksum> <number>`, see `h264_mark` and `pictures`.
"""

import argparse
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
    "multifilesrc location={pictures}/%04d stop-index={last} loop=true"
    " ! rawvideoparse format=i420 width=1280 height=720 framerate=25/1"
    " ! identity sync=true"
)
_RTP_HEADER = 12


class MeasuredCamera(gstreamer_camera.Camera):
    """Tells of every picture it sends."""

    def __init__(self, options: argparse.Namespace, pictures: int) -> None:
        """Set everything up; `pictures` is how many the loop has."""
        self._pictures = pictures
        self._marks = PictureMarks()
        super().__init__(options)

    def _configure(self, factory: Any, media: Any) -> None:
        super()._configure(factory, media)
        pad = media.get_element().get_by_name("pay0").get_static_pad("src")
        kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST
        pad.add_probe(kinds, self._look)
        pad.add_probe(Gst.PadProbeType.QUERY_UPSTREAM, _refuse_to_seek)

    def _look(self, _pad: Any, info: Any) -> Any:
        if info.type & Gst.PadProbeType.BUFFER_LIST:
            packets = info.get_buffer_list()
            for index in range(packets.length()):
                self._take(packets.get(index))
        else:
            self._take(info.get_buffer())
        return Gst.PadProbeReturn.OK

    def _take(self, buffer: Any) -> None:
        now = time.time_ns()
        packet = buffer.extract_dup(0, buffer.get_size())
        mark = self._marks.feed(packet[_RTP_HEADER:], packet[1] & 0x80 != 0)
        if mark is not None:
            number = round(buffer.pts * 25 / Gst.SECOND) % self._pictures
            print(now, mark, number, flush=True)  # noqa: T201


def _refuse_to_seek(_pad: Any, info: Any) -> Any:
    """Be a camera: files could be wound back for whoever comes second."""
    if info.get_query().type == Gst.QueryType.SEEKING:
        return Gst.PadProbeReturn.DROP
    return Gst.PadProbeReturn.OK


def main() -> None:
    """Run until standard input ends or told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loop", required=True, help="folder with the pictures")
    parser.add_argument("--count", type=int, required=True, help="how many they are")
    own, others = parser.parse_known_args()
    options = gstreamer_camera.parse_arguments(others)
    video = _VIDEO.format(pictures=own.loop, last=own.count - 1)
    # Its own picture costs more to draw and too few bits to encode.
    gstreamer_camera._VIDEO = video  # noqa: SLF001
    Gst.init(None)
    camera = MeasuredCamera(options, own.count)
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
