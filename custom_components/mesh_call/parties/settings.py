"""What users set for a party and what is remembered of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ..calls.model import AutoAnswer
from ..const import CONF_AUTO_ANSWER, CONF_DO_NOT_DISTURB, CONF_MAX_BANDWIDTH

HIGHEST_CAP: Final = 10_000
"""kbit/s."""


@dataclass(frozen=True, slots=True)
class PartySettings:
    """The settings that a party's entities show and change."""

    auto_answer: AutoAnswer = AutoAnswer.NOBODY
    do_not_disturb: bool = False
    max_bandwidth: int = 0
    """kbit/s that it sends at most; 0 is no cap."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any], defaults: Self) -> Self:
        """Read what was stored; else the defaults count."""
        return cls(
            auto_answer=AutoAnswer(data.get(CONF_AUTO_ANSWER, defaults.auto_answer)),
            do_not_disturb=data.get(CONF_DO_NOT_DISTURB, defaults.do_not_disturb),
            max_bandwidth=data.get(CONF_MAX_BANDWIDTH, defaults.max_bandwidth),
        )

    def as_data(self) -> dict[str, Any]:
        """Return what is to be stored."""
        return {
            CONF_AUTO_ANSWER: self.auto_answer.value,
            CONF_DO_NOT_DISTURB: self.do_not_disturb,
            CONF_MAX_BANDWIDTH: self.max_bandwidth,
        }


SCREEN_DEFAULTS: Final = PartySettings()
STATION_DEFAULTS: Final = PartySettings(AutoAnswer.HOME)
"""Nobody can press Answer at a door."""
