"""What a transaction sets off: it happens when the state is final, in order."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
import logging

from .events import (
    NO_CAUSE,
    CallChanged,
    CallEvent,
    CallEventType,
    Cause,
    Event,
    LinkEvent,
    PartyChanged,
)
from .model import NO_EXTENSION, Call, ConnectionState, EndReason, Extension, Link
from .state import State

_LOGGER = logging.getLogger(__name__)

type Listener = Callable[[Event], None]


class Outbox:
    """Collects effects and events while the state changes, then lets them go.

    Effects are the calls of ports; all that wait are made before the next event is
    told. What they or a listener cause in turn waits behind what is already here.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self.cause = NO_CAUSE
        """What made the present transaction necessary."""

        self._collected: list[CallEvent | LinkEvent] = []
        self._effects: deque[Callable[[], None]] = deque()
        self._events: deque[Event] = deque()
        self._listeners: list[Listener] = []
        self._letting_go = False
        self.before_commit: Callable[[Call], None] = lambda call: None

    @contextmanager
    def transaction(self, cause: Cause = NO_CAUSE) -> Iterator[None]:
        """Keep everything back until the transaction is done; never nested."""
        self.cause = cause
        try:
            yield
        finally:
            self._commit()
            self._let_go()

    def later(self, effect: Callable[[], None]) -> None:
        """Have a port called once the state is final."""
        self._effects.append(effect)

    def call_event(
        self,
        type_: CallEventType,
        call: Call,
        party: str,
        peer: str | None = None,
        *,
        by: str | None = None,
        extension: Extension = NO_EXTENSION,
        reason: EndReason | None = None,
        path: str | None = None,
    ) -> None:
        """Tell what happened in a call; `by` holds unless the cause knows better."""
        by = self.cause.party or by
        self._collected.append(
            CallEvent(
                type_,
                call,
                party,
                peer,
                by,
                extension,
                reason,
                self.cause.context,
                path,
            )
        )

    def link_event(self, call: Call, link: Link, previous: ConnectionState) -> None:
        """Tell that a link changed its state."""
        self._collected.append(LinkEvent(call, link, previous, self.cause.context))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Tell a listener every event from now on, until what is returned is called."""
        self._listeners.append(listener)

        def unsubscribe() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return unsubscribe

    def _commit(self) -> None:
        parties, calls = self._state.take_changes()
        for call in calls:
            self.before_commit(call)
        context = self.cause.context
        self._events.extend(PartyChanged(party_id, context) for party_id in parties)
        self._events.extend(CallChanged(call) for call in calls)
        self._events.extend(
            replace(event, call=self._state.latest(event.call.id))
            for event in self._collected
        )
        self._collected.clear()

    def _let_go(self) -> None:
        if self._letting_go:
            return
        self._letting_go = True
        try:
            while self._effects or self._events:
                if self._effects:
                    self._effects.popleft()()
                else:
                    self._tell(self._events.popleft())
        finally:
            self._letting_go = False

    def _tell(self, event: Event) -> None:
        for listener in tuple(self._listeners):
            try:
                listener(event)
            except Exception:
                _LOGGER.exception("A listener of the exchange failed")
