"""A party of this home that has a device and entities."""

from dataclasses import dataclass

from ..calls.model import PartyKind


@dataclass(frozen=True, slots=True)
class OwnParty:
    """A station or a named screen."""

    id: str
    name: str
    kind: PartyKind
    subentry_id: str | None = None
    """Where its entities belong; None for a screen."""
