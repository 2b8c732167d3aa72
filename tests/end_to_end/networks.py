"""Networks of a test's own: hosts that can be cut off, moved, or have no way at all."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
import os
from pathlib import Path
import shlex
import shutil
import socket
import subprocess

import pytest

LOOPBACK = "127.0.0.1"
INTERFACE = "radio"


@dataclass(frozen=True)
class Host:
    """A network namespace: programs in it see its interfaces only."""

    name: str

    def program(self, folder: Path, path: str) -> str:
        """Write a script that runs a program on this host; returns its path."""
        script = folder / f"{self.name}-{Path(path).name}"
        command = shlex.join(["ip", "netns", "exec", self.name, path])
        script.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        script.chmod(0o755)
        return str(script)

    def listen(self, address: str, port: int) -> socket.socket:
        """Open a listening socket on this host, wherever it is served from."""
        # Only the thread that opens it moves into the namespace, and ends there.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(self._listen, address, port).result()

    def cut(self) -> None:
        """Take the network away; the address stays."""
        _ip("-n", self.name, "link", "set", INTERFACE, "down")

    def restore(self) -> None:
        """Bring the network back."""
        _ip("-n", self.name, "link", "set", INTERFACE, "up")

    def move(self, address: str) -> None:
        """Give the host another address in place of the one that it has."""
        _ip("-n", self.name, "address", "flush", "dev", INTERFACE)
        _ip("-n", self.name, "address", "add", address, "dev", INTERFACE)

    @contextmanager
    def without_udp(self) -> Iterator[None]:
        """Let no UDP out meanwhile, as strict firewalls do."""
        rule = ("priority", "10", "ipproto", "udp", "blackhole")
        _ip("-n", self.name, "rule", "add", *rule)
        yield
        _ip("-n", self.name, "rule", "delete", *rule)

    def _listen(self, address: str, port: int) -> socket.socket:
        with Path("/run/netns", self.name).open() as namespace:
            os.setns(namespace.fileno(), os.CLONE_NEWNET)
        return socket.create_server((address, port))


@contextmanager
def separate_hosts(*names: str) -> Iterator[list[Host]]:
    """Make hosts that have nothing but a loopback interface each.

    Skips the test where that isn't permitted.
    """
    hosts = [Host(f"{name}-{os.getpid()}") for name in names]
    try:
        for host in hosts:
            _add(host)
        yield hosts
    finally:
        for host in hosts:
            with suppress(subprocess.CalledProcessError):
                _ip("netns", "delete", host.name)


def connect(one: Host, other: Host, addresses: tuple[str, str]) -> None:
    """Lay a wire between two hosts that have these addresses (CIDR)."""
    _ip(
        *("link", "add", INTERFACE, "netns", one.name, "type", "veth"),
        *("peer", "name", INTERFACE, "netns", other.name),
    )
    for host, address in zip((one, other), addresses, strict=True):
        # Browsers would find each other by these, too.
        _ip("-n", host.name, "link", "set", INTERFACE, "addrgenmode", "none")
        _ip("-n", host.name, "address", "add", address, "dev", INTERFACE)
        host.restore()


@asynccontextmanager
async def entrance(
    host: Host, port: int, address: str = LOOPBACK
) -> AsyncIterator[None]:
    """Let what listens on a loopback port of ours be reached on a host, too."""
    forwards: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        forwards.add(task := asyncio.create_task(_forward(reader, writer, port)))
        task.add_done_callback(forwards.discard)

    server = await asyncio.start_server(accept, sock=host.listen(address, port))
    try:
        yield
    finally:
        server.close()
        for task in forwards:
            task.cancel()
        await asyncio.gather(*forwards, return_exceptions=True)


async def _forward(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
) -> None:
    inner_reader, inner_writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        async with asyncio.TaskGroup() as both_ways:
            both_ways.create_task(_copy(reader, inner_writer))
            both_ways.create_task(_copy(inner_reader, writer))
    except* ConnectionError:
        pass
    finally:
        writer.close()
        inner_writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


def _add(host: Host) -> None:
    if not shutil.which("ip"):
        missing = "iproute2 is not installed (scripts/setup system)"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    try:
        _ip("netns", "add", host.name)
    except subprocess.CalledProcessError as error:
        pytest.skip(f"No network of its own may be made here: {error.stderr}")
    _ip("-n", host.name, "link", "set", "lo", "up")


def _ip(*arguments: str) -> None:
    subprocess.run(
        ["ip", *arguments], check=True, capture_output=True, text=True, timeout=10
    )
