"""What records the calls of a home, made from its options."""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from homeassistant.util import dt as dt_util

from .const import CONF_RECORDINGS_FOLDER
from .media.recorder import Recorder
from .media.recording.errors import RecordingProblem
from .media.station import StationMedia
from .recordings import recordings_folder, update_issue
from .stations.media import ice_configuration

if TYPE_CHECKING:
    from .home import Home


def make_recorder(home: Home) -> Recorder:
    """Return what records the calls of a home."""

    def station(party_id: str) -> StationMedia | None:
        found = home.station(party_id)
        return found.equipment.port if found else None

    def folder() -> Path:
        chosen = home.entry.options.get(CONF_RECORDINGS_FOLDER)
        return recordings_folder(home.hass, chosen)

    def problem(found: RecordingProblem | None) -> None:
        update_issue(home.hass, found and found.value)

    return Recorder(
        home.exchange,
        station=station,
        ends=home.ends_at,
        folder=folder,
        now=dt_util.now,
        configure_ice=partial(ice_configuration, home.ice_servers),
        problem=problem,
    )
