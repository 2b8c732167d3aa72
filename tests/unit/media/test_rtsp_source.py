"""Cameras with bad manners, read as a source."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
import logging
from pathlib import Path
import socket
import ssl
import time
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
import pytest

from custom_components.mesh_call.media.rtsp import address, reader
from custom_components.mesh_call.media.rtsp.datagrams import DatagramTrack
from custom_components.mesh_call.media.source import (
    SourceError,
    SourceProblem,
    SourceState,
    SourceStreams,
)
from custom_components.mesh_call.media.sources import reconnecting
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from custom_components.mesh_call.media.stream import PCMA
from tests.cameras.bad_manners import BadCamera, Manners, bad_camera
from tests.cameras.content import Collector, decode_h264, is_color
from tests.cameras.probing import probe

pytestmark = pytest.mark.usefixtures("socket_enabled", "nothing_left")


def open_sockets() -> int:
    """Count this process's sockets."""
    links = (link for link in Path("/proc/self/fd").iterdir() if link.is_symlink())
    return sum(link.readlink().name.startswith("socket:") for link in links)


@pytest.fixture
async def nothing_left() -> AsyncIterator[None]:
    """Tasks and sockets are back to before after each test."""
    tasks, sockets = asyncio.all_tasks(), open_sockets()
    yield
    await asyncio.sleep(0)
    left = asyncio.all_tasks() - tasks - {asyncio.current_task()}
    assert not left
    assert open_sockets() <= sockets


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "STALL_TIMEOUT", 0.8)
    monkeypatch.setattr(reader, "FIRST_PACKET_TIMEOUT", 1.5)
    monkeypatch.setattr(reader, "_TICK", 0.1)
    monkeypatch.setattr(reconnecting, "FIRST_DELAY", 0.1)
    monkeypatch.setattr(reconnecting, "LINGER", 0.3)


@asynccontextmanager
async def open_source(url: str) -> AsyncIterator[ReconnectingSource]:
    async def tell() -> str:
        return url

    source = ReconnectingSource(RtspWay(tell))
    source.acquire()
    try:
        yield source
    finally:
        await source.close()


async def until(condition: Callable[[], object], timeout: float = 5.0) -> None:
    async with asyncio.timeout(timeout):
        while not condition():
            await asyncio.sleep(0.01)


async def watch(source: ReconnectingSource, seconds: float = 0.6) -> Collector:
    """Collect the picture for a while."""
    streams = await source.ready(5)
    assert streams.video is not None
    collector = Collector(streams.video)
    await asyncio.sleep(seconds)
    return collector


def assert_shows(collector: Collector, manners: Manners, pictures: int = 8) -> None:
    frames = decode_h264(collector.collected)
    assert len(frames) >= pictures
    assert all(is_color(frame, manners.color) for frame in frames)
    stamps = [packet.timestamp for packet in collector.collected]
    assert stamps == sorted(stamps)


@pytest.mark.parametrize(
    "manners",
    [
        Manners(),
        Manners(authentication="basic"),
        Manners(authentication="digest"),
        Manners(authentication="sha256"),
        Manners(authentication="both"),
        Manners(authentication="digest", hangs_up_after_401=True),
        Manners(authentication="digest", nonce_lives=1),
        Manners(authentication="digest", nonce_lives=3, says_stale=False),
        Manners(lower_case=True),
        Manners(bare_line_feeds=True),
        Manners(leaves_out_number=True),
        Manners(sends_garbage=True, session_timeout=2),
        Manners(shifted_channels=4),
        Manners(without_options=True),
        Manners(content_base=""),
        Manners(content_base="rtsp://10.1.2.3/live", control=("/t/1", "/t/2", "")),
        Manners(audio=False),
        Manners(talk_back=True, require="ignored"),
        Manners(timestamps="backward"),
        Manners(timestamps="wild"),
        Manners(takes_teardown=False),
        Manners(datagrams=True, authentication="digest"),
    ],
    ids=lambda manners: " ".join(
        f"{name}={value}"
        for name in Manners.__slots__
        if (value := getattr(manners, name)) != getattr(Manners(), name)
    ),
)
async def test_manners(manners: Manners) -> None:
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        collector = await watch(source)
        assert source.streams.audio is None or source.streams.audio.codec == PCMA
        assert manners.control[2] not in camera.seen.set_up
        assert_shows(collector, manners)
        if manners.timestamps == "right":
            steps = {packet.timestamp for packet in collector.collected}
            assert max(steps) - min(steps) == 3_600 * (len(steps) - 1)
        await source.close()
        await until(lambda: not camera.seen.open_connections)
        assert camera.seen.methods()[-1] == "TEARDOWN"


@pytest.mark.parametrize(
    ("manners", "problem", "detail"),
    [
        (Manners(codec="H266"), SourceProblem.UNSUPPORTED_CODEC, "H266"),
        (
            Manners(video=False, audio_format="99"),
            SourceProblem.UNSUPPORTED_CODEC,
            "WEIRD",
        ),
        (Manners(video=False, audio=False), SourceProblem.NO_MEDIA, ""),
        (Manners(stalls_after=0), SourceProblem.NO_MEDIA, ""),
        (
            Manners(transport_status=461),
            SourceProblem.CANNOT_CONNECT,
            "461 Unsupported Transport",
        ),
        (Manners(redirect="http://127.0.0.1/"), SourceProblem.CANNOT_CONNECT, None),
        (Manners(redirect="/elsewhere"), SourceProblem.CANNOT_CONNECT, None),
    ],
)
async def test_problems(
    manners: Manners, problem: SourceProblem, detail: str | None
) -> None:
    async with bad_camera(manners) as camera:
        with pytest.raises(SourceError) as caught:
            await probe(camera.url, timeout=4)
        assert caught.value.problem is problem
        assert detail is None or caught.value.detail == detail
        await until(lambda: not camera.seen.open_connections)


async def test_wrong_password_is_told_soon_and_not_repeated(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    async with bad_camera(Manners(authentication="digest")) as camera:
        url = f"rtsp://admin:hunter2@127.0.0.1:{camera.port}/live"
        begun = time.monotonic()
        async with open_source(url) as source:
            with pytest.raises(SourceError) as caught:
                await source.ready(5)
            assert time.monotonic() - begun < 2
            assert caught.value.problem is SourceProblem.INVALID_AUTH
            await asyncio.sleep(0.5)
            assert camera.seen.connections == 1
            assert len(camera.seen.requests) <= 3
            logged = [
                record.getMessage()
                for record in caplog.records
                if record.name.startswith("custom_components")
            ]
            text = f"{caught.value!r} {source.status} {source!r} {logged}"
            assert "hunter2" not in text
            assert "127.0.0.1" not in text


async def test_nobody_listens() -> None:
    with pytest.raises(SourceError) as caught:
        await probe("rtsp://u:pw1234@127.0.0.1:9/x", timeout=4)
    assert caught.value == SourceError(
        SourceProblem.CANNOT_CONNECT, "connection refused"
    )
    assert "pw1234" not in repr(caught.value)
    assert caught.value.__context__ is None or caught.value.__suppress_context__


@pytest.mark.parametrize("url", ["", "http://h/", "rtsp://"])
async def test_no_address(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        await probe(url)
    assert caught.value.problem is SourceProblem.CANNOT_CONNECT


async def test_a_provider_that_raises_or_hangs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(address, "ADDRESS_TIMEOUT", 0.2)
    caplog.set_level(logging.DEBUG)
    asked = 0

    async def tell() -> str | None:
        nonlocal asked
        asked += 1
        if asked == 1:
            raise RuntimeError("rtsp://u:secret@h/")
        if asked == 2:
            await asyncio.sleep(60)
        return None

    source = ReconnectingSource(RtspWay(tell))
    source.acquire()
    await until(lambda: asked >= 3)
    assert source.status.error == SourceError(
        SourceProblem.CANNOT_CONNECT, "no stream address"
    )
    assert "secret" not in caplog.text
    await source.close()


async def test_redirect_to_another_host_takes_no_password_along() -> None:
    async with bad_camera() as target:
        there = f"rtsp://localhost:{target.port}/live/main"
        manners = Manners(authentication="digest", redirect=there)
        async with (
            bad_camera(manners) as camera,
            open_source(camera.url) as source,
        ):
            assert_shows(await watch(source), target.manners)
            assert target.seen.requests[0] == ("DESCRIBE", there)
            assert camera.seen.methods() == ["OPTIONS", "OPTIONS", "DESCRIBE"]


async def test_users_share_one_connection_and_it_lingers() -> None:
    async with bad_camera() as camera:

        async def tell() -> str:
            return camera.url

        source = ReconnectingSource(RtspWay(tell))
        states: list[SourceState] = []
        source.subscribe(lambda status: states.append(status.state))
        first, second = source.acquire(), source.acquire()
        streams = await source.ready(5)
        first()
        first()
        await asyncio.sleep(0.5)
        assert source.status.state is SourceState.READY
        second()
        await asyncio.sleep(0.1)
        third = source.acquire()
        await asyncio.sleep(0.5)
        assert camera.seen.connections == 1
        third()
        await until(lambda: not camera.seen.open_connections)
        assert states == [
            SourceState.CONNECTING,
            SourceState.READY,
            SourceState.CLOSED,
        ]
        assert streams.video is not None
        assert not streams.video.has_key_frame
        release = source.acquire()
        assert await source.ready(5) is streams
        assert camera.seen.connections == 2
        release()
        await source.close()
        source.acquire()
        with pytest.raises(SourceError):
            await source.ready(0.1)


async def test_a_dropped_connection_is_made_again_and_the_stream_goes_on() -> None:
    async with bad_camera() as camera, open_source(camera.url) as source:
        collector = await watch(source, 0.3)
        video = source.streams.video
        states: list[SourceState] = []
        source.subscribe(lambda status: states.append(status.state))
        camera.hang_up()
        await until(lambda: source.status.state is SourceState.LOST)
        before = len(collector.collected)
        assert video is not None
        assert not video.has_key_frame
        assert video.clock is None
        await source.ready(5)
        await asyncio.sleep(0.3)
        assert source.streams.video is video
        assert states == [SourceState.LOST, SourceState.READY]
        after = collector.collected[before:]
        assert after[0].key_frame
        gap = after[0].timestamp - collector.collected[before - 1].timestamp
        assert 0.05 < gap / 90_000 < 1.5
        assert_shows(collector, camera.manners, 10)


async def test_twenty_drops_leave_nothing_behind(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reconnecting, "LONGEST_DELAY", 0.05)
    async with bad_camera() as camera, open_source(camera.url) as source:
        await source.ready(5)
        tasks, sockets = len(asyncio.all_tasks()), open_sockets()
        for _ in range(20):
            camera.hang_up()
            await until(lambda: source.status.state is SourceState.LOST)
            await source.ready(5)
        await until(lambda: len(asyncio.all_tasks()) <= tasks)
        assert open_sockets() <= sockets


async def test_a_silent_stall_is_noticed_although_rtcp_goes_on() -> None:
    manners = Manners(stalls_after=0.5)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        await source.ready(5)
        begun = time.monotonic()
        await until(lambda: source.status.state is SourceState.LOST)
        assert 0.8 < time.monotonic() - begun < 2.2
        error = source.status.error
        assert error == SourceError(SourceProblem.NO_MEDIA, "stalled")


async def test_constant_time_stamps_are_replaced() -> None:
    manners = Manners(timestamps="constant")
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        collector = await watch(source, 1.8)
        last = collector.collected[-1].timestamp - collector.collected[0].timestamp
        assert last > 90_000


async def test_after_a_lost_packet_waits_for_the_key_frame() -> None:
    manners = Manners(loses=frozenset({17}))
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        collector = await watch(source, 1.2)
        keys = [p.timestamp for p in collector.collected if p.key_frame]
        assert len(keys) >= 2
        assert_shows(collector, manners, 15)


async def test_the_session_is_kept_alive() -> None:
    manners = Manners(session_timeout=2, authentication="digest", nonce_lives=7)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        await source.ready(5)
        await asyncio.sleep(3)
        assert source.status.state is SourceState.READY
        assert camera.seen.methods().count("GET_PARAMETER") >= 2
        assert camera.seen.connections == 1


async def test_reports_go_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "REPORT_INTERVAL", 0.3)
    async with bad_camera() as camera, open_source(camera.url) as source:
        collector = await watch(source, 0.8)
        video, audio = source.streams.video, source.streams.audio
        assert video is not None
        assert audio is not None
        assert video.clock is not None
        assert audio.clock is not None
        # Picture and sound of one moment, through the camera's clock.
        picture = video.clock.wall - video.clock.timestamp / 90_000
        sound = audio.clock.wall - audio.clock.timestamp / 8_000
        assert picture == pytest.approx(sound, abs=0.05)
        assert video.clock.timestamp == pytest.approx(
            collector.collected[-1].timestamp, abs=90_000
        )
        reports = [data for channel, data in camera.seen.frames if channel == 1]
        assert reports
        assert reports[0][1] == 201
        assert int.from_bytes(reports[0][8:12]) == 7


async def test_reports_go_by_udp_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "REPORT_INTERVAL", 0.3)
    manners = Manners(datagrams=True)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        await source.ready(5)
        video = source.streams.video
        assert video is not None
        await until(lambda: video.clock is not None)
        await until(lambda: any(data[1] == 201 for _, data in camera.seen.frames))


async def test_packets_of_strangers_are_not_taken() -> None:
    taken: list[bytes] = []
    track = DatagramTrack(taken.extend, taken.extend)
    await track.open("127.0.0.1")
    track.connect("127.0.0.2", None, "")
    for host in ("127.0.0.1", "127.0.0.2"):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.bind((host, 0))
            sender.sendto(b"\x80\0\0" + host[-1].encode(), ("127.0.0.1", track.port))
    await until(lambda: taken)
    assert taken == [b"\x80\0\x002"]
    track.close()


async def test_encrypted_cameras_are_not_read_in_the_open(
    certificate: ssl.SSLContext,
) -> None:
    async with bad_camera(Manners(datagrams=True), certificate) as camera:
        with pytest.raises(SourceError) as caught:
            await probe(camera.url.replace("rtsp:", "rtsps:"), verify_ssl=False)
        assert caught.value.detail == "461 Unsupported Transport"


async def test_unknown_sound_leaves_the_picture() -> None:
    async with bad_camera(Manners(audio_format="99")) as camera:
        streams = await probe(camera.url)
        assert streams.video is not None
        assert streams.audio is None
        assert streams.unsupported == ["WEIRD"]


async def test_sound_only() -> None:
    async with bad_camera(Manners(video=False)) as camera:
        streams: SourceStreams = await probe(camera.url)
        assert streams.video is None
        assert streams.audio is not None


async def test_a_picture_that_never_comes_leaves_the_sound() -> None:
    manners = Manners(sends_picture=False)
    async with bad_camera(manners) as camera, open_source(camera.url) as source:
        streams = await source.ready(5)
        assert streams.video is None
        assert streams.audio is not None
        assert source.status.state is SourceState.READY


@pytest.fixture(name="certificate")
def certificate_fixture(tmp_path: Path) -> ssl.SSLContext:
    """A camera's own certificate, which nobody trusts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "camera")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path / "camera.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_tls(certificate: ssl.SSLContext) -> None:
    manners = Manners(authentication="digest")
    async with bad_camera(manners, certificate) as camera:
        url = camera.url.replace("rtsp:", "rtsps:")
        streams = await probe(url, verify_ssl=False)
        assert streams.video is not None
        with pytest.raises(SourceError) as caught:
            await probe(url)
        assert caught.value == SourceError(
            SourceProblem.CANNOT_CONNECT, "certificate not trusted"
        )
        await until(lambda: not camera.seen.open_connections)


async def test_probe_tells_the_size_and_closes() -> None:
    async with bad_camera() as camera:
        streams = await probe(camera.url)
        assert streams.video is not None
        assert streams.video.size == (128, 96)
        await until(lambda: not camera.seen.open_connections)


async def test_closing_while_the_device_is_mute() -> None:
    async def say_nothing(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with open_source(f"rtsp://127.0.0.1:{port}/") as source:
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        await source.close()
        assert time.monotonic() - begun < 0.5
    server.close()
    await server.wait_closed()


def test_urls_of_the_simulated_camera() -> None:
    camera = BadCamera(Manners(authentication="digest"))
    assert quote(camera.manners.password, safe="") in camera.url
