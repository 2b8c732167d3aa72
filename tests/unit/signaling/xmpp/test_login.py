"""How accounts log in, and the three ways it fails."""

import asyncio
import logging
from pathlib import Path
import ssl
from typing import Any

import pytest

from custom_components.mesh_call.signaling.xmpp.connection import try_login
from custom_components.mesh_call.signaling.xmpp.login import Login, LoginError, Tls
from custom_components.mesh_call.signaling.xmpp.stream import Stream, tls_context
from tests.certificates import PrivateCa
from tests.ports import free_port
from tests.prosody import PASSWORD, Prosody, running_prosody
from tests.waiting import until

from .conftest import login, tasks_left


async def problem_of(server: Prosody, **changes: Any) -> str:
    """Try to log in; return what goes wrong."""
    with pytest.raises(LoginError) as error:
        await try_login(login(server, **changes))
    return error.value.problem


@pytest.mark.parametrize("tls", list(Tls))
async def test_both_ways_of_tls(server: Prosody, tls: Tls) -> None:
    port = server.port if tls is Tls.STARTTLS else server.direct_tls_port
    await try_login(login(server, tls=tls, port=port))
    assert not tasks_left()
    for changes, problem in (
        ({"password": "wrong"}, "invalid_auth"),
        ({"ca_certificate": None}, "invalid_certificate"),
        ({"ca_certificate": PrivateCa().certificate}, "invalid_certificate"),
    ):
        assert await problem_of(server, tls=tls, port=port, **changes) == problem
        assert not tasks_left()


async def test_a_certificate_for_another_name(server: Prosody, tmp_path: Path) -> None:
    issued = server.ca.issue("elsewhere.example")
    await server.stop()
    (server.folder / "key.pem").write_text(issued.key)
    (server.folder / "certificate.pem").write_text(issued.certificate)
    await server.start()
    assert await problem_of(server) == "invalid_certificate"


async def test_what_is_no_server(server: Prosody) -> None:
    assert await problem_of(server, port=free_port()) == "cannot_connect"
    assert await problem_of(server, tls=Tls.DIRECT) == "cannot_connect"
    assert await problem_of(server, port=server.direct_tls_port) == "cannot_connect"
    assert await problem_of(server, ca_certificate="no PEM") == "invalid_certificate"


async def test_nobody_is_sent_to_another_host(socket_enabled: None) -> None:
    """Before TLS anybody could say that the account is served elsewhere."""
    guests = 0

    async def redirect(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        nonlocal guests
        guests += 1
        await reader.read(1)
        writer.write(
            b"<stream:stream xmlns='jabber:client' version='1.0' from='localhost'"
            b" xmlns:stream='http://etherx.jabber.org/streams'><stream:error>"
            b"<see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>"
            b"127.0.0.1</see-other-host></stream:error>"
        )
        await writer.drain()
        await reader.read()
        writer.close()

    elsewhere = await asyncio.start_server(redirect, "127.0.0.1", 0)
    port = elsewhere.sockets[0].getsockname()[1]
    context = ssl.create_default_context()
    stream = Stream(Login("101-1@localhost", PASSWORD, "localhost", port), context)
    login = asyncio.create_task(stream.log_in())
    await until(lambda: guests)
    await asyncio.sleep(0.5)
    assert guests == 1
    assert stream.default_domain == "localhost"
    login.cancel()
    await asyncio.wait([login])
    await stream.close()
    elsewhere.close()


async def test_an_unknown_user_is_a_wrong_login(server: Prosody) -> None:
    assert await problem_of(server, user=999) == "invalid_auth"


async def test_only_this_machine_may_do_without_tls(
    tmp_path: Path, socket_enabled: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_prosody(tmp_path / "prosody", encrypted=False) as server:
        await try_login(login(server))
        monkeypatch.setattr(
            "custom_components.mesh_call.signaling.xmpp.stream.is_loopback",
            lambda host: False,
        )
        assert await problem_of(server) == "cannot_connect"


async def test_the_log_tells_no_secrets(
    server: Prosody, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await try_login(login(server))
    stream = Stream(login(server), tls_context(login(server)))
    await stream.log_in()
    stream.data_received("<message><body>a secret</message>")
    await stream.close()
    assert "Unexpected data from the server" in caplog.text
    assert "a secret" not in caplog.text
    assert PASSWORD not in caplog.text
    # What stanzas hold, the password in base64 among it, is not logged at all.
    assert "SEND" not in caplog.text
    assert "RECV" not in caplog.text
