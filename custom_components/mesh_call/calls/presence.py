"""Parties come, change, go for a moment and go for good."""

from collections.abc import Callable
from dataclasses import replace

from .background import Background
from .controls import Controls
from .departures import Departures
from .invitations import Invitations
from .links import Links
from .model import Call, EndReason, Member, MemberState, Party
from .outlets import Timings
from .ports import Channel, MediaPort
from .state import Registration, State


class Presence:
    """Keeps who there is, and lets calls follow."""

    def __init__(
        self,
        state: State,
        background: Background,
        links: Links,
        invitations: Invitations,
        departures: Departures,
        controls: Controls,
        timings: Timings,
    ) -> None:
        self._state = state
        self._background = background
        self._links = links
        self._invitations = invitations
        self._departures = departures
        self._controls = controls
        self._timings = timings

    def register(
        self,
        party: Party,
        media: MediaPort,
        channel: Channel | None,
        taken_out: Callable[[str], None],
    ) -> None:
        ...
