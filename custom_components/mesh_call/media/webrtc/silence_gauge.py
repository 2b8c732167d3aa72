"""Whether somebody is muted, by the level that comes with each packet (RFC 6464)."""

SILENCE = 127
"""-dBov of digital silence, as of a source that is muted (RFC 6464, 3)."""

PATIENCE = 2.0
"""Seconds of it before somebody counts as muted: a quiet room comes near it, too."""


class SilenceGauge:
    """Looks at every packet of a voice; nothing is decoded."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.silent: bool | None = None
        """Whether nothing at all is to be heard; None while that isn't known."""

        self._since: float | None = None

    def packet(self, level: int | None, now: float) -> None:
        """Take a packet into account, with its level in -dBov; `now` is in seconds."""
        if level is None:
            return
        if level < SILENCE:
            self._since = None
            self.silent = False
        elif self._since is None:
            self._since = now
        elif now - self._since >= PATIENCE:
            self.silent = True
