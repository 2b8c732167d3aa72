"""Streams that are converted: each is decoded once, whoever needs which form of it."""

import asyncio

from ..stream import Stream
from .converter import Converter
from .switching import Release
from .variant import Form


class Converters:
    """Keeps a converter for each stream as long as somebody needs a form of it."""

    def __init__(self) -> None:
        """Convert nothing yet."""
        self._working: list[Converter] = []

    def acquire(self, source: Stream, form: Form) -> tuple[Stream, Release]:
        """Make this form as long as somebody needs it; returns it and the release."""
        for converter in self._working:
            if converter.source is source:
                break
        else:
            converter = Converter(source, self._working.remove)
            self._working.append(converter)
        return converter.acquire(form)

    async def close(self) -> None:
        """Stop at once and wait until no thread works for it any more."""
        closings = [converter.close() for converter in self._working]
        await asyncio.gather(*closings)
