"""Addresses, passwords, redirects, encryption: how a camera is reached."""

import asyncio
import logging
import ssl
import time

import pytest

from custom_components.mesh_call.media.rtsp import address
from custom_components.mesh_call.media.source import SourceError, SourceProblem
from custom_components.mesh_call.media.sources.reconnecting import ReconnectingSource
from custom_components.mesh_call.media.sources.rtsp import RtspWay
from tests.cameras.bad_manners import Manners, bad_camera
from tests.cameras.probing import probe
from tests.waiting import until

from .reading import assert_shows, open_source, watch


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


async def test_encrypted_cameras_are_not_read_in_the_open(
    certificate: ssl.SSLContext,
) -> None:
    async with bad_camera(Manners(datagrams=True), certificate) as camera:
        with pytest.raises(SourceError) as caught:
            await probe(camera.url.replace("rtsp:", "rtsps:"), verify_ssl=False)
        assert caught.value.detail == "461 Unsupported Transport"


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
