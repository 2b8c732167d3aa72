"""Reads a camera: one RTSP session from the first request to the last packet."""

import asyncio
from collections.abc import Callable, Sequence
import secrets
import time

from ..source import SourceError, SourceProblem, SourceStreams
from .client import ONVIF_BACK_CHANNEL, Channels, RtspClient
from .errors import RtspError, StatusError
from .selection import Choice, Selection, select_talk_back, select_tracks, source_error
from .session_clock import SessionClock
from .session_description import SessionDescription
from .talk import Talk, TalkTrack
from .tracks import Track, VideoTrack, make_audio_track, make_video_track
from .url import RtspUrl

OPEN_TIMEOUT = 15.0
"""Seconds from the first request to the answer to PLAY."""

FIRST_PACKET_TIMEOUT = 10.0
READY_TIMEOUT = 25.0
"""Seconds until the first key frame: some cameras send one every 20 s."""

STALL_TIMEOUT = 4.0
"""Seconds without any packet after which a camera is lost; RTCP does not count."""

PICTURE_STALL_TIMEOUT = 10.0
"""Seconds without a picture although there is sound."""

REPORT_INTERVAL = 5.0
_TICK = 0.5
_NAME_BYTES = 6


class CameraTracks:
    """The tracks of one camera; they outlive its sessions."""

    def __init__(self) -> None:
        """Start with none; the zero of all time stamps is now."""
        self.streams = SourceStreams()
        self.video: VideoTrack | None = None
        self.audio: Track | None = None
        self._epoch = time.monotonic()
        self._video_format = ""
        self._audio_format: object = None

    def prepare(self, selection: Selection) -> list[tuple[Track, Choice]]:
        """Give the tracks for a session; the sound's is new if its codec changed."""
        if selection.video and selection.video.format.name != self._video_format:
            self.video = make_video_track(selection.video, self._epoch)
            self._video_format = selection.video.format.name
        if selection.audio and selection.audio.format != self._audio_format:
            self.audio = make_audio_track(selection.audio, self._epoch)
            self._audio_format = selection.audio.format
        self.streams.unsupported[:] = selection.unsupported
        pairs = ((self.video, selection.video), (self.audio, selection.audio))
        return [(track, choice) for track, choice in pairs if track and choice]

    def publish(self, tracks: list[Track]) -> None:
        """Show the streams of the tracks that are in the present session."""
        video, audio = self.video, self.audio
        self.streams.video = video.stream if video in tracks and video else None
        self.streams.audio = audio.stream if audio in tracks and audio else None

    async def close(self) -> None:
        """Stop whatever works for the tracks."""
        for track in (self.video, self.audio):
            if track is not None:
                await track.close()


class RtspReader:
    """One session with a camera."""

    def __init__(
        self,
        url: RtspUrl,
        tracks: CameraTracks,
        *,
        verify_ssl: bool,
        talk: Talk | None = None,
    ) -> None:
        """Prepare; nothing is sent before `run`.

        Args:
            url: where to go, with credentials.
            tracks: what is filled.
            verify_ssl: whether the certificate of an rtsps device must be trusted.
            talk: a wish to be heard in this session, too.
        """
        self._client = RtspClient(
            url,
            verify_ssl=verify_ssl,
            require=ONVIF_BACK_CHANNEL if talk else None,
            on_packets=self._take_packets,
        )
        self._talk = talk
        self._renewed = asyncio.Event()
        self._camera = tracks
        self._tracks: list[Track] = []
        self._channels: list[tuple[Track, Channels]] = []
        self._handlers: dict[int, Callable[[Sequence[bytes], float], None]] = {}
        self._ready = False
        self._reordered = False
        self._on_ready: Callable[[], None] = lambda: None
        self._own_source = secrets.randbits(32)
        self._name = secrets.token_hex(_NAME_BYTES).encode()

    def renew(self, talk: Talk | None) -> None:
        """End it, so that another session begins, if this one is of no use for it."""
        if talk is not self._talk:
            self._renewed.set()

    async def run(self, on_ready: Callable[[], None]) -> None:
        """Connect, read until it is renewed or lost, and leave nothing open.

        Args:
            on_ready: called once, when the first key frame (or sound, if there is
                no picture) has arrived.

        Raises:
            SourceError: why there is nothing more to read.
        """
        self._on_ready = on_ready
        try:
            async with asyncio.timeout(OPEN_TIMEOUT):
                await self._open()
            await self._watch()
        except RtspError as error:
            raise source_error(error) from None
        except TimeoutError:
            raise SourceError(SourceProblem.CANNOT_CONNECT, "no answer") from None
        finally:
            # The device may go on sending until it has let go.
            self._handlers.clear()
            for track in self._tracks:
                track.interrupt()
            if self._talk is not None:
                self._talk.lost.set()
            await self._client.close()

    async def _open(self) -> None:
        await self._client.connect()
        described = await self._client.describe()
        selection = select_tracks(described)
        chosen = self._camera.prepare(selection)
        clock = SessionClock(len(chosen))
        for track, choice in chosen:
            track.start(choice, clock)
            self._tracks.append(track)
            channels = await self._client.setup(choice.media)
            self._channels.append((track, channels))
            self._handlers[channels.rtp] = track.take
            self._handlers[channels.rtcp] = track.take_control
        talk_track = await self._set_up_talk(described)
        controls = [choice.media.control for _, choice in chosen]
        if times := await self._client.play(controls):
            for track, timestamp in zip(self._tracks, times, strict=True):
                track.begin_at(timestamp)
        if self._talk is not None:
            self._talk.settle(talk_track)
            self._talk = self._talk if talk_track else None

    async def _set_up_talk(self, described: SessionDescription) -> TalkTrack | None:
        """Set the talk-back track up, if that is wanted and allowed."""
        choice = select_talk_back(described) if self._talk else None
        if choice is None:
            return None
        try:
            channels = await self._client.setup(choice.media)
        except StatusError:
            return None
        return TalkTrack(self._client, choice, channels.rtp)

    def _take_packets(self, channel: int, packets: Sequence[bytes]) -> None:
        handler = self._handlers.get(channel)
        if handler is None:
            return
        handler(packets, time.monotonic())
        if not self._ready or self._camera.video is not None:
            self._examine()

    def _examine(self) -> None:
        """Look at what the last packets changed."""
        video = self._camera.video
        if video in self._tracks and video is not None:
            if not self._ready and video.ready:
                self._become_ready(self._tracks)
            elif self._ready and video.stream.reordered != self._reordered:
                self._reordered = video.stream.reordered
                self._on_ready()
        elif not self._ready and any(track.ready for track in self._tracks):
            self._become_ready(self._tracks)

    def _become_ready(self, tracks: list[Track]) -> None:
        self._ready = True
        video = self._camera.video
        self._reordered = video is not None and video.stream.reordered
        self._camera.publish(tracks)
        self._on_ready()

    async def _watch(self) -> None:
        """Wait for the end: a loss, or silence."""
        lost = asyncio.create_task(self._client.wait_lost(), name="mesh_call rtsp end")
        renewed = asyncio.create_task(self._renewed.wait(), name="mesh_call rtsp anew")
        started = reported = time.monotonic()
        try:
            while not lost.done():
                await asyncio.wait(
                    (lost, renewed), timeout=_TICK, return_when=asyncio.FIRST_COMPLETED
                )
                if renewed.done():
                    return
                now = time.monotonic()
                self._check(now, started)
                if now - reported >= REPORT_INTERVAL:
                    reported = now
                    self._send_reports(now)
        finally:
            lost.cancel()
            renewed.cancel()
        raise SourceError(SourceProblem.CANNOT_CONNECT, "connection closed")

    def _check(self, now: float, started: float) -> None:
        """Raise SourceError when what should come does not come."""
        arrivals = [t.last_arrival for t in self._tracks if t.last_arrival is not None]
        if not arrivals:
            if now - started > FIRST_PACKET_TIMEOUT:
                raise SourceError(SourceProblem.NO_MEDIA)
            return
        if now - max(arrivals) > STALL_TIMEOUT:
            raise SourceError(SourceProblem.NO_MEDIA, "stalled")
        self._check_picture(now, started)

    def _check_picture(self, now: float, started: float) -> None:
        video = self._camera.video
        if video is None or video not in self._tracks:
            return
        if video.last_arrival is None:
            if not self._ready and now - started > FIRST_PACKET_TIMEOUT:
                self._become_ready([t for t in self._tracks if t is not video])
        elif not self._ready and now - started > READY_TIMEOUT:
            raise SourceError(SourceProblem.NO_MEDIA, "no key frame")
        elif now - video.last_arrival > PICTURE_STALL_TIMEOUT:
            raise SourceError(SourceProblem.NO_MEDIA, "picture stalled")

    def _send_reports(self, now: float) -> None:
        for track, channels in self._channels:
            report = track.receiver_report(self._own_source, self._name, now)
            self._client.send(channels.rtcp, report)
