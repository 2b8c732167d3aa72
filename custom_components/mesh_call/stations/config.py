"""What the user set for a station."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from homeassistant.const import CONF_VERIFY_SSL

from ..calls.model import RingMode
from ..const import (
    ALL_SCREENS,
    CONF_CAMERA,
    CONF_DOORBELL,
    CONF_DUPLEX,
    CONF_GREETING,
    CONF_RECORD,
    CONF_RING,
    CONF_RING_MODE,
    CONF_SPEAKER,
    CONF_SPEAKER_DELAY,
    CONF_STREAM_URL,
    CONF_SUB_STREAM_URL,
    CONF_TALK_BACK,
)
from ..parties.settings import STATION_DEFAULTS, PartySettings


class Record(StrEnum):
    """Which calls with a station are recorded."""

    NEVER = "never"
    ALWAYS = "always"


class Duplex(StrEnum):
    """Whether a station is heard while its speakers play."""

    HALF = "half"
    """Not where its microphone would hear them."""

    FULL = "full"


@dataclass(frozen=True, slots=True)
class EchoConfig:
    """What is done so that nobody hears himself from a station."""

    duplex: Duplex = Duplex.HALF
    speaker_delay: float | None = None
    """Seconds until the microphone hears what the speakers are given."""


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """Where sound and picture come from and how the station is spoken through.

    One of `camera`, `stream_url`, `image` and `media` is given: a camera or image
    entity, an address, or the id of something in a media source. A station that is a
    speaker only has none of them.
    """

    camera: str | None = None
    stream_url: str | None = None
    sub_stream_url: str | None = None
    """The same picture smaller."""

    image: str | None = None
    media: str | None = None
    talk_back: bool = True
    speaker: str | None = None
    """A media player that is spoken through, too."""

    verify_ssl: bool = True

    @property
    def sub_stream(self) -> Self | None:
        """Where the smaller picture comes from, if there is one."""
        if not self.sub_stream_url:
            return None
        return type(self)(stream_url=self.sub_stream_url, verify_ssl=self.verify_ssl)

    @property
    def origin(self) -> str | None:
        """What tells one camera from another, None where there is none."""
        return self.stream_url or self.camera or self.image or self.media


@dataclass(frozen=True, slots=True)
class StationConfig:
    """The data of a station's subentry."""

    source: SourceConfig
    echo: EchoConfig = EchoConfig()
    doorbell: str | None = None
    ring: tuple[str, ...] = (ALL_SCREENS,)
    ring_mode: RingMode = RingMode.FIRST
    record: Record = Record.NEVER
    greeting: str | None = None
    """The media content id of what is played to whoever it lets in by itself."""

    settings: PartySettings = STATION_DEFAULTS

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Read what the flow stored."""
        return cls(
            SourceConfig(
                camera=data.get(CONF_CAMERA),
                stream_url=data.get(CONF_STREAM_URL),
                sub_stream_url=data.get(CONF_SUB_STREAM_URL),
                talk_back=data.get(CONF_TALK_BACK, True),
                speaker=data.get(CONF_SPEAKER),
                verify_ssl=data.get(CONF_VERIFY_SSL, True),
            ),
            EchoConfig(
                Duplex(data.get(CONF_DUPLEX, Duplex.HALF)),
                data.get(CONF_SPEAKER_DELAY),
            ),
            doorbell=data.get(CONF_DOORBELL),
            ring=tuple(data.get(CONF_RING) or (ALL_SCREENS,)),
            ring_mode=RingMode(data.get(CONF_RING_MODE, RingMode.FIRST)),
            record=Record(data.get(CONF_RECORD, Record.NEVER)),
            greeting=data.get(CONF_GREETING, {}).get("media_content_id"),
            settings=PartySettings.from_data(data, STATION_DEFAULTS),
        )
