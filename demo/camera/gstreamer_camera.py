"""A simulated camera: an RTSP server with picture, sound and ONVIF back channel.

It runs in the system's Python, whose GStreamer bindings no wheel brings, so it uses
nothing of this project and no syntax newer than Python 3.11. `gstreamer_camera.py
--help` lists what it can be. It prints `READY <port>` once it takes connections and
`TALK <samples>` when a talk-back ends, with `--levels` also `LEVEL <percent>` while one
lasts, and stops when its standard input ends or on SIGTERM.
"""

import argparse
import array
import math
import signal
import sys
import threading
from typing import Any
import wave

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtsp", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtsp, GstRtspServer  # noqa: E402

HOST = "127.0.0.1"
TALK_RATE = {"pcmu": 8_000, "pcma": 8_000, "aac": 16_000}

_VIDEO = (
    "videotestsrc is-live=true pattern=ball animation-mode=wall-time"
    " background-color=0xFF{color} foreground-color=0xFFFFFFFF"
    " ! video/x-raw,format=I420,width={width},height={height},framerate={fps}/1"
)
_PICTURES = (
    "multifilesrc location={pictures} loop=true caps=image/png,framerate={fps}/1"
    " ! pngdec ! videoconvert ! videoscale"
    " ! video/x-raw,format=I420,width={width},height={height}"
    " ! identity sync=true"
)
_H264 = (
    "x264enc speed-preset=ultrafast {tune} key-int-max={gop} bitrate={bitrate}"
    " ! video/x-h264,profile={profile}"
    " ! rtph264pay name=pay0 pt=96 config-interval={config_interval} mtu={mtu}"
)
_H265 = (
    "x265enc speed-preset=ultrafast tune=zerolatency key-int-max={gop}"
    " bitrate={bitrate} ! rtph265pay name=pay0 pt=96 config-interval=1 mtu={mtu}"
)
_SOUND = (
    "audiotestsrc is-live=true freq={tone} volume=0.4 samplesperbuffer={samples}"
    " ! audio/x-raw,rate={rate},channels=1"
)
_SOUND_FILE = (
    "multifilesrc location={sound} loop=true"
    " ! rawaudioparse use-sink-caps=false format=pcm pcm-format=s16le"
    " sample-rate={sound_rate} num-channels=1 ! identity sync=true"
    " ! audioconvert ! audioresample ! audio/x-raw,rate={rate},channels=1"
)
# A session that sets up the talk-back alone leaves picture and sound unlinked: without
# this the pipeline may fail of it before it takes what is said.
_NEVER_LINKED = "tee allow-not-linked=true"
SOUND_FILE_RATE = 16_000
_SOUND_CODECS = {
    "pcmu": (8_000, 160, "mulawenc ! rtppcmupay pt=0"),
    "pcma": (8_000, 160, "alawenc ! rtppcmapay pt=8"),
    "opus": (48_000, 960, "opusenc ! rtpopuspay pt=97"),
    "aac": (16_000, 1024, "avenc_aac ! aacparse ! rtpmp4gpay pt=97"),
    "l16": (16_000, 320, "audioconvert ! rtpL16pay pt=97"),
    "g722": (16_000, 320, "avenc_g722 ! rtpg722pay pt=9"),
}
_AAC_CAPS = (
    "payload=98,clock-rate=16000,encoding-name=MPEG4-GENERIC,streamtype=(string)5,"
    "profile-level-id=(string)1,mode=(string)AAC-hbr,sizelength=(string)13,"
    "indexlength=(string)3,indexdeltalength=(string)3,config=(string)1408"
)
_TALK_BACK = {
    "pcmu": ("payload=0,clock-rate=8000,encoding-name=PCMU", "rtppcmudepay ! mulawdec"),
    "pcma": ("payload=8,clock-rate=8000,encoding-name=PCMA", "rtppcmadepay ! alawdec"),
    "aac": (_AAC_CAPS, "rtpmp4gdepay ! aacparse ! avdec_aac"),
}


def parse_arguments(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--path", default="/stream")
    parser.add_argument("--video", choices=["h264", "h265", "none"], default="h264")
    parser.add_argument("--b-frames", type=int, default=0)
    parser.add_argument("--audio", choices=[*_SOUND_CODECS, "none"], default="pcma")
    parser.add_argument("--color", default="2060C0", help="background as RRGGBB")
    parser.add_argument("--tone", type=int, default=440, help="in Hz")
    parser.add_argument("--pictures", help="PNG files, as in door%%02d.png, for a loop")
    parser.add_argument("--sound", help="raw 16 bit mono sound of 16 kHz for a loop")
    parser.add_argument("--width", type=int, default=640)
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--fps", type=int, default=25)
    parser.add_argument("--gop", type=int, default=50, help="pictures to a key frame")
    parser.add_argument("--bitrate", type=int, default=1000, help="in kbit/s")
    parser.add_argument("--udp", action="store_true", help="no RTP over TCP")
    parser.add_argument("--mtu", type=int, default=1400)
    parser.add_argument(
        "--no-parameter-sets", action="store_true", help="leave them out of the stream"
    )
    parser.add_argument("--user")
    parser.add_argument("--password", default="")
    parser.add_argument("--basic", action="store_true", help="instead of digest")
    parser.add_argument("--talk-back", choices=[*_TALK_BACK, "none"], default="none")
    parser.add_argument("--talk-back-file", help="WAV file of what is heard")
    parser.add_argument("--levels", action="store_true", help="print how loud it is")
    return parser.parse_args(arguments)


def build_launch(options: argparse.Namespace) -> str:
    """Give the description of the pipeline that picture and sound come from."""
    parts = []
    if options.video != "none":
        source = (_PICTURES if options.pictures else _VIDEO).format(
            pictures=options.pictures,
            color=options.color,
            width=options.width,
            height=options.height,
            fps=options.fps,
        )
        encoder = _H264 if options.video == "h264" else _H265
        b_frames = f"bframes={options.b_frames} b-adapt=false rc-lookahead=5"
        encoder = encoder.format(
            tune=b_frames if options.b_frames else "tune=zerolatency",
            profile="main" if options.b_frames else "constrained-baseline",
            config_interval=0 if options.no_parameter_sets else -1,
            gop=options.gop,
            bitrate=options.bitrate,
            mtu=options.mtu,
        )
        parts.append(f"{source} ! {_NEVER_LINKED} ! {encoder}")
    if options.audio != "none":
        rate, samples, encoder = _SOUND_CODECS[options.audio]
        source = (_SOUND_FILE if options.sound else _SOUND).format(
            sound=options.sound,
            sound_rate=SOUND_FILE_RATE,
            tone=options.tone,
            rate=rate,
            samples=samples,
        )
        number = len(parts)
        parts.append(
            f"{source} ! {_NEVER_LINKED} ! {encoder} name=pay{number} mtu={options.mtu}"
        )
    return "( " + " ".join(parts) + " )"


def build_talk_back(options: argparse.Namespace) -> str:
    """Give the description of the pipeline that plays what is said to the camera."""
    caps, decoder = _TALK_BACK[options.talk_back]
    rate = TALK_RATE[options.talk_back]
    return (
        f'( capsfilter caps="application/x-rtp,media=audio,{caps}"'
        f" name=depay_backchannel ! {decoder} ! audioconvert ! audioresample"
        f" ! audio/x-raw,format=S16LE,rate={rate},channels=1"
        " ! appsink name=loudspeaker sync=false async=false emit-signals=true )"
    )


class LevelMeter:
    """Prints twice a second how loud it is: 0 is LOWEST decibels, 100 full scale."""

    LOWEST = -50

    def __init__(self, rate: int) -> None:
        """Start silent."""
        self._window = rate // 2
        self._heard = 0
        self._peak = 0

    def take(self, content: bytes) -> None:
        """Measure 16 bit samples."""
        samples = array.array("h", content)
        self._heard += len(samples)
        self._peak = max(self._peak, max(map(abs, samples), default=0))
        if self._heard >= self._window:
            self.report()

    def report(self) -> None:
        """Print the peak since the last time, as ears hear it: in decibels."""
        decibels = 20 * math.log10(max(self._peak, 1) / 32_768)
        level = max(0, round(100 * (1 - decibels / self.LOWEST)))
        print(f"LEVEL {level}", flush=True)
        self._heard = self._peak = 0


class Loudspeaker:
    """Writes what is said to the camera to a WAV file."""

    def __init__(
        self, path: str | None, rate: int, meter: LevelMeter | None = None
    ) -> None:
        """Open the file, if there is to be one."""
        self._lock = threading.Lock()
        self._samples = 0
        self._meter = meter
        # Unbuffered: what was heard can be looked at while it goes on.
        self._raw = open(path, "wb", buffering=0) if path else None  # noqa: SIM115, PTH123
        self._file = wave.open(self._raw, "wb") if self._raw else None  # noqa: SIM115
        if self._file:
            self._file.setnchannels(1)
            self._file.setsampwidth(2)
            self._file.setframerate(rate)

    def connect(self, media: Any) -> None:
        """Listen to one session's talk-back."""
        sink = media.get_element().get_by_name_recurse_up("loudspeaker")
        sink = sink or media.get_element().get_by_name("loudspeaker")
        if sink is not None:
            sink.connect("new-sample", self._take)

    def report(self) -> None:
        """Tell how much was heard, and complete the file."""
        with self._lock:
            if not self._samples:
                return
            if self._meter:
                self._meter.report()
            print(f"TALK {self._samples}", flush=True)
            if self._file:
                # Writing the header again makes the file whole up to here.
                self._file.writeframes(b"")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._file and self._raw:
                self._file.close()
                self._raw.close()
                self._file = None

    def _take(self, sink: Any) -> Any:
        data = sink.emit("pull-sample").get_buffer()
        content = data.extract_dup(0, data.get_size())
        with self._lock:
            self._samples += len(content) // 2
            if self._meter:
                self._meter.take(content)
            if self._file:
                self._file.writeframes(content)
        return Gst.FlowReturn.OK


class Camera:
    """The server with its one stream."""

    def __init__(self, options: argparse.Namespace) -> None:
        """Set everything up; `attach` makes it listen."""
        self._options = options
        self._speaker: Loudspeaker | None = None
        self._server = GstRtspServer.RTSPOnvifServer()
        self._server.set_address(HOST)
        self._server.set_service(str(options.port))
        if options.user:
            self._server.set_auth(self._authentication())
        factory = self._factory()
        factory.set_launch(build_launch(options))
        factory.connect("media-configure", self._configure)
        self._server.get_mount_points().add_factory(options.path, factory)

    def attach(self) -> int:
        """Listen; gives the port."""
        if not self._server.attach(None):
            raise SystemExit("no port to listen on")
        return int(self._server.get_bound_port())

    def close(self) -> None:
        """Complete the file of what was heard."""
        if self._speaker:
            self._speaker.close()

    def _factory(self) -> Any:
        options = self._options
        if options.talk_back == "none":
            factory = GstRtspServer.RTSPMediaFactory()
        else:
            factory = GstRtspServer.RTSPOnvifMediaFactory()
            factory.set_backchannel_launch(build_talk_back(options))
            factory.set_media_gtype(GstRtspServer.RTSPOnvifMedia)
            rate = TALK_RATE[options.talk_back]
            meter = LevelMeter(rate) if options.levels else None
            self._speaker = Loudspeaker(options.talk_back_file, rate, meter)
        factory.set_shared(True)
        factory.set_latency(0)
        if options.udp:
            factory.set_protocols(GstRtsp.RTSPLowerTrans.UDP)
        if options.user:
            permissions = GstRtspServer.RTSPPermissions()
            permissions.add_permission_for_role("viewer", "media.factory.access", True)
            permissions.add_permission_for_role(
                "viewer", "media.factory.construct", True
            )
            factory.set_permissions(permissions)
        return factory

    def _authentication(self) -> Any:
        options = self._options
        token = GstRtspServer.RTSPToken()
        token.set_string("media.factory.role", "viewer")
        auth = GstRtspServer.RTSPAuth()
        if options.basic:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.BASIC)
            basic = GstRtspServer.RTSPAuth.make_basic(options.user, options.password)
            auth.add_basic(basic, token)
        else:
            auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
            auth.add_digest(options.user, options.password, token)
        return auth

    def _configure(self, _factory: Any, media: Any) -> None:
        speaker = self._speaker
        if speaker:
            speaker.connect(media)
            media.connect("unprepared", lambda _media: speaker.report())


def main() -> None:
    """Run until told to stop."""
    options = parse_arguments()
    Gst.init(None)
    camera = Camera(options)
    loop = GLib.MainLoop()
    print(f"READY {camera.attach()}", flush=True)

    def wait_for_end() -> None:
        sys.stdin.read()
        loop.quit()

    threading.Thread(target=wait_for_end, daemon=True).start()
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGTERM, loop.quit)
    GLib.unix_signal_add(GLib.PRIORITY_HIGH, signal.SIGINT, loop.quit)
    try:
        loop.run()
    finally:
        camera.close()


if __name__ == "__main__":
    main()
