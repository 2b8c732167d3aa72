"""A station under test, and how it is linked to the other end."""

from collections.abc import Callable

from custom_components.mesh_call.calls.model import Connection
from custom_components.mesh_call.media.station import StationMedia

from .fakes import FakeExchange
from .stock import StockPeer

type MakeStation = Callable[..., StationMedia]


async def link(
    station: StationMedia,
    exchange: FakeExchange,
    stock: StockPeer,
    connection: Connection,
) -> None:
    """Open a connection between the station and a stock peer."""
    station.open(connection, "station")
    if connection.offerer == "station":
        offer = await exchange.descriptions_of(connection.id).get()
        answer = await stock.answer(offer)
        await station.describe(connection.id, "station", answer)
    else:
        offer = await stock.offer("video")
        await station.describe(connection.id, "station", offer)
        await stock.take(await exchange.descriptions_of(connection.id).get())
    await exchange.connected(connection.id)
