"""How a station plays something: what those say and see who have it play."""

from enum import StrEnum


class MicrophoneUse(StrEnum):
    """What becomes of the station's microphone while something plays."""

    MIXED = "mixed"
    DUCKED = "ducked"
    """It is heard in the background."""

    OFF = "off"


class PlayerState(StrEnum):
    """What a station's player does."""

    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"
