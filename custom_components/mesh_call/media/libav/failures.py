"""What goes wrong while libav reads, in words that hold no address."""

from collections.abc import Callable
import logging

import av

from ..source import SourceError, SourceProblem

_LOGGER = logging.getLogger(__name__)


def failure(read: Callable[[], None]) -> SourceError | None:
    """Call `read`; give what made it fail, None if it came to its end."""
    try:
        read()
    except SourceError as error:
        return error
    except Exception as error:  # noqa: BLE001 - its text holds the address
        _LOGGER.debug("An address can't be read: %s", type(error).__name__)
        return _source_error(error)
    return None


def _source_error(error: Exception) -> SourceError:
    """Tell users what went wrong; libav's own texts hold the address."""
    match error:
        case av.HTTPUnauthorizedError() | av.HTTPForbiddenError():
            return SourceError(SourceProblem.INVALID_AUTH)
        case av.HTTPNotFoundError():
            return SourceError(SourceProblem.NO_MEDIA, "404 Not Found")
        case av.InvalidDataError():
            return SourceError(SourceProblem.NO_MEDIA, "no stream libav can read")
        case av.ExitError() | av.TimeoutError():
            return SourceError(SourceProblem.CANNOT_CONNECT, "no answer")
        case av.ConnectionRefusedError():
            return SourceError(SourceProblem.CANNOT_CONNECT, "connection refused")
    return SourceError(SourceProblem.CANNOT_CONNECT)
