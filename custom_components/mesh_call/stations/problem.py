"""What is wrong with a station: shown on screens and as a repair issue."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from ..const import DOMAIN
from ..media.source import SourceProblem, SourceState, SourceStatus

if TYPE_CHECKING:
    from ..media.loudspeaker import SpeakerStatus
    from ..media.station import StationMedia, StationStatus

SOURCE_LOST: Final = "source_lost"
SPEAKER_LATE: Final = "speaker_late"

_SPEAKER_PROBLEMS: Final = {
    "busy": "speaker_busy",
    "player_unavailable": "speaker_unavailable",
    "not_supported": "speaker_not_supported",
    "cannot_connect": SourceProblem.CANNOT_CONNECT.value,
    "invalid_auth": SourceProblem.INVALID_AUTH.value,
}


class StationProblem:
    """Follows a station's devices.

    A camera's problem lasts until it works again, as it is not asked between calls.
    """

    def __init__(
        self, hass: HomeAssistant, party_id: str, changed: Callable[[], None]
    ) -> None:
        """Know of no problem yet."""
        self.key: str | None = None
        self._hass = hass
        self._issue_id = f"station_{party_id}"
        self._changed = changed
        self._issue: str | None = None
        self._unfollow: Callable[[], None] | None = None

    def follow(self, media: StationMedia, name: Callable[[], str]) -> None:
        """Follow a station's media from now on."""
        self.unfollow()
        self._unfollow = media.subscribe(lambda: self._update(media.status, name()))

    def unfollow(self) -> None:
        """Follow nothing, forget what was."""
        if self._unfollow:
            self._unfollow()
            self._unfollow = None
        self.clear()

    def clear(self) -> None:
        """Forget the problem: the camera is another one now."""
        self._settle_issue(None)
        self._set(None)

    @callback
    def _update(self, status: StationStatus, name: str) -> None:
        source = status.source
        if source and source.state is SourceState.READY:
            self._settle_issue(None)
        elif source and (key := _source_problem(source)):
            detail = source.error.detail if source.error else ""
            self._settle_issue(key, name, detail)
        self._set(self._issue or _speaker_problem(status.speaker))

    def _set(self, key: str | None) -> None:
        if key != self.key:
            self.key = key
            self._changed()

    def _settle_issue(self, key: str | None, name: str = "", detail: str = "") -> None:
        if key == self._issue:
            return
        self._issue = key
        if key is None:
            ir.async_delete_issue(self._hass, DOMAIN, self._issue_id)
            return
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            self._issue_id,
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=f"station_{key}",
            translation_placeholders={"name": name, "detail": detail},
        )


def _speaker_problem(status: SpeakerStatus) -> str | None:
    if status.error:
        return _SPEAKER_PROBLEMS.get(status.error)
    return SPEAKER_LATE if status.late else None


def _source_problem(status: SourceStatus) -> str | None:
    if status.error:
        return status.error.problem.value
    return SOURCE_LOST if status.state is SourceState.LOST else None
