"""One WebRTC session of a camera by GStreamer: nothing of it is aiortc's.

It runs in the system's Python and uses no syntax newer than Python 3.11. It reads
`{"offer": <SDP>}` and writes lines of JSON, too: one `answer` without candidates, a
`candidate` with its `index` for each, and the `heard` frequency in Hz, 0 for silence.
It ends when its standard input ends.
"""

import array
import itertools
import json
import re
import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

_SEND = (
    "webrtcbin name=webrtc bundle-policy=max-bundle"
    " videotestsrc is-live=true pattern=solid-color foreground-color=0xFF{colour}"
    " ! video/x-raw,format=I420,width=320,height=240,framerate=25/1"
    " ! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=250"
    " ! video/x-h264,profile=constrained-baseline"
    " ! rtph264pay config-interval=-1 aggregate-mode=zero-latency pt={h264}"
    " ! application/x-rtp,media=video,encoding-name=H264,payload={h264} ! webrtc."
    " audiotestsrc is-live=true freq={tone} volume=0.3 ! audioconvert"
    " ! audioresample ! audio/x-raw,rate=48000,channels=2 ! opusenc"
    " ! rtpopuspay pt={opus}"
    " ! application/x-rtp,media=audio,encoding-name=OPUS,payload={opus} ! webrtc."
)
_HEAR = (
    "rtpopusdepay ! opusdec ! audioconvert ! audio/x-raw,format=S16LE,channels=1"
    " ! appsink name=ear emit-signals=true sync=false"
)
_RATE = 48_000
_SILENCE = 500


def tell(**message: Any) -> None:
    """Write a line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def payload_type(offer: str, codec: str) -> int:
    """Find the first payload type of a codec."""
    found = re.search(rf"^a=rtpmap:(\d+) {codec}/", offer, re.MULTILINE)
    assert found is not None
    return int(found[1])


class Ear:
    """Tells what is said by its zero crossings, every half second."""

    def __init__(self) -> None:
        """Wait for samples."""
        self._samples = array.array("h")

    def take(self, sink: Any) -> Any:
        """Take the newest samples."""
        buffer = sink.emit("pull-sample").get_buffer()
        self._samples.frombytes(buffer.extract_dup(0, buffer.get_size()))
        if len(self._samples) >= _RATE // 2:
            tell(heard=self._frequency())
            self._samples = array.array("h")
        return Gst.FlowReturn.OK

    def _frequency(self) -> float:
        samples = self._samples
        if max(samples) < _SILENCE:
            return 0.0
        signs = [sample >= 0 for sample in samples]
        crossings = sum(a != b for a, b in itertools.pairwise(signs))
        return crossings * _RATE / len(samples) / 2


class Session:
    """One webrtcbin."""

    def __init__(self, offer: str, colour: str, tone: str) -> None:
        """Answer."""
        self._ear = Ear()
        self._pipeline = Gst.parse_launch(
            _SEND.format(
                colour=colour,
                tone=tone,
                h264=payload_type(offer, "H264"),
                opus=payload_type(offer, "opus"),
            )
        )
        self._webrtc = self._pipeline.get_by_name("webrtc")
        # libnice leaves the loopback address out otherwise.
        # Kept: the bindings would take the only reference with them.
        self._agent = self._webrtc.get_property("ice-agent")
        self._agent.emit("add-local-ip-address", "127.0.0.1")
        self._webrtc.connect("on-ice-candidate", self._candidate)
        self._webrtc.connect("pad-added", self._hear)
        self._pipeline.set_state(Gst.State.PLAYING)
        _, message = GstSdp.SDPMessage.new_from_text(offer)
        kind = GstWebRTC.WebRTCSDPType.OFFER
        description = GstWebRTC.WebRTCSessionDescription.new(kind, message)
        promise = Gst.Promise.new_with_change_func(self._taken)
        self._webrtc.emit("set-remote-description", description, promise)

    def _taken(self, _promise: Any) -> None:
        promise = Gst.Promise.new_with_change_func(self._answered)
        self._webrtc.emit("create-answer", None, promise)

    def _answered(self, promise: Any) -> None:
        # The answer is part of the reply and goes with it.
        reply = promise.get_reply()
        answer = reply.get_value("answer")
        tell(answer=answer.sdp.as_text())
        self._webrtc.emit("set-local-description", answer, None)

    def _candidate(self, _webrtc: Any, index: int, candidate: str) -> None:
        tell(candidate=candidate, index=index)

    def _hear(self, _webrtc: Any, pad: Any) -> None:
        if pad.get_direction() != Gst.PadDirection.SRC:
            return
        ear = Gst.parse_bin_from_description(_HEAR, True)
        ear.get_by_name("ear").connect("new-sample", self._ear.take)
        self._pipeline.add(ear)
        ear.sync_state_with_parent()
        pad.link(ear.get_static_pad("sink"))


def main() -> None:
    """Serve one session."""
    Gst.init(None)
    loop = GLib.MainLoop()
    sessions = []

    def begin(offer: str) -> bool:
        sessions.append(Session(offer, *sys.argv[1:]))
        return False

    def read() -> None:
        for line in sys.stdin:
            GLib.idle_add(begin, json.loads(line)["offer"])
        loop.quit()

    threading.Thread(target=read, daemon=True).start()
    loop.run()


if __name__ == "__main__":
    main()
