"""The cameras, microphones and speakers of a party, as its end names them."""

from dataclasses import dataclass
from enum import StrEnum

SCREEN = "screen"
"""What a page can share."""


class DeviceKind(StrEnum):
    """What can be switched in the middle of a call."""

    CAMERA = "camera"
    MICROPHONE = "microphone"
    SPEAKER = "speaker"


@dataclass(frozen=True, slots=True)
class Device:
    """One of them; the label is empty until its user lets it be known."""

    id: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class DeviceChoice:
    """All devices of one kind, and the id of the one in use."""

    devices: tuple[Device, ...] = ()
    used: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """What users call the devices, in order; no two have the same name."""
        names: dict[str, None] = {}
        for device in self.devices:
            name = plain = device.label or device.id
            number = 1
            while name in names:
                number += 1
                name = f"{plain} ({number})"
            names[name] = None
        return tuple(names)

    @property
    def used_name(self) -> str | None:
        """The name of the device in use, None if that is unknown."""
        for device, name in zip(self.devices, self.names, strict=True):
            if device.id == self.used:
                return name
        return None

    def find(self, text: str) -> Device | None:
        """Return the device a user means, by id or name."""
        for device in self.devices:
            if device.id == text:
                return device
        wanted = text.strip().casefold()
        for device, name in zip(self.devices, self.names, strict=True):
            if name.casefold() == wanted:
                return device
        return None


NO_CHOICE = DeviceChoice()


@dataclass(frozen=True, slots=True)
class Devices:
    """What a party can see, hear and be heard with."""

    camera: DeviceChoice = NO_CHOICE
    microphone: DeviceChoice = NO_CHOICE
    speaker: DeviceChoice = NO_CHOICE

    def of(self, kind: DeviceKind) -> DeviceChoice:
        """Return the devices of a kind."""
        match kind:
            case DeviceKind.CAMERA:
                return self.camera
            case DeviceKind.MICROPHONE:
                return self.microphone
            case DeviceKind.SPEAKER:
                return self.speaker


NO_DEVICES = Devices()
