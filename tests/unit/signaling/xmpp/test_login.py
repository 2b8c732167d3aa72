"""How accounts log in, and the three ways it fails."""

import logging
from pathlib import Path
from typing import Any

import pytest

from custom_components.mesh_call.signaling.xmpp.connection import try_login
from custom_components.mesh_call.signaling.xmpp.login import LoginError, Tls
from custom_components.mesh_call.signaling.xmpp.stream import Stream, tls_context
from tests.certificates import PrivateCa
from tests.ports import free_port
from tests.prosody import PASSWORD, Prosody, running_prosody

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
