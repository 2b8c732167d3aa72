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
gi.require_version("GstRtsp", "1.0")
from gi.repository import GLib, Gst, GstRtsp  # noqa: E402

from benchmark.h264_mark import PictureMarks  # noqa: E402
from demo.camera import gstreamer_camera  # noqa: E402

_VIDEO = (
    "appsrc name=pictures is-live=true format=time max-buffers=2 leaky-type=downstream"
    " caps=video/x-raw,format=I420,width=1280,height=720,framerate=25/1"
)
_RATE = 25
_RTP_HEADER = 12


class Player:
    """Shows the pictures in turn, on time, for as long as somebody watches."""

    def __init__(self, pictures: list[bytes]) -> None:
        """Prepare."""
        self._pictures = pictures
        self._started = False

    def start(self, source: Any, _size: int) -> None:
        """Begin, when the first picture is wanted."""
        if not self._started:
            self._started = True
            threading.Thread(target=self._play, args=(source,), daemon=True).start()

    def _play(self, source: Any) -> None:
        clock, base = source.get_clock(), source.get_base_time()
        number = (clock.get_time() - base) * _RATE // Gst.SECOND + 1
        while True:
            due = number * Gst.SECOND // _RATE
            time.sleep(max(0, due - (clock.get_time() - base)) / Gst.SECOND)
            picture = self._pictures[number % len(self._pictures)]
            buffer = Gst.Buffer.new_wrapped(picture)
            buffer.pts = due
            buffer.duration = Gst.SECOND // _RATE
            if source.emit("push-buffer", buffer) != Gst.FlowReturn.OK:
                return
            number += 1


class MeasuredCamera(gstreamer_camera.Camera):
    """Tells of every picture it sends."""

    def __init__(self, options: argparse.Namespace, pictures: list[bytes]) -> None:
        """Set everything up."""
        self._pictures = pictures
        self._marks = PictureMarks()
        super().__init__(options)
        self._server.connect("client-connected", self._welcome)

    def _welcome(self, _server: Any, client: Any) -> None:
        client.connect("pre-play-request", _begin_now)

    # No override decorator: this Python has none.
    def _configure(  # type: ignore[explicit-override]
        self, factory: Any, media: Any
    ) -> None:
        super()._configure(factory, media)
        source = media.get_element().get_by_name("pictures")
        source.connect("need-data", Player(self._pictures).start)
        pad = media.get_element().get_by_name("pay0").get_static_pad("src")
        kinds = Gst.PadProbeType.BUFFER | Gst.PadProbeType.BUFFER_LIST
        pad.add_probe(kinds, self._look)

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
            number = round(buffer.pts * _RATE / Gst.SECOND) % len(self._pictures)
            print(now, mark, number, flush=True)  # noqa: T201


def _begin_now(_client: Any, context: Any) -> Any:
    """Be a camera: whoever asks for the beginning gets what there is now."""
    context.request.remove_header(GstRtsp.RTSPHeaderField.RANGE, -1)
    return GstRtsp.RTSPStatusCode.OK


def main() -> None:
    """Run until standard input ends or told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--loop", type=Path, required=True, help="folder of pictures")
    own, others = parser.parse_known_args()
    options = gstreamer_camera.parse_arguments(others)
    pictures = [path.read_bytes() for path in sorted(own.loop.iterdir())]
    # Its own picture costs more to draw and too few bits to encode.
    gstreamer_camera._VIDEO = _VIDEO  # noqa: SLF001
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
