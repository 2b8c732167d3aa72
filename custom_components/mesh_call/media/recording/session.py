"""One call that is being recorded, and where its members' streams come from."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from ...calls.mesh import live_links
from ...calls.model import Call, Member, PartyKind
from ..ends import Ends
from ..feed import UseStreams
from ..source import SourceStreams
from ..station import StationMedia
from ..stream import Stream
from .recorder import CallRecorder
from .screen import RecordedScreen

type FindStation = Callable[[str], StationMedia | None]
type FindEnds = Callable[[str], Ends | None]
type Detach = Callable[[], None]
type Tap = Callable[[UseStreams], Detach]


class RecordedCall:
    """Follows the members of a call.

    Stations are recorded by their sources, screens when told, and contacts by what
    the station or the bridge receives that they are connected to. What a station
    mutes is left out; whoever else is muted sends silence and black himself.

    Args:
        recorder: that has been started.
        call: as it is now.
        station: finds a station's media.
        ends: finds a station's ends, or those of the bridge.
    """

    def __init__(
        self,
        recorder: CallRecorder,
        call: Call,
        station: FindStation,
        ends: FindEnds,
    ) -> None:
        self._recorder = recorder
        self._call = call
        self._station = station
        self._find_ends = ends
        self._untap: dict[str, Detach] = {}
        self._sources: dict[str, SourceStreams] = {}
        self._detach: dict[str, Detach] = {}
        self.screens: dict[str, RecordedScreen] = {}
        """By connection id."""

    def follow(self, call: Call) -> None:
        """Record those who are joined now."""
        self._call = call
        joined = {member.party.id: member for member in call.joined}
        for party_id in self._detach.keys() - joined.keys():
            self._leave(party_id)
        for party_id, member in joined.items():
            if member.party.kind is PartyKind.STATION:
                self._record_station(party_id)
            elif member.party.kind is PartyKind.SCREEN:
                self._record_screen(party_id)
            else:
                self._record_contact(party_id)

    def opened(self, screen: RecordedScreen) -> None:
        """Take in a screen that is being connected to."""
        self.screens[screen.connection.id] = screen

    def closed(self, connection_id: str) -> RecordedScreen | None:
        """Forget a connection; return its screen, if there is one."""
        screen = self.screens.pop(connection_id, None)
        if screen is not None:
            self.screen_changed(screen.connection.answerer)
        return screen

    def screen_changed(self, party_id: str) -> None:
        """Record the streams that a screen sends now, if it hasn't left."""
        if party_id in self._detach:
            self._record_screen(party_id)

    async def stop(self, reason: str) -> Path:
        """Let go of all sources and complete all files."""
        self.release()
        return await self._recorder.stop(reason)

    def release(self) -> None:
        """Let go of all sources: nothing can be recorded any more."""
        for party_id in tuple(self._detach):
            self._leave(party_id)

    def _record_station(self, party_id: str) -> None:
        if media := self._station(party_id):
            self._tap(party_id, partial(media.tap, picture=self._call.video))

    def _record_contact(self, party_id: str) -> None:
        if ends := self._receiving(party_id):
            self._tap(party_id, partial(ends.receive, self._call.id, party_id))

    def _receiving(self, party_id: str) -> Ends | None:
        """Find who in Home Assistant receives what a contact sends."""
        for link in live_links(self._call, party_id):
            (other,) = link.pair - {party_id}
            if link.bridge:
                return self._find_ends(link.bridge)
            if self._call.members[other].party.kind is PartyKind.STATION:
                return self._find_ends(other)
        return None

    def _tap(self, party_id: str, tap: Tap) -> None:
        if party_id in self._untap:
            self._add_tapped(party_id)
            return

        def use(streams: SourceStreams) -> None:
            self._sources[party_id] = streams
            self._add_tapped(party_id)

        self._untap[party_id] = tap(use)

    def _add_tapped(self, party_id: str) -> None:
        streams = self._sources[party_id]
        member = self._call.members[party_id]
        ours = member.party.ours
        video = self._call.video and not (ours and member.muted_video)
        audio = not (ours and member.muted_audio)
        self._add(
            member,
            streams.video if video else None,
            streams.audio if audio else streams.played,
        )

    def _record_screen(self, party_id: str) -> None:
        screens = [
            screen
            for screen in self.screens.values()
            if screen.connection.answerer == party_id
        ]
        member = self._call.members[party_id]
        streams: tuple[Stream | None, Stream | None] = (None, None)
        if screens:
            streams = screens[-1].streams(picture=self._shows_picture)
        self._add(member, *streams)

    @property
    def _shows_picture(self) -> bool:
        """Whether screens send their cameras' pictures: stations don't look at them."""
        kinds = [member.party.kind for member in self._call.joined]
        watched = kinds.count(PartyKind.SCREEN) > 1 or PartyKind.CONTACT in kinds
        return self._call.video and watched

    def _add(self, member: Member, video: Stream | None, audio: Stream | None) -> None:
        party = member.party
        self._detach[party.id] = self._recorder.add_member(
            party.id, party.name, party.kind.value, video, audio
        )

    def _leave(self, party_id: str) -> None:
        self._detach.pop(party_id)()
        self._sources.pop(party_id, None)
        if untap := self._untap.pop(party_id, None):
            untap()
