"""Lists of functions that want to know."""

from collections.abc import Callable, Sequence

from .const import LOGGER

type Remove = Callable[[], None]


def listen[T](listeners: list[T], listener: T) -> Remove:
    """Add a listener; what is returned takes it out again and is safe to repeat."""
    listeners.append(listener)

    def remove() -> None:
        if listener in listeners:
            listeners.remove(listener)

    return remove


def tell[E](listeners: Sequence[Callable[[E], None]], event: E) -> None:
    """Call every listener; one that fails must not silence the others."""
    for listener in tuple(listeners):
        try:
            listener(event)
        except Exception:  # noqa: BLE001  # logged with its trace
            LOGGER.exception("A listener failed")
