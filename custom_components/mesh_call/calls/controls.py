"""What can be changed in the middle of a call: mute, cap, devices, what is shown."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
import logging
from typing import Any
from weakref import WeakValueDictionary

from .background import Background
from .devices import DeviceKind
from .errors import CallError
from .events import Cause
from .model import Connection, Member, Party
from .outbox import Outbox
from .outlets import Outlets
from .ports import MediaPort
from .state import State

_LOGGER = logging.getLogger(__name__)


class Controls:
    """Asks an end for a change and takes it over when it is reported done.

    Changes at one end wait for each other, so that each builds on what really is.
    """

    def __init__(
        self, state: State, outbox: Outbox, outlets: Outlets, background: Background
    ) -> None:
        self._state = state
        self._outbox = outbox
        self._outlets = outlets
        self._background = background
        self._locks = WeakValueDictionary[tuple[str, str], asyncio.Lock]()

    async def mute(
        self,
        call_id: str,
        party_id: str,
        audio: bool | None,
        video: bool | None,
        cause: Cause,
    ) -> None:
        """Mute or unmute; None leaves what is.

        Raises:
            CallError: `nothing_to_mute`, `not_in_call`, `call_ended`, `unknown_call`,
                `party_unavailable` or what the party's end says.
        """
        if audio is None and video is None:
            raise CallError("nothing_to_mute")

        def muted(member: Member) -> Member:
            return replace(
                member,
                muted_audio=member.muted_audio if audio is None else audio,
                muted_video=member.muted_video if video is None else video,
            )

        await self._change(call_id, party_id, cause, muted, _mute)

    async def limit(
        self, call_id: str, party_id: str, max_bandwidth: int, cause: Cause
    ) -> None:
        """Cap what a member sends, in kbit/s; raises CallError like `mute`."""

        def limited(member: Member) -> Member:
            return replace(member, max_bandwidth=max_bandwidth)

        await self._change(call_id, party_id, cause, limited, _limit)

    async def switch(self, party_id: str, kind: DeviceKind, device: str) -> None:
        """Use another device of a party, in a call or for the next one.

        Raises:
            CallError: `unknown_party`, `no_devices`, `unknown_device` or what the
                party's end says.
        """
        registration = self._state.registration(party_id)
        device = _device_id(registration.party, kind, device)
        switch = registration.media.switch(party_id, kind, device)
        await self._outlets.ask(party_id, switch)

    async def share(self, call_id: str, party_id: str, source: str | None) -> None:
        """Ask a member to share something, or to stop; it tells when it is so.

        Raises:
            CallError: `cannot_share`, else like `mute`.
        """
        member = self._state.joined_member(call_id, party_id)
        if source and not self._state.call(call_id).video:
            raise CallError("cannot_share")
        media = self._state.registration(member.party.id).media
        await self._outlets.ask(party_id, media.share(call_id, party_id, source))

    def report_sharing(
        self, call_id: str, party_id: str, *, on: bool, cause: Cause
    ) -> None:
        """Take a member's word that it shares its screen, or no longer.

        Raises:
            CallError: `not_in_call`, `call_ended` or `unknown_call`.
        """
        member = self._state.joined_member(call_id, party_id)
        with self._outbox.transaction(cause):
            self._state.put_member(call_id, replace(member, sharing=on))

    def report_silence(
        self, connection: Connection, party_id: str, *, silent: bool
    ) -> None:
        """Show of a contact that it is muted; all others tell it themselves.

        By a spoke comes what Home Assistant passes on: the seat knows better.
        """
        call = self._state.calls[connection.call_id]
        member = call.members.get(connection.other(party_id))
        if member is None or member.party.ours or connection.bridge is not None:
            return
        if member.muted_audio is not silent:
            changed = replace(member, muted_audio=silent)
            self._state.put_member(call.id, changed)

    def report_viewers(self, call_id: str, party_id: str, count: int) -> None:
        """Take note how many watch a call in a member's place.

        Raises:
            CallError: `not_in_call`, `call_ended` or `unknown_call`.
        """
        member = self._state.joined_member(call_id, party_id)
        if member.viewers != count:
            with self._outbox.transaction():
                self._state.put_member(call_id, replace(member, viewers=count))

    def recap(self, call_id: str, party_id: str) -> None:
        """Tell an end which cap is in force, now that its own is another one."""
        self._background.start_task(
            ("restore", call_id, party_id),
            self._tell_again(call_id, party_id, lambda _member: (_limit,)),
        )

    def restore(self, call_id: str, party_id: str) -> None:
        """Tell an end that is back what is in force."""
        self._background.start_task(
            ("restore", call_id, party_id),
            self._tell_again(call_id, party_id, _in_force),
        )

    async def _change(
        self,
        call_id: str,
        party_id: str,
        cause: Cause,
        changed: Callable[[Member], Member],
        tell: Tell,
    ) -> None:
        self._state.joined_member(call_id, party_id)
        async with self._lock(call_id, party_id):
            wanted = changed(self._state.joined_member(call_id, party_id))
            media = self._state.registration(party_id).media
            await self._outlets.ask(party_id, tell(media, call_id, wanted))
            member = self._state.joined_member(call_id, party_id)
            with self._outbox.transaction(cause):
                self._state.put_member(call_id, changed(member))

    async def _tell_again(
        self,
        call_id: str,
        party_id: str,
        choose: Callable[[Member], tuple[Tell, ...]],
    ) -> None:
        async with self._lock(call_id, party_id):
            try:
                member = self._state.joined_member(call_id, party_id)
                media = self._state.registration(party_id).media
                for tell in choose(member):
                    await self._outlets.ask(party_id, tell(media, call_id, member))
            except CallError as error:
                _LOGGER.debug("An end refuses what is in force: %s", error.key)

    def _lock(self, call_id: str, party_id: str) -> asyncio.Lock:
        return self._locks.setdefault((call_id, party_id), asyncio.Lock())


type Tell = Callable[[MediaPort, str, Member], Coroutine[Any, Any, None]]


def _mute(media: MediaPort, call_id: str, member: Member) -> Coroutine[Any, Any, None]:
    return media.mute(
        call_id,
        member.party.id,
        audio=member.muted_audio,
        video=member.muted_video,
    )


def _limit(media: MediaPort, call_id: str, member: Member) -> Coroutine[Any, Any, None]:
    return media.limit(call_id, member.party.id, member.cap)


def _in_force(member: Member) -> tuple[Tell, ...]:
    """Return what an end that begins anew must be told."""
    muted = member.muted_audio or member.muted_video
    return ((_mute,) if muted else ()) + ((_limit,) if member.cap else ())


def _device_id(party: Party, kind: DeviceKind, text: str) -> str:
    """Return the id of the device that is meant; who has told of none may know it."""
    if party.devices is None:
        return text
    choice = party.devices.of(kind)
    if not choice.devices:
        raise CallError("no_devices", party=party.name)
    if device := choice.find(text):
        return device.id
    fits = ", ".join(choice.names)
    raise CallError("unknown_device", party=party.name, device=text, fits=fits)
