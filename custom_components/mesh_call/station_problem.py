"""What is wrong with a station: shown on screens and as a repair issue."""

from collections.abc import Callable
from typing import Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .const import DOMAIN
from .media.source import Source, SourceState, SourceStatus

SOURCE_LOST: Final = "source_lost"


class StationProblem:
    """Follows a station's source; a problem lasts until the source works again."""

    def __init__(
        self, hass: HomeAssistant, party_id: str, changed: Callable[[], None]
    ) -> None:
        """Know of no problem yet."""
        self.key: str | None = None
        self.station_name = ""
        self._hass = hass
        self._issue_id = f"station_{party_id}"
        self._changed = changed
        self._unfollow: Callable[[], None] | None = None

    def follow(self, source: Source, station_name: str) -> None:
        """Follow this source from now on."""
        self.unfollow()
        self.station_name = station_name
        self._unfollow = source.subscribe(self._status_changed)

    def unfollow(self) -> None:
        """Follow no source; what is known stays."""
        if self._unfollow:
            self._unfollow()
            self._unfollow = None

    def clear(self) -> None:
        """Forget the problem: it is solved or the station is gone."""
        self._set(None)

    @callback
    def _status_changed(self, status: SourceStatus) -> None:
        if status.state is SourceState.READY:
            self._set(None)
        elif status.state is SourceState.LOST and status.error is None:
            self._set(SOURCE_LOST)
        elif status.error:
            self._set(status.error.problem.value, status.error.detail)

    def _set(self, key: str | None, detail: str = "") -> None:
        if key == self.key:
            return
        self.key = key
        if key is None:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)
        else:
            self._raise_issue(key, detail)
        self._changed()

    def _raise_issue(self, key: str, detail: str) -> None:
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=f"station_{key}",
            translation_placeholders={"name": self.station_name, "detail": detail},
        )
