"""What the tests of calls share."""

from collections.abc import Iterator

import pytest

from .fakes import House


@pytest.fixture
def house() -> Iterator[House]:
    """Return a house with a door, two screens, a friend and nothing going on."""
    house = House()
    house.station("door")
    house.screen("tablet")
    house.screen("phone")
    house.contact("friend")
    yield house
    house.do(house.exchange.close)
    assert house.left_over() == []
    assert house.loop.crashes == []
    house.loop.close()
