"""The picture that is passed on to one receiver, in a codec that it takes."""

from collections.abc import Callable

from .conversion.converters import Converters
from .conversion.picking import Need, Pick, pick
from .conversion.switching import StreamSwitch
from .stream import Codec, Stream


class FittingPicture:
    """Gives one picture after the other, each from a key frame on.

    What the receiver takes goes as it comes, all else is converted while it is shown.

    Args:
        converters: whose conversions are shared with other receivers.
        use: takes the stream that is to be sent now.
    """

    def __init__(
        self, converters: Converters, use: Callable[[Stream | None], None]
    ) -> None:
        self._converters = converters
        self._switch = StreamSwitch(use)
        self._picked: Pick | None = None

    @property
    def origin(self) -> Stream | None:
        """What was chosen last, before any conversion."""
        return self._picked.stream if self._picked else None

    def show(self, stream: Stream | None, codecs: tuple[Codec, ...]) -> None:
        """Show this picture as soon as it can be seen; the one before until then."""
        need = Need(codecs)
        picked = pick(need, stream, None, self._picked, waiting=False)
        if picked == self._picked:
            return
        self._picked = picked
        if picked is None:
            self._switch.switch(None, _nothing)
        elif picked.form is None:
            self._switch.switch(picked.stream, _nothing)
        else:
            made, release = self._converters.acquire(picked.stream, picked.form)
            self._switch.switch(made, release)

    def close(self) -> None:
        """Convert nothing any more."""
        self._picked = None
        self._switch.close()


def _nothing() -> None:
    """There is nothing to release."""
