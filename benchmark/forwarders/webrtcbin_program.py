"""Forwards a camera with GStreamer: one webrtcbin for each peer.

It runs in the system's Python and uses no syntax newer than Python 3.11.
"""

import json
import sys
import threading
from typing import Any

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstWebRTC", "1.0")
gi.require_version("GstSdp", "1.0")
from gi.repository import GLib, Gst, GstSdp, GstWebRTC  # noqa: E402

_SOURCE = (
    "rtspsrc name=camera location={url} protocols=tcp latency=0"
    "  camera. ! application/x-rtp,media=video ! rtph264depay ! h264parse"
    " ! tee name=videos allow-not-linked=true"
    "  camera. ! application/x-rtp,media=audio ! rtppcmadepay"
    " ! tee name=audios allow-not-linked=true"
)
_PEER = (
    "webrtcbin name=webrtc bundle-policy=max-bundle"
    "  queue name=video ! rtph264pay config-interval=-1 aggregate-mode=zero-latency"
    " mtu=1200 ! application/x-rtp,media=video,encoding-name=H264,payload=96 ! webrtc."
    "  queue name=audio ! rtppcmapay"
    " ! application/x-rtp,media=audio,encoding-name=PCMA,payload=8 ! webrtc."
)


def tell(**answer: Any) -> None:
    """Answer by a line."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


class Peer:
    """One webrtcbin and what feeds it."""

    def __init__(self, pipeline: Any) -> None:
        """Attach it to the camera and begin to negotiate."""
        self._bin = Gst.parse_bin_from_description(_PEER, False)
        for kind in ("video", "audio"):
            queue = self._bin.get_by_name(kind)
            pad = Gst.GhostPad.new(kind, queue.get_static_pad("sink"))
            self._bin.add_pad(pad)
        pipeline.add(self._bin)
        self._webrtc = self._bin.get_by_name("webrtc")
        # libnice leaves the loopback address out otherwise.
        # Kept: the bindings would take the only reference with them.
        self._agent = self._webrtc.get_property("ice-agent")
        self._agent.emit("add-local-ip-address", "127.0.0.1")
        self._webrtc.connect("on-negotiation-needed", self._negotiate)
        self._webrtc.connect("notify::ice-gathering-state", self._gathered)
        # What is not ready would tell the camera's part to stop.
        self._bin.sync_state_with_parent()
        for kind in ("video", "audio"):
            tee = pipeline.get_by_name(f"{kind}s")
            tee.request_pad_simple("src_%u").link(self._bin.get_static_pad(kind))

    def take_answer(self, text: str) -> None:
        """Take the receiver's answer."""
        _, message = GstSdp.SDPMessage.new_from_text(text)
        answer = GstWebRTC.WebRTCSessionDescription.new(
            GstWebRTC.WebRTCSDPType.ANSWER, message
        )
        self._webrtc.emit("set-remote-description", answer, None)
        tell()

    def _negotiate(self, _webrtc: Any) -> None:
        for index in range(2):
            transceiver = self._webrtc.emit("get-transceiver", index)
            transceiver.set_property("do-nack", True)
            direction = GstWebRTC.WebRTCRTPTransceiverDirection.SENDONLY
            transceiver.set_property("direction", direction)
        promise = Gst.Promise.new_with_change_func(self._offered)
        self._webrtc.emit("create-offer", None, promise)

    def _offered(self, promise: Any) -> None:
        # The offer is part of the reply and goes with it.
        reply = promise.get_reply()
        self._webrtc.emit("set-local-description", reply.get_value("offer"), None)

    def _gathered(self, _webrtc: Any, _property: Any) -> None:
        state = self._webrtc.get_property("ice-gathering-state")
        if state == GstWebRTC.WebRTCICEGatheringState.COMPLETE:
            description = self._webrtc.get_property("local-description")
            tell(offer=description.sdp.as_text())


class Server:
    """One camera for all peers."""

    def __init__(self, url: str) -> None:
        """Open the camera."""
        self._pipeline = Gst.parse_launch(_SOURCE.format(url=url))
        self._pipeline.set_state(Gst.State.PLAYING)
        self._peers: dict[int, Peer] = {}

    def handle(self, request: dict[str, Any]) -> bool:
        """Do what a line asks for, on the main loop."""
        peer = request["peer"]
        if "answer" in request:
            self._peers[peer].take_answer(request["answer"])
        else:
            self._peers[peer] = Peer(self._pipeline)
        return False


def main() -> None:
    """Serve until standard input ends."""
    Gst.init(None)
    server = Server(sys.argv[1])
    loop = GLib.MainLoop()

    def read() -> None:
        for line in sys.stdin:
            GLib.idle_add(server.handle, json.loads(line))
        loop.quit()

    threading.Thread(target=read, daemon=True).start()
    tell(ready=True)
    loop.run()


if __name__ == "__main__":
    main()
