"""A real XMPP server on the loopback interface: Prosody, as the distribution has it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
import os
from pathlib import Path
import shutil

import pytest

from .certificates import PrivateCa
from .ports import free_port, wait_until_it_listens

DOMAIN = "localhost"
PASSWORD = "as long as the test"
USERS = {f"{user}-1": PASSWORD for user in range(99, 107)}
"""Localparts as ConnectyCube makes them: user id and app id."""

STOP_TIMEOUT = 10

_CONFIGURATION = """
daemonize = false
run_as_root = true
data_path = "{folder}/data"
log = {{ {{ levels = {{ min = "info" }}, to = "file", filename = "{folder}/log" }} }}
modules_enabled = {{
  "roster", "saslauth", {tls_module} "smacks", "carbons", "ping", "websocket",
}}
modules_disabled = {{ "s2s" }}
interfaces = {{ "127.0.0.1", "::1" }}
c2s_ports = {{ {server.port} }}
c2s_direct_tls_ports = {{ {server.direct_tls_port} }}
http_ports = {{ {server.http_port} }}
https_ports = {{ }}
component_ports = {{ {server.component_port} }}
consider_websocket_secure = true
c2s_require_encryption = {require_encryption}
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
ssl = {{ key = "{folder}/key.pem", certificate = "{folder}/certificate.pem" }}
VirtualHost "{domain}"
Component "crowd.{domain}"
  component_secret = "{password}"
  validate_from_addresses = false
"""


@dataclass
class Prosody:
    """Where it listens; can be stopped and started again."""

    folder: Path
    program: str
    ca: PrivateCa
    encrypted: bool
    port: int = field(default_factory=free_port)
    direct_tls_port: int = field(default_factory=free_port)
    http_port: int = field(default_factory=free_port)
    component_port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None

    @property
    def websocket_url(self) -> str:
        """Where browsers connect to (RFC 7395)."""
        return f"ws://{DOMAIN}:{self.http_port}/xmpp-websocket"

    def configure(self, users: Mapping[str, str]) -> None:
        """Write its configuration, certificate and users."""
        issued = self.ca.issue(DOMAIN)
        accounts = self.folder / "data" / DOMAIN / "accounts"
        accounts.mkdir(parents=True)
        files = {
            self.folder / "key.pem": issued.key,
            self.folder / "certificate.pem": issued.certificate,
            self.folder / "prosody.cfg.lua": _CONFIGURATION.format(
                folder=self.folder,
                server=self,
                domain=DOMAIN,
                password=PASSWORD,
                tls_module='"tls",' if self.encrypted else "",
                require_encryption=str(self.encrypted).lower(),
            ),
        }
        for user, password in users.items():
            # Prosody escapes what is no letter or digit in names of files.
            name = user.replace("-", "%2d")
            files[accounts / f"{name}.dat"] = f'return {{ password = "{password}" }};'
        for path, content in files.items():
            path.write_text(content)

    async def start(self) -> None:
        """Start it and wait until it takes connections."""
        self.process = await asyncio.create_subprocess_exec(
            *(self.program, "--config", str(self.folder / "prosody.cfg.lua")),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        for port in (self.port, self.direct_tls_port, self.http_port):
            await wait_until_it_listens(port)

    async def stop(self) -> None:
        """End it as when its power is cut: it says goodbye to nobody."""
        if self.process is None:
            return
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self.process = None


@asynccontextmanager
async def running_prosody(
    folder: Path, users: Mapping[str, str] = USERS, *, encrypted: bool = True
) -> AsyncIterator[Prosody]:
    """Run Prosody; skips the test where it is missing, fails where `CI` is set."""
    if not (program := shutil.which("prosody")):
        reason = "Prosody is not installed (scripts/setup system)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    server = Prosody(folder, program, PrivateCa(), encrypted)
    server.configure(users)
    try:
        await server.start()
        yield server
    finally:
        await server.stop()
