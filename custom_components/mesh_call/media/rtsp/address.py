"""Where a camera's stream is: asked of whoever knows, at every connect."""

import asyncio
from collections.abc import Awaitable, Callable
import logging

from ..source import SourceError, SourceProblem
from .url import RtspUrl

_LOGGER = logging.getLogger(__name__)

ADDRESS_TIMEOUT = 10.0
"""Seconds whoever knows a camera's address may take to tell it."""

type AddressProvider = Callable[[], Awaitable[str | None]]
"""Gives the stream's URL, with credentials; asked at every connect, as some expire."""


async def ask_address(address: AddressProvider) -> str:
    """Ask for the URL, for ADDRESS_TIMEOUT seconds at most.

    Raises:
        SourceError: none was given, or the provider's own. What else it raised is
            not passed on: it may hold the address.
    """
    try:
        async with asyncio.timeout(ADDRESS_TIMEOUT):
            text = await address()
    except SourceError:
        raise
    except TimeoutError:
        text = None
    except Exception as error:  # noqa: BLE001 - it may be any integration's
        _LOGGER.debug("A camera gave no stream address: %s", type(error).__name__)
        text = None
    if not text:
        raise SourceError(SourceProblem.CANNOT_CONNECT, "no stream address")
    return text


async def resolve_address(address: AddressProvider) -> RtspUrl:
    """Ask for the URL of an RTSP stream; raises SourceError."""
    return parse_address(await ask_address(address))


def parse_address(text: str) -> RtspUrl:
    """Take a URL apart; raises SourceError where it is none of RTSP."""
    try:
        return RtspUrl.parse(text)
    except ValueError as error:
        raise SourceError(SourceProblem.CANNOT_CONNECT, str(error)) from None
