"""What the tests of the dialect share."""

from collections.abc import Callable, Iterator

import pytest

from .network import World


@pytest.fixture
def make_world() -> Iterator[Callable[[int], World]]:
    """Return what makes a network and a home whose account has a user id."""
    worlds: list[World] = []

    def make(user_id: int) -> World:
        worlds.append(World(user_id))
        return worlds[-1]

    yield make
    for world in worlds:
        world.close()


@pytest.fixture
def world(make_world: Callable[[int], World]) -> World:
    """Return a network and a home whose account is user 101."""
    return make_world(101)
