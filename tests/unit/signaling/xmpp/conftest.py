"""A real Prosody, and accounts on it."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from custom_components.mesh_call.signaling.xmpp.connectycube.account import (
    ConnectyCubeAccount,
)
from custom_components.mesh_call.signaling.xmpp.connectycube.signals import Signal
from custom_components.mesh_call.signaling.xmpp.login import ChatState, Login
from tests.prosody import DOMAIN, PASSWORD, Prosody, running_prosody
from tests.waiting import until


def login(server: Prosody, user: int = 101, **changes: Any) -> Login:
    """Return how a user logs in there, by STARTTLS if nothing else is said."""
    values: dict[str, Any] = {
        "jid": f"{user}-1@{DOMAIN}",
        "password": PASSWORD,
        "host": DOMAIN,
        "port": server.port,
        "ca_certificate": server.ca.certificate,
    }
    return Login(**(values | changes))


@dataclass
class User:
    """An account with what it got and what became of its connection."""

    account: ConnectyCubeAccount = field(init=False)
    got: list[tuple[int, Signal]] = field(default_factory=list)
    states: list[ChatState] = field(default_factory=list)

    async def gets(self, count: int = 1) -> list[tuple[int, Signal]]:
        """Wait until so many signals have come in all; return them."""
        await until(lambda: len(self.got) >= count)
        return self.got

    async def reaches(self, state: ChatState) -> None:
        """Wait until its connection stands so."""
        await until(lambda: self.states and self.states[-1] is state)


def tasks_left() -> list[asyncio.Task[object]]:
    """Return the tasks that neither the test nor its fixtures run in."""
    return [
        task
        for task in asyncio.all_tasks()
        if task is not asyncio.current_task() and "_wrap_async" not in repr(task)
    ]


@pytest.fixture
async def server(tmp_path: Path, socket_enabled: None) -> AsyncGenerator[Prosody]:
    """Return a running Prosody."""
    async with running_prosody(tmp_path / "prosody") as server:
        yield server


class Users:
    """Logs users in and, at the end, out."""

    def __init__(self, server: Prosody) -> None:
        """Begin with none."""
        self._server = server
        self._users: list[User] = []

    async def __call__(self, user_id: int, **changes: Any) -> User:
        """Log a user in."""
        user = User()
        user.account = ConnectyCubeAccount(
            login(self._server, user_id, **changes),
            lambda sender, signal: user.got.append((sender, signal)),
            user.states.append,
        )
        self._users.append(user)
        await user.account.start()
        # The server has seen the presence when it answers what came after.
        connection = user.account._connection._stream
        assert connection
        assert await connection.ping()
        return user

    async def close(self) -> None:
        """Log everybody out."""
        for user in self._users:
            await user.account.close()


@pytest.fixture
async def users(server: Prosody) -> AsyncGenerator[Users]:
    """Return what logs users in; nothing may be left of them."""
    users = Users(server)
    yield users
    await users.close()
    assert not tasks_left()
